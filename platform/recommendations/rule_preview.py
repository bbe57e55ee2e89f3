"""A list of one person now and as other rules would make it, side by side. Writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Title
from recommendations.home import favourite_genres
from recommendations.inspecting import length_of
from recommendations.lists import cards_of
from recommendations.obeying import NOTHING, RuledList, ruled_list
from recommendations.rankers import newest
from recommendations.reasons import because
from recommendations.rule_models import Rule, ShelfKind
from recommendations.rulebook import Compiled, Rulebook
from recommendations.serving import near, neighbours, popular, ranked_for
from recommendations.taste import Taste, taste_of

LENGTH = 20
NEW_RULE = 0  # the id of a rule that has not been written down
Effect = Rule.Effect


class Against(models.TextChoices):
    """What stands beside the list of now."""

    FORM = "form", gettext_lazy("with the rule as it stands here")
    OFF = "off", gettext_lazy("without the rule")
    NONE = "none", gettext_lazy("without any rule")


@dataclass(frozen=True)
class Mark:
    """What became of a title between the two lists."""

    kind: str  # came, went, up, down
    icon: str
    text: str


@dataclass(frozen=True)
class Row:
    place: int  # 1 = first
    title: Title
    mark: Mark | None
    causes: list[str]  # what rules did to it


@dataclass(frozen=True)
class Preview:
    heading: str
    now: list[Row]
    then: list[Row]

    @property
    def n_came(self) -> int:
        return len({row.title.pk for row in self.then} - {row.title.pk for row in self.now})

    @property
    def n_gone(self) -> int:
        return len({row.title.pk for row in self.now} - {row.title.pk for row in self.then})

    @property
    def n_moved(self) -> int:
        return sum(row.mark is not None for row in self.then) - self.n_came

    @property
    def is_same(self) -> bool:
        return not (self.n_came or self.n_gone or self.n_moved)


@dataclass(frozen=True)
class Subject:
    """Which list: a shelf, and the title or the genre that it is about."""

    shelf: str
    heading: str
    near: Title | None = None
    among: frozenset[int] | None = None


@dataclass(frozen=True)
class Side:
    """One of the two lists."""

    taste: Taste
    shelf: str
    found: RuledList

    @property
    def ids(self) -> list[int]:
        return [scored.item_id for scored in self.found.served][:LENGTH]


def preview(
    *, user: Any, shelf: str, now: datetime, rule: Rule | None = None, against: str = Against.NONE
) -> Preview:
    """user: a member or AnonymousUser; rule: as it stands in a form, NEW_RULE its id if new."""
    taste = taste_of(user)
    subject = subject_of(taste, shelf)
    in_force = list(Rule.objects.in_force(now))
    others = [each for each in in_force if rule is None or each.pk != rule.pk]
    rules = {Against.FORM: with_rule(others, rule), Against.OFF: others, Against.NONE: []}
    before, after = (
        side_of(taste.under(Rulebook.of(found, taste.census, now)), subject)
        for found in (in_force, rules[Against(against)])
    )
    titles = cards_of(user, {*before.ids, *after.ids})
    causes = {title_id: causes_of(title_id, before, after) for title_id in titles}
    was, will = _places(before.ids, titles), _places(after.ids, titles)
    rows_now = [
        Row(place, titles[pk], _leaving(place, will.get(pk)), causes[pk])
        for pk, place in was.items()
    ]
    rows_then = [
        Row(place, titles[pk], _arriving(was.get(pk), place), causes[pk])
        for pk, place in will.items()
    ]
    return Preview(subject.heading, rows_now, rows_then)


def with_rule(others: Sequence[Rule], rule: Rule | None) -> list[Rule]:
    """In the order in which rules are obeyed: oldest first, a new one last."""
    if rule is None:
        return list(others)
    return sorted([*others, rule], key=lambda each: each.pk or float("inf"))


def _places(ids: Sequence[int], titles: Any) -> dict[int, int]:
    """1 = first, of those that may be shown."""
    return {pk: place for place, pk in enumerate(ids, start=1) if pk in titles}


def _leaving(was: int, will: int | None) -> Mark | None:
    if will is None:
        return Mark("went", "x", _("goes"))
    return None if was == will else Mark(_way(was, will), _way(was, will), _("to %d") % will)


def _arriving(was: int | None, will: int) -> Mark | None:
    if was is None:
        return Mark("came", "plus", _("new"))
    return None if was == will else Mark(_way(was, will), _way(was, will), _("from %d") % was)


def _way(was: int, will: int) -> str:
    return "up" if will < was else "down"


def subject_of(taste: Taste, shelf: str) -> Subject:
    """The list as this person would get it: about what they liked last, of their first genre."""
    label = str(ShelfKind(shelf).label)
    if shelf in (ShelfKind.BECAUSE, ShelfKind.SIMILAR):
        visible = taste.may_see(taste.liked)
        liked = [pk for pk in taste.liked if pk in visible][:1]
        if not liked and shelf == ShelfKind.SIMILAR:
            most = popular(taste, shelf=shelf, limit=1, usable=taste.visible).served
            liked = [scored.item_id for scored in most]
        about = Title.objects.filter(pk__in=liked).first()
        if about is None:
            return Subject(shelf, label)
        if shelf == ShelfKind.BECAUSE:
            return Subject(shelf, because(about, taste.did[about.pk]), near=about)
        return Subject(shelf, _("Similar to %s") % about.name, near=about)
    if shelf == ShelfKind.GENRE:
        for genre, ids in favourite_genres(taste)[:1]:
            return Subject(shelf, genre.name, among=frozenset(ids))
    return Subject(shelf, label)


def side_of(taste: Taste, subject: Subject) -> Side:
    return Side(taste, subject.shelf, _found(taste, subject))


def _found(taste: Taste, subject: Subject) -> RuledList:
    shelf = subject.shelf
    if shelf == ShelfKind.GENRE:
        taste = taste.narrowed(subject.among or ())
    if shelf in (ShelfKind.LIST, ShelfKind.PICKED, ShelfKind.GENRE):
        return ranked_for(taste, shelf=shelf, limit=length_of(shelf))[1]
    limit, unseen = length_of(shelf), taste.usable(without=taste.seen)
    if shelf == ShelfKind.POPULAR:
        return popular(taste, shelf=shelf, limit=limit, usable=unseen)
    if shelf == ShelfKind.NEW:
        return ruled_list(newest(taste), unseen, taste.orders(shelf), limit, taste.census)
    if subject.near is None:
        return NOTHING
    if shelf == ShelfKind.BECAUSE:
        return neighbours(taste, subject.near.pk, shelf=shelf, limit=limit, exclude=taste.seen)
    return near(taste, subject.near, limit=limit)[1]


def causes_of(title_id: int, before: Side, after: Side) -> list[str]:
    """What rules do to a title on one of the lists and not on the other; of no change, on both."""
    was, will = done_to(title_id, before), done_to(title_id, after)
    if was == will:
        return list(will.values())
    gone = [_("no longer: %s") % text for key, text in was.items() if key not in will]
    return [text for key, text in will.items() if key not in was] + gone


def done_to(title_id: int, side: Side) -> dict[tuple[int, str], str]:
    """What each rule does to a title of a list, in words, by the rule's id and what it does."""
    places = side.taste.census.places([title_id])
    orders = side.taste.orders(side.shelf)
    done: dict[tuple[int, str], str] = {}
    for each in orders.compiled:
        is_meant = bool(len(places)) and bool(each.titles[places[0]])
        if words := _by_itself(each, is_meant):
            done[each.rule.pk, words] = words % {"rule": each.rule.name}
    names = {each.rule.pk: each.rule.name for each in orders.compiled}
    for rule, words in _arranged(title_id, side):
        done[rule, words] = words % {"rule": names[rule]}
    return done


def _by_itself(each: Compiled, is_meant: bool) -> str:
    """What a rule does to a title whatever else is in the list; "" for nothing."""
    effect = each.rule.effect
    if effect == Effect.ONLY and not is_meant:
        return _("not among “%(rule)s”")
    if effect == Effect.LEAVE_OUT and is_meant:
        return _("left out by “%(rule)s”")
    if effect == Effect.BOOST and is_meant:
        raised = (each.rule.amount or 0) > 0
        return _("raised by “%(rule)s”") if raised else _("lowered by “%(rule)s”")
    return ""


def _arranged(title_id: int, side: Side) -> list[tuple[int, str]]:
    """(rule, words) of what was done while the list was put together."""
    arrangement = side.found.arrangement
    found = []
    for placed in arrangement.placed:
        if placed.item_id == title_id and placed.rule is not None:
            pinned = placed.step == "pinned"
            words = _("pinned by “%(rule)s”") if pinned else _("a place kept by “%(rule)s”")
            found.append((placed.rule, words))
    over = arrangement.passed_over.get(title_id)
    if over is not None:
        words = _("kept from place %(place)d by “%%(rule)s”") % {"place": over.place + 1}
        found.append((over.rule, words))
    varying = side.taste.orders(side.shelf).of(Effect.VARIETY)
    if varying and _moved_for_variety(title_id, side.found):
        found.append((varying[-1].rule.pk, _("moved for “%(rule)s”")))
    return found


def _moved_for_variety(title_id: int, found: RuledList) -> bool:
    ranked, varied = (
        [scored.item_id for scored in order] for order in (found.ranked, found.varied)
    )
    if title_id not in ranked or title_id not in varied:
        return False
    return ranked.index(title_id) != varied.index(title_id)
