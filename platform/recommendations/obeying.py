"""A list that obeys the rules: full whenever enough titles exist, and each step told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from catalog.census import Census, Mask
from recommendations.rankers import Ranker, Scored
from recommendations.rule_models import Rule
from recommendations.rulebook import Orders
from recsys.rules import Arrangement, Cap, Pin, Placed, Quota, arrange

SPARE = 200  # titles beyond the list, for the places that caps leave open
MOST_CANDIDATES = 10_000  # what no cap allows among so many is not looked for any further
GROWTH = 4  # of the number asked for, while places are open
Raised = dict[int, tuple[float, float]]  # title → its score before, and the spreads


@dataclass(frozen=True)
class Places:
    """How long a list is, and what rules make of its places."""

    limit: int
    pins: Sequence[Pin] = ()
    caps: Sequence[Cap] = ()
    quotas: Sequence[Quota] = ()

    @property
    def moves(self) -> bool:
        """The order of the ranking need not stand."""
        return bool(self.pins or self.caps or self.quotas)

    def arranged(self, ranked: Sequence[Scored]) -> Arrangement:
        """ranked: best first, with what pins and quotas want."""
        ids = [scored.item_id for scored in ranked]
        if not self.moves:
            return Arrangement([Placed(title_id, "ranked") for title_id in ids[: self.limit]])
        return arrange(ids, self.limit, pins=self.pins, caps=self.caps, quotas=self.quotas)


@dataclass(frozen=True)
class RuledList:
    """What is served, and how it came about."""

    ranked: list[Scored]  # before anything was moved
    varied: list[Scored]  # the same, after variety
    wanted: int  # how many titles the retrieval was asked for
    ranker: Ranker | None = None  # None: nothing was looked for
    places: Places = Places(0)
    n_asked_for: int = 0  # at the end of ranked: what only pins and quotas wanted
    raised: Raised = field(default_factory=dict)

    @cached_property
    def arrangement(self) -> Arrangement:
        return self.places.arranged(self.varied)

    @property
    def served(self) -> list[Scored]:
        if not self.places.moves:
            return self.varied[: self.places.limit]
        by_id = {scored.item_id: scored for scored in self.varied}
        return [_served(by_id[int(each.item_id)], each) for each in self.arrangement.placed]


NOTHING = RuledList([], [], 0)


def _served(scored: Scored, placed: Placed) -> Scored:
    return scored._replace(source="pinned") if placed.step == "pinned" else scored


def ruled_list(
    ranker: Ranker, usable: Mask, orders: Orders, limit: int, census: Census
) -> RuledList:
    """The best `limit` titles by one retrieval. usable: (N,) of the census.

    More and more is asked for until the list is full or there is nothing left: so it is short only
    if none of the best MOST_CANDIDATES that are left may stand in the next place.
    """
    among = _Among(ranker, orders.keep(usable), orders, census)
    if not orders.rearranges:
        wanted = max(limit, ranker.pool)
        return among.settled(among.best(wanted), [], wanted, Places(limit))
    wanted = limit + SPARE
    while True:
        best = among.best(wanted)
        found = among.arranged(best, limit, wanted)
        full = len(found.arrangement.placed) >= limit
        if full or len(best) < wanted or wanted >= MOST_CANDIDATES:
            return found
        wanted = min(GROWTH * wanted, MOST_CANDIDATES)


@dataclass(frozen=True)
class _Among:
    """One retrieval among the titles that are left to choose from."""

    ranker: Ranker
    usable: Mask  # (N,)
    orders: Orders
    census: Census
    raised: Raised = field(default_factory=dict)

    def best(self, wanted: int) -> list[Scored]:
        return self._best(self.usable, wanted)

    def _best(self, usable: Mask, wanted: int) -> list[Scored]:
        """Boosts counted: of each level its own best, so none is missed."""
        if not self.orders.levels:
            return self.ranker.find(usable, wanted)
        found = []
        for amount, titles in self.orders.levels:
            for scored in self.ranker.find(usable & titles, wanted):
                self.raised[scored.item_id] = (scored.score, amount)
                found.append(scored._replace(score=self.ranker.raised(scored.score, amount)))
        return in_order_of_score(found)[:wanted]

    def asked_for(self, best: list[Scored], wanted: int) -> list[Scored]:
        """What pins and quotas want and the best do not hold."""
        found: list[Scored] = []
        for each in self.orders.of(Rule.Effect.EXPLORE):
            found += self._best(self.usable & each.titles, wanted)
        places = self.census.places([int(pin.item_id) for pin in self.orders.pins])
        pinned = self.census.ids[places[self.usable[places]]].tolist()
        found += [Scored(title_id, 0.0, "pinned") for title_id in pinned]
        held = {scored.item_id for scored in best}
        new = {scored.item_id: scored for scored in reversed(found) if scored.item_id not in held}
        return in_order_of_score(list(new.values()))

    def arranged(self, best: list[Scored], limit: int, wanted: int) -> RuledList:
        extra = self.asked_for(best, wanted)
        ids = [scored.item_id for scored in (*best, *extra)]
        caps, quotas = self.orders.caps(ids), self.orders.quotas(self.census, ids)
        return self.settled(best, extra, wanted, Places(limit, self.orders.pins, caps, quotas))

    def settled(
        self, best: list[Scored], extra: list[Scored], wanted: int, places: Places
    ) -> RuledList:
        return RuledList(
            [*best, *extra],
            [*self.ranker.vary(best), *extra],
            wanted,
            self.ranker,
            places,
            n_asked_for=len(extra),
            raised=self.raised,
        )


def in_order_of_score(found: list[Scored]) -> list[Scored]:
    """Best first; equals by id."""
    return sorted(found, key=lambda scored: (-scored.score, scored.item_id))
