"""Rules of a list: places that are given, limits that hold, shares that are kept.

The order comes from elsewhere; what is done to it is written down with the rule that did it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from recsys.ids import ItemId

Group = int | str
CapGroup = tuple[int, Group]  # the place of a cap among the caps, and a group that it counts
Groups = Mapping[ItemId, Collection[Group]]
Step = Literal["ranked", "pinned", "explored"]


@dataclass(frozen=True)
class Pin:
    """This item at that place, 0 = first."""

    rule: int
    item_id: ItemId
    place: int


@dataclass(frozen=True)
class Cap:
    """At most so many of one group among any `within` items in a row."""

    rule: int
    groups: Groups  # an item that is not there has none
    most: int
    within: int

    def __post_init__(self) -> None:
        if self.most < 1 or self.within < 1:
            raise ValueError(f"rule {self.rule}: a cap leaves one item at least: {self.most}")


@dataclass(frozen=True)
class Quota:
    """Of the first n items that are not pinned, share times n, rounded down, are of these."""

    rule: int
    items: Collection[ItemId]
    share: float  # 0..1

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ValueError(f"rule {self.rule}: a share is above 0 and at most 1: {self.share}")


class Placed(NamedTuple):
    """An item of the list, and what brought it to its place."""

    item_id: ItemId
    step: Step
    rule: int | None = None


@dataclass(frozen=True)
class PassedOver:
    """An item that a rule kept from a place, the first time that it did."""

    item_id: ItemId
    rule: int
    place: int


@dataclass(frozen=True)
class Arrangement:
    placed: list[Placed]
    passed_over: dict[ItemId, PassedOver] = field(default_factory=dict)


def arrange(
    ranked: Sequence[ItemId],
    k: int,
    *,
    pins: Sequence[Pin] = (),
    caps: Sequence[Cap] = (),
    quotas: Sequence[Quota] = (),
) -> Arrangement:
    """Up to k of the ranked items, best first wherever no rule says otherwise.

    Pins go to their places first, unless they break a cap among themselves; then every other
    place, from the top, to the best item that keeps all caps, of a quota that is due if there is
    one. Caps always hold. A quota that has no item left, or is due together with another one,
    waits. When nothing fits into a place, the pins below move up. ranked: no item twice, with
    those that are pinned.
    """
    return _Arranging(ranked, k, caps, quotas).run(pins)


class _Arranging:
    """The state of one call."""

    def __init__(
        self, ranked: Sequence[ItemId], k: int, caps: Sequence[Cap], quotas: Sequence[Quota]
    ) -> None:
        self.left = dict.fromkeys(ranked)  # in their order
        self.k = k
        self.caps = [_Counted(cap) for cap in caps]
        self.quotas = quotas
        self.of_quota = [dict.fromkeys(each for each in ranked if each in q.items) for q in quotas]
        self.filled = [0 for _ in quotas]
        self.groups: dict[ItemId, frozenset[CapGroup]] = {}
        self.passed_over: dict[ItemId, PassedOver] = {}

    def run(self, pins: Sequence[Pin]) -> Arrangement:
        pinned = self._pinned(pins)
        placed: list[Placed] = []
        n_free = 0
        while len(placed) < self.k:
            place = len(placed)
            if place in pinned:
                pin = pinned.pop(place)
                placed.append(Placed(pin.item_id, "pinned", pin.rule))
                self._count(pin.item_id)
                continue
            n_free += 1
            found = self._due(place, n_free) or self._best(place, self.left)
            if found is not None:
                self._take(found.item_id, place)
                placed.append(found)
            elif pinned:
                pinned = self._moved_up(pinned, place)
            else:
                break
        return Arrangement(placed, self.passed_over)

    def _pinned(self, pins: Sequence[Pin]) -> dict[int, Pin]:
        """By place; of two pins for one place, or of one item, the first holds."""
        pinned: dict[int, Pin] = {}
        for pin in pins:
            if pin.item_id not in self.left or pin.place in pinned or pin.place >= self.k:
                continue
            if self._refusing(pin.item_id, pin.place) is None:
                pinned[pin.place] = pin
                self._occupy(pin.item_id, pin.place)
        return pinned

    def _moved_up(self, pinned: dict[int, Pin], gap: int) -> dict[int, Pin]:
        """The places of the pins when the nearest goes to the gap, where nothing else fits."""
        nearest = min(pinned)
        pin = pinned.pop(nearest)
        for cap in self.caps:
            cap.leave(pin.item_id, nearest)
        rule = self._refusing(pin.item_id, gap)
        if rule is not None:  # dropped: nearer to its like than a cap allows
            self.passed_over.setdefault(pin.item_id, PassedOver(pin.item_id, rule, gap))
            return pinned
        for cap in self.caps:
            cap.enter(pin.item_id, gap)
        return pinned | {gap: pin}

    def _due(self, place: int, n_free: int) -> Placed | None:
        """The best item of a quota that is behind."""
        for quota, filled, left in zip(self.quotas, self.filled, self.of_quota, strict=True):
            if filled < int(quota.share * n_free + 1e-9):
                found = self._best(place, left)
                if found is not None:
                    return Placed(found.item_id, "explored", quota.rule)
        return None

    def _best(self, place: int, items: Collection[ItemId]) -> Placed | None:
        """The first of these that keeps all caps at this place."""
        full: set[CapGroup] = set()
        free: set[CapGroup] = set()  # all that was looked at is in one of the two
        for item_id in items:
            groups = self._groups_of(item_id)
            if full.isdisjoint(groups):
                for group in groups - free:
                    (full if self._is_full(group, place) else free).add(group)
                if full.isdisjoint(groups):
                    return Placed(item_id, "ranked")
            if item_id not in self.passed_over:
                rule = self._refusing(item_id, place)
                assert rule is not None  # one of its groups is full
                self.passed_over[item_id] = PassedOver(item_id, rule, place)
        return None

    def _refusing(self, item_id: ItemId, place: int) -> int | None:
        """The rule that keeps an item from a place."""
        full = [each for each in self._groups_of(item_id) if self._is_full(each, place)]
        return self.caps[min(number for number, _ in full)].rule if full else None

    def _groups_of(self, item_id: ItemId) -> frozenset[CapGroup]:
        """All groups of an item, each with the cap that counts it."""
        if item_id not in self.groups:
            pairs = ((number, cap.groups_of(item_id)) for number, cap in enumerate(self.caps))
            self.groups[item_id] = frozenset(
                (number, group) for number, groups in pairs for group in groups
            )
        return self.groups[item_id]

    def _is_full(self, group: CapGroup, place: int) -> bool:
        return self.caps[group[0]].is_full(group[1], place)

    def _take(self, item_id: ItemId, place: int) -> None:
        self._occupy(item_id, place)
        self._count(item_id)

    def _occupy(self, item_id: ItemId, place: int) -> None:
        del self.left[item_id]
        for left in self.of_quota:
            left.pop(item_id, None)
        for cap in self.caps:
            cap.enter(item_id, place)

    def _count(self, item_id: ItemId) -> None:
        for number, quota in enumerate(self.quotas):
            self.filled[number] += item_id in quota.items


class _Counted:
    """A cap and the places that each group has."""

    def __init__(self, cap: Cap) -> None:
        self.rule, self.most, self.within = cap.rule, cap.most, cap.within
        self.groups = cap.groups
        self.places: defaultdict[Group, list[int]] = defaultdict(list)  # rising

    def groups_of(self, item_id: ItemId) -> Collection[Group]:
        return self.groups.get(item_id, ())

    def is_full(self, group: Group, place: int) -> bool:
        """One more here and some stretch of the list would hold too many of the group."""
        places = self.places.get(group, [])
        start = bisect_left(places, place - self.within + 1)
        near = places[start : bisect_right(places, place + self.within - 1)]
        if len(near) < self.most:
            return False
        insort(near, place)
        ends = zip(near, near[self.most :], strict=False)
        return any(last - first < self.within for first, last in ends)

    def enter(self, item_id: ItemId, place: int) -> None:
        for group in self.groups_of(item_id):
            insort(self.places[group], place)

    def leave(self, item_id: ItemId, place: int) -> None:
        for group in self.groups_of(item_id):
            self.places[group].remove(place)
