"""A list that obeys the rules: full whenever enough titles exist, and each step told."""

from dataclasses import dataclass, replace

from catalog.census import Census, Mask
from recommendations.rankers import Ranker, Scored
from recommendations.rule_models import Rule
from recommendations.rulebook import Orders
from recsys.rules import Arrangement, Placed, arrange

SPARE = 200  # titles beyond the list, for the places that caps leave open
MOST_CANDIDATES = 10_000  # what no cap allows among so many is not looked for any further
GROWTH = 4  # of the number asked for, while places are open


@dataclass(frozen=True)
class RuledList:
    """What is served, and how it came about."""

    ranked: list[Scored]  # before anything was moved
    varied: list[Scored]  # the same, after variety
    arrangement: Arrangement
    wanted: int  # how many titles the retrieval was asked for

    @property
    def served(self) -> list[Scored]:
        by_id = {scored.item_id: scored for scored in self.varied}
        return [_served(by_id[int(each.item_id)], each) for each in self.arrangement.placed]


NOTHING = RuledList([], [], Arrangement([]), 0)


def _served(scored: Scored, placed: Placed) -> Scored:
    return replace(scored, source="pinned") if placed.step == "pinned" else scored


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
        best = among.best(wanted)
        varied = ranker.vary(best)
        placed = [Placed(scored.item_id, "ranked") for scored in varied[:limit]]
        return RuledList(best, varied, Arrangement(placed), wanted)
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

    def best(self, wanted: int) -> list[Scored]:
        return self._best(self.usable, wanted)

    def _best(self, usable: Mask, wanted: int) -> list[Scored]:
        """Boosts counted: of each level its own best, so none is missed."""
        if not self.orders.levels:
            return self.ranker.find(usable, wanted)
        found = [
            replace(scored, score=self.ranker.raised(scored.score, amount))
            for amount, titles in self.orders.levels
            for scored in self.ranker.find(usable & titles, wanted)
        ]
        return _sorted(found)[:wanted]

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
        return _sorted(list(new.values()))

    def arranged(self, best: list[Scored], limit: int, wanted: int) -> RuledList:
        extra = self.asked_for(best, wanted)
        varied = [*self.ranker.vary(best), *extra]
        ids = [scored.item_id for scored in varied]
        arrangement = arrange(
            ids,
            limit,
            pins=self.orders.pins,
            caps=self.orders.caps(ids),
            quotas=self.orders.quotas(self.census, ids),
        )
        return RuledList([*best, *extra], varied, arrangement, wanted)


def _sorted(found: list[Scored]) -> list[Scored]:
    """Best first; equals by id."""
    return sorted(found, key=lambda scored: (-scored.score, scored.item_id))
