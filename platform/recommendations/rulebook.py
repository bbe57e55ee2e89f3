"""The rules in force, compiled: what each shelf is asked to obey, over the rows of the census."""

import logging
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from time import monotonic

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from catalog.census import Census, Mask
from catalog.models import Credit, Title
from recommendations.rule_conditions import Condition
from recommendations.rule_models import Rule
from recsys import rules

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0  # as late a process notices that a rule was changed
RECOMPILED_SECONDS = 60.0  # as late "added within so many days" lets go of a title
WHOLE_LIST = 10_000  # of a cap that names no stretch
Effect = Rule.Effect


@dataclass(frozen=True)
class Compiled:
    """A rule and the titles that it speaks of."""

    rule: Rule
    titles: Mask  # (N,) of the census


@dataclass(frozen=True)
class Orders:
    """What the rules in force ask of one shelf."""

    compiled: tuple[Compiled, ...] = ()

    def of(self, *effects: str) -> list[Compiled]:
        return [each for each in self.compiled if each.rule.effect in effects]

    def keep(self, usable: Mask) -> Mask:
        """Those of the titles that no rule leaves out."""
        return usable if self._keeps is None else usable & self._keeps

    @cached_property
    def _keeps(self) -> Mask | None:
        found = self.of(Effect.ONLY, Effect.LEAVE_OUT)
        if not found:
            return None
        masks = [each.titles if each.rule.effect == Effect.ONLY else ~each.titles for each in found]
        return np.logical_and.reduce(masks)

    @cached_property
    def boosts(self) -> NDArray[np.float64] | None:
        """(N,) what each title's score is raised by, in spreads; None: nothing is."""
        found = self.of(Effect.BOOST)
        if not found:
            return None
        raised = [(each.rule.amount or 0.0) * each.titles for each in found]
        return np.asarray(np.round(np.sum(raised, axis=0), 6), dtype=np.float64)

    @cached_property
    def levels(self) -> list[tuple[float, Mask]]:
        """Titles by what their score is raised by; one level when nothing is raised."""
        boosts = self.boosts
        if boosts is None:
            return []
        return [(float(amount), boosts == amount) for amount in np.unique(boosts)]

    @cached_property
    def pins(self) -> list[rules.Pin]:
        return [
            rules.Pin(each.rule.pk, Condition.read(each.rule.condition).titles[0], place_of(each))
            for each in self.of(Effect.PIN)
            if each.titles.any()
        ]

    @cached_property
    def variety(self) -> float | None:
        """0..1 of the slider, by the newest rule that says it."""
        found = self.of(Effect.VARIETY)
        return found[-1].rule.amount if found else None

    @cached_property
    def rearranges(self) -> bool:
        """The order of the scores is not the whole word."""
        return bool(self.of(Effect.PIN, Effect.CAP, Effect.EXPLORE))

    @property
    def changes_order(self) -> bool:
        """What a shelf says of its order is not the whole truth."""
        return self.boosts is not None or self.rearranges

    def caps(self, title_ids: Collection[int]) -> list[rules.Cap]:
        """With the groups of these titles; a query a cap."""
        return [
            rules.Cap(
                each.rule.pk,
                groups_of(title_ids, each.rule.group),
                int(each.rule.amount or 1),
                each.rule.within or WHOLE_LIST,
            )
            for each in self.of(Effect.CAP)
        ]

    def quotas(self, census: Census, title_ids: Sequence[int]) -> list[rules.Quota]:
        """Over these titles; all are in the census."""
        ids = np.array(title_ids, dtype=np.int64)
        places = np.searchsorted(census.ids, ids)
        return [
            rules.Quota(
                each.rule.pk, frozenset(ids[each.titles[places]].tolist()), each.rule.amount or 0.0
            )
            for each in self.of(Effect.EXPLORE)
        ]


NO_ORDERS = Orders()


def place_of(compiled: Compiled) -> int:
    """Of a pin, 0 = first."""
    return max(0, int(compiled.rule.amount or 1) - 1)


def groups_of(title_ids: Collection[int], group: str) -> rules.Groups:
    """Genres, people (by id) or the franchise of each title that has one. One query."""
    found: dict[int | str, list[int | str]] = {}
    rows: Collection[tuple[int, int | str]]
    if group == Rule.Group.GENRE:
        through = Title.genres.through.objects.filter(title__in=title_ids)
        rows = through.values_list("title_id", "genre_id")
    elif group == Rule.Group.PERSON:
        credits = Credit.objects.filter(title__in=title_ids).order_by()
        rows = credits.values_list("title_id", "person_id").distinct()
    else:
        titles = Title.objects.filter(pk__in=title_ids).exclude(franchise="").order_by()
        rows = titles.values_list("pk", "franchise")
    for title_id, of in rows:
        found.setdefault(title_id, []).append(of)
    return found


@dataclass(frozen=True)
class Rulebook:
    """All rules in force at one moment. Never changes; `current_rulebook` makes another."""

    state: tuple[object, ...]
    compiled: tuple[Compiled, ...]
    _by_shelf: dict[str, Orders] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls, found: Sequence[Rule], census: Census, now: datetime, state: tuple[object, ...] = ()
    ) -> "Rulebook":
        """A rule that cannot be read is left out, and said so in the log."""
        compiled = []
        for rule in found:
            try:
                compiled.append(Compiled(rule, titles_of(rule, census, now)))
            except ValueError as error:
                log.error("rule %s (%s) holds nowhere: %s", rule.pk, rule, error)
        return cls(state, tuple(compiled))

    def orders(self, shelf: str) -> Orders:
        """shelf: a `ShelfKind`"""
        if not self.compiled:
            return NO_ORDERS
        if shelf not in self._by_shelf:
            self._by_shelf[shelf] = Orders(
                tuple(each for each in self.compiled if each.rule.holds_on(shelf))
            )
        return self._by_shelf[shelf]


NO_RULES = Rulebook((), ())


def titles_of(rule: Rule, census: Census, now: datetime) -> Mask:
    """(N,) of the census. ValueError when the condition cannot be read."""
    condition = Condition.read(rule.condition)
    if rule.effect == Effect.PIN and len(condition.titles) != 1:
        raise ValueError("a pin is of one title")
    if condition.says_nothing():
        return np.ones(len(census), dtype=bool)
    ids = Title.objects.filter(condition.query(now), published=True).order_by()
    mask = np.zeros(len(census), dtype=bool)
    mask[census.places(list(ids.values_list("pk", flat=True)))] = True
    return mask


_book = NO_RULES
_looked_at = -POLL_SECONDS
_compiled_at = 0.0
_looking = threading.Lock()


def current_rulebook(census: Census) -> Rulebook:
    """For the rows of this census; the rules as they stand now, or stood a second ago."""
    book = _book
    if monotonic() - _looked_at < POLL_SECONDS and _fits(book, census):
        return book
    with _looking:
        return _look(census)


def _fits(book: Rulebook, census: Census) -> bool:
    return not book.compiled or book.state[0] == census.facts


def _look(census: Census) -> Rulebook:
    global _book, _looked_at, _compiled_at
    now, moment = timezone.now(), monotonic()
    found = list(Rule.objects.in_force(now))
    state = (census.facts, *(tuple(vars_of(rule)) for rule in found))
    if state != _book.state or moment - _compiled_at > RECOMPILED_SECONDS:
        _book = Rulebook.of(found, census, now, state) if found else NO_RULES
        _compiled_at = moment
    _looked_at = moment
    return _book


def vars_of(rule: Rule) -> list[str]:
    """What tells one state of a rule from another."""
    return [str(rule.pk), str(rule.kept_settings())]


def forget_rules() -> None:
    """The next list looks at them anew."""
    global _looked_at
    _looked_at = -POLL_SECONDS
