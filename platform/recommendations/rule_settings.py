"""What a rule is asked to do, and why it would make no sense."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Genre, Person, Title
from recommendations.rule_conditions import Condition
from recommendations.rule_models import WITHOUT, Rule, ShelfKind

Effect = Rule.Effect
MOST_TITLES = 10_000
LAST_YEAR = 9999
MOST_DAYS = 36_500
LONGEST_STRETCH = 10_000  # as long as a list that a cap looks at as a whole
WITHOUT_CONDITION = (Effect.CAP, Effect.VARIETY)  # they hold for a list as a whole
AMOUNTS = {
    Effect.BOOST: (-3.0, 3.0, gettext_lazy("From -3 to 3 spreads of the score, and not 0.")),
    Effect.PIN: (1.0, 200.0, gettext_lazy("A place is a whole number from 1 to 200.")),
    Effect.CAP: (1.0, 10_000.0, gettext_lazy("A whole number from 1 to 10,000.")),
    Effect.EXPLORE: (0.0, 1.0, gettext_lazy("A share is above 0 and at most 1: 100 %.")),
    Effect.VARIETY: (0.0, 1.0, gettext_lazy("Variety goes from 0 to 1: 0 to 100 %.")),
}
WHOLE = (Effect.PIN, Effect.CAP)
NEVER_ZERO = (Effect.BOOST, Effect.EXPLORE)


def condition_of(rule: Rule) -> Condition | None:
    """None when it cannot be read."""
    try:
        return Condition.read(rule.condition)
    except ValueError:
        return None


@dataclass(frozen=True)
class RuleSettings:
    """Everything that somebody says of a rule; the fields are those of `Rule`."""

    name: str
    effect: str
    condition: Condition = Condition()
    amount: float | None = None
    group: str = ""
    within: int | None = None
    shelves: tuple[str, ...] = ()  # (): all
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """A condition that cannot be read says nothing."""
        return cls(
            name=rule.name,
            effect=rule.effect,
            condition=condition_of(rule) or Condition(),
            amount=rule.amount,
            group=rule.group,
            within=rule.within,
            shelves=tuple(rule.shelves),
            starts_at=rule.starts_at,
            ends_at=rule.ends_at,
        )

    def fields(self) -> dict[str, Any]:
        """As the columns of a rule."""
        said = {"condition": self.condition.kept(), "shelves": list(self.shelves)}
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | said

    def refusals(self) -> dict[str, str]:
        """A sentence for each field that makes no sense, by its name; {}: all is well."""
        if self.effect not in Effect.values:
            return {"effect": _("There is no such effect.")}
        found: dict[str, str] = {}
        for name, sentence in (*self._of_itself(), *self._of_condition(), *self._of_cap()):
            found.setdefault(name, sentence)
        return found

    def _of_itself(self) -> Iterator[tuple[str, str]]:
        if not self.name.strip():
            yield "name", _("A rule has a name.")
        if not set(self.shelves) <= set(ShelfKind.values):
            yield "shelves", _("Known are %(shelves)s.") % {"shelves": ", ".join(ShelfKind.values)}
        if self.shelves and set(self.shelves) <= set(WITHOUT.get(self.effect, ())):
            yield "shelves", _("This effect has nothing to work on there: choose another list.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            yield "ends_at", _("The end comes after the start.")
        if self.effect not in AMOUNTS:
            if self.amount is not None:
                yield "amount", _("This effect takes no amount.")
        elif not self._fits():
            yield "amount", str(AMOUNTS[Effect(self.effect)][2])

    def _fits(self) -> bool:
        low, high, _sentence = AMOUNTS[Effect(self.effect)]
        amount = self.amount
        if amount is None or not low <= amount <= high:
            return False
        return (amount == int(amount) or self.effect not in WHOLE) and (
            amount != 0 or self.effect not in NEVER_ZERO
        )

    def _of_condition(self) -> Iterator[tuple[str, str]]:
        condition = self.condition
        if self.effect == Effect.PIN:
            if len(condition.titles) != 1 or len(condition.kept()) != 1:
                yield "condition.titles", _("A pin is of exactly one title, and of nothing else.")
        elif self.effect in WITHOUT_CONDITION:
            if not condition.says_nothing():
                yield "condition", _("This effect holds for the whole list: choose no titles.")
        elif condition.says_nothing():
            yield "condition", _("Say which titles: without a choice it would be all of them.")
        yield from numbers_refused(condition)
        yield from missing(condition)

    def _of_cap(self) -> Iterator[tuple[str, str]]:
        if self.effect != Effect.CAP:
            for name in ("group", "within"):
                if getattr(self, name):
                    yield name, _("Only a cap has one.")
            return
        if self.group not in Rule.Group.values:
            yield "group", _("At most so many of one what: person, franchise or genre?")
        if self.within is not None and not 1 <= self.within <= LONGEST_STRETCH:
            yield "within", _("A stretch has 1 to 10,000 titles.")
        elif self.within is not None and self.amount is not None and self.within <= self.amount:
            yield "within", _("So many fit into every stretch: make it longer, or leave it out.")


def numbers_refused(condition: Condition) -> Iterator[tuple[str, str]]:
    first, last, days = condition.year_min, condition.year_max, condition.added_days
    for name, year in (("year_min", first), ("year_max", last)):
        if year is not None and not 0 <= year <= LAST_YEAR:
            yield f"condition.{name}", _("Years go from 0 to 9999.")
    if first is not None and last is not None and last < first:
        yield "condition.year_max", _("The last year comes before the first.")
    if days is not None and not 1 <= days <= MOST_DAYS:
        yield "condition.added_days", _("Days go from 1 to 36,500.")
    if len(condition.titles) > MOST_TITLES:
        yield "condition.titles", _("A rule names at most 10,000 titles.")


def missing(condition: Condition) -> Iterator[tuple[str, str]]:
    """What is named and is not there. A query a list that is said."""
    franchises = Title.objects.filter(franchise__in=condition.franchises).order_by()
    asked: tuple[tuple[str, Any, str], ...] = (
        ("genres", Genre.objects.filter(pk__in=condition.genres), "pk"),
        ("people", Person.objects.filter(pk__in=condition.people), "pk"),
        ("franchises", franchises, "franchise"),
        ("titles", Title.objects.filter(pk__in=condition.titles), "pk"),
    )
    for name, rows, column in asked:
        wanted = getattr(condition, name)
        if not wanted:
            continue
        known = set(rows.values_list(column, flat=True).distinct())
        unknown = [str(one) for one in wanted if one not in known]
        if unknown:
            yield f"condition.{name}", _("Not known: %(names)s.") % {"names": first_of(unknown)}


FEW_NAMES = 5  # that a sentence has room for


def first_of(names: list[str]) -> str:
    """A few of them, and how many others there are."""
    if len(names) <= FEW_NAMES:
        return ", ".join(names)
    return _("%(names)s and %(n)d others") % {
        "names": ", ".join(names[: FEW_NAMES - 1]),
        "n": len(names) - FEW_NAMES + 1,
    }


def second_pin(settings: RuleSettings, *, besides: Rule | None) -> str:
    """A sentence when another rule pins a title to that place, now or later; "" else."""
    if settings.effect != Effect.PIN:
        return ""
    now = timezone.now()
    starts_at = max(settings.starts_at or now, now)
    others = Rule.objects.pinning(settings.condition.titles[0], settings.amount or 0)
    others = others.on_any_of(settings.shelves).within(starts_at, settings.ends_at)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    other = others.first()
    if other is None:
        return ""
    words = _("The rule “%(name)s” pins it there already: change that one instead.")
    return words % {"name": other.name}
