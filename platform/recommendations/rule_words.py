"""Rules in plain sentences: what one does, where, when, and how many titles it speaks of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import Genre, Person, Title
from recommendations.rule_conditions import Condition
from recommendations.rule_models import Rule, ShelfKind
from recommendations.rule_settings import FEW_NAMES, condition_of, first_of

Effect = Rule.Effect
KINDS = {
    Title.Kind.FILM: gettext_lazy("films"),
    Title.Kind.SERIES: gettext_lazy("series"),
    Title.Kind.GAME: gettext_lazy("games"),
    Title.Kind.MUSIC: gettext_lazy("music"),
}
EVEN = 0.005  # a share so near to one in n is told as that


@dataclass(frozen=True)
class Names:
    """What a few rules speak of, by id, and how many published titles each one reaches."""

    genres: dict[int, str]
    people: dict[int, str]
    titles: dict[int, str]
    counts: dict[int, int]  # by id of the rule

    @classmethod
    def of(cls, rules: Sequence[Rule], now: datetime, *, past: Sequence[Rule] = ()) -> Self:
        """Four queries, however many rules. past: rules as they once stood; not counted."""
        read = {rule.pk: each for rule in rules if (each := condition_of(rule)) is not None}
        spoken = [*read.values(), *filter(None, map(condition_of, past))]
        counts = {
            f"rule_{pk}": Count("pk", filter=condition.query(now))
            for pk, condition in read.items()
            if not condition.says_nothing()
        }
        published = Title.objects.filter(published=True).order_by()
        counted: dict[str, int] = published.aggregate(**counts) if counts else {}
        return cls(
            _named(
                Genre.objects, {pk for condition in spoken for pk in condition.genres[:FEW_NAMES]}
            ),
            _named(
                Person.objects, {pk for condition in spoken for pk in condition.people[:FEW_NAMES]}
            ),
            _named(
                Title.objects, {pk for condition in spoken for pk in condition.titles[:FEW_NAMES]}
            ),
            {int(key.removeprefix("rule_")): n for key, n in counted.items()},
        )


def _named(rows: Any, ids: Collection[int]) -> dict[int, str]:
    return {pk: str(row) for pk, row in rows.in_bulk(ids).items()} if ids else {}


def said(rule: Rule, names: Names) -> str:
    """What it does, on which lists, when, and for how many titles."""
    condition = condition_of(rule)
    if condition is None:
        return _("This rule cannot be read, so it holds nowhere: write it anew.")
    parts = [does(rule, condition, names), where(rule), when(rule)]
    n = names.counts.get(rule.pk)
    if rule.effect == Effect.PIN:
        parts.append(_("The title is not published.") if n == 0 else "")
    elif n is not None:
        speaks = ngettext("It speaks of %(n)s title now.", "It speaks of %(n)s titles now.", n)
        parts.append(speaks % {"n": intcomma(n)})
    return " ".join(part for part in parts if part)


def does(rule: Rule, condition: Condition, names: Names) -> str:
    amount = rule.amount or 0.0
    what = capitalised(about(condition, names))
    if rule.effect == Effect.ONLY:
        return _("%(what)s: nothing else is listed.") % {"what": what}
    if rule.effect == Effect.LEAVE_OUT:
        return _("%(what)s: left out.") % {"what": what}
    if rule.effect == Effect.BOOST:
        raised, lowered = _("%(what)s: raised by %(n)s."), _("%(what)s: lowered by %(n)s.")
        return (raised if amount > 0 else lowered) % {"what": what, "n": f"{abs(amount):g}"}
    if rule.effect == Effect.PIN:
        return _("%(what)s: at place %(n)d.") % {"what": what, "n": amount}
    if rule.effect == Effect.CAP:
        return capped(rule)
    if rule.effect == Effect.EXPLORE:
        return f"{what}: {share(amount)}."
    return _("Variety at %(n)s %%.") % {"n": f"{100 * amount:g}"}


def capped(rule: Rule) -> str:
    values = {"n": rule.amount or 1, "group": rule.get_group_display(), "within": rule.within}
    if rule.within is None:
        return _("At most %(n)d of one %(group)s in a list.") % values
    return _("At most %(n)d of one %(group)s in any %(within)d titles in a row.") % values


def share(amount: float) -> str:
    """0..1 as "1 place in 10", or in percent."""
    every = round(1 / amount) if amount > 0 else 0
    if amount >= 1:
        return _("every place")
    if every and abs(every * amount - 1) < EVEN:
        return _("1 place in %(n)d") % {"n": every}
    return _("%(n)s %% of the places") % {"n": f"{100 * amount:g}"}


def about(condition: Condition, names: Names) -> str:
    """The titles that are spoken of, as part of a sentence."""
    kinds = [str(KINDS[Title.Kind(kind)]) for kind in condition.kinds]
    parts = [
        _one_of(kinds),
        _one_of([names.genres.get(pk, _("a genre that is gone")) for pk in condition.genres]),
        _one_of([names.titles.get(pk, _("a title that is gone")) for pk in condition.titles]),
    ]
    if condition.people:
        people = [names.people.get(pk, _("somebody who is gone")) for pk in condition.people]
        parts.append(_("with %(people)s") % {"people": _one_of(people)})
    if condition.franchises:
        parts.append(_("of %(franchises)s") % {"franchises": _one_of([*condition.franchises])})
    parts += [years(condition), _added(condition)]
    return " ".join(part for part in parts if part) or _("all titles")


def _one_of(names: list[str]) -> str:
    if len(names) == 2:
        return _("%(one)s or %(other)s") % {"one": names[0], "other": names[1]}
    return first_of(names)


def years(condition: Condition) -> str:
    first, last = condition.year_min, condition.year_max
    if first is not None and first == last:
        return _("of %(year)d") % {"year": first}
    if first is not None and last is not None:
        return _("from %(first)d to %(last)d") % {"first": first, "last": last}
    if first is not None:
        return _("from %(year)d on") % {"year": first}
    return _("up to %(year)d") % {"year": last} if last is not None else ""


def _added(condition: Condition) -> str:
    if condition.added_days is None:
        return ""
    words = ngettext("added in the last day", "added in the last %(n)d days", condition.added_days)
    return words % {"n": condition.added_days}


def where(rule: Rule) -> str:
    names = [str(shelf.label) for shelf in ShelfKind if rule.holds_on(shelf)]
    if len(names) == len(ShelfKind):
        return _("On every list.")
    return _("On: %(shelves)s.") % {"shelves": ", ".join(names)}


def when(rule: Rule) -> str:
    first, last = moment(rule.starts_at), moment(rule.ends_at)
    if first and last:
        return _("From %(first)s until %(last)s.") % {"first": first, "last": last}
    if first:
        return _("From %(first)s on.") % {"first": first}
    return _("Until %(last)s.") % {"last": last} if last else ""


def moment(at: datetime | None) -> str:
    """In the site's time zone, which is named; "" for none."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class State:
    """Whether a rule holds now; `tone` and `icon` of its badge."""

    key: str
    label: str
    tone: str
    icon: str


def state_of(rule: Rule, now: datetime) -> State:
    if rule.removed_at is not None:
        return State("removed", _("removed"), "outline", "trash-2")
    if not rule.is_on:
        return State("off", _("off"), "outline", "square")
    if rule.ends_at and rule.ends_at <= now:
        return State("over", _("over"), "outline", "clock")
    if rule.starts_at and rule.starts_at > now:
        label = _("waits until %(at)s") % {"at": moment(rule.starts_at)}
        return State("waiting", label, "warn", "clock")
    return State("on", _("on"), "good", "check")
