"""The list that was made for somebody, made again step by step around one title."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from catalog.census import Mask
from recommendations import rankers
from recommendations.inspection_steps import Question
from recommendations.obeying import RuledList, ruled_list
from recommendations.rankers import Ranker, Scored
from recommendations.rule_models import Rule, ShelfKind
from recommendations.rulebook import Orders
from recommendations.serving import ranked_for
from recsys.chain import Chain
from recsys.rules import Placed

__all__ = ["BY_MODEL", "FARTHEST", "Chain", "Made", "Placed"]
FARTHEST = 2_000  # places that are looked through for a title below the end of the list
BY_MODEL = ("personal", "session")  # rungs whose scores have parts


@dataclass(frozen=True)
class Made:
    """The list as it was served, and the same again with more of it to look at."""

    asked: Question
    ranker: Ranker
    ruled: RuledList

    @classmethod
    def of(cls, asked: Question) -> "Made":
        taste, limit = asked.taste, asked.limit
        if asked.shelf != ShelfKind.POPULAR:
            ranker, ruled = ranked_for(taste, shelf=asked.shelf, limit=limit)
            return cls(asked, ranker, ruled)
        ranker = rankers.popular(taste.census)
        usable = taste.usable(without=taste.seen | set(asked.above))
        return cls(asked, ranker, ruled_list(ranker, usable, asked.orders, limit, taste.census))

    @property
    def placed(self) -> list[Placed]:
        return self.ruled.arrangement.placed

    @cached_property
    def place(self) -> int | None:
        """On the list as it was arranged, 1 = first."""
        return _rank(self.asked.title.pk, [int(each.item_id) for each in self.placed])

    @cached_property
    def usable(self) -> Mask:
        """(N,) of the census: what the ranking chose from."""
        taste = self.asked.taste
        found = taste.usable(without=taste.seen | set(self.asked.above))
        return self.asked.orders.keep(found)

    @cached_property
    def k(self) -> int:
        """How many titles the retrieval was asked for in the end."""
        return self.ruled.wanted

    @cached_property
    def by_score(self) -> RuledList:
        """The titles retrieved, before and after variety, with no place given by a rule."""
        taken = (Rule.Effect.PIN, Rule.Effect.CAP, Rule.Effect.EXPLORE)
        kept = [each for each in self.asked.orders.compiled if each.rule.effect not in taken]
        orders = Orders(tuple(kept))
        return ruled_list(self.ranker, self.usable, orders, self.k, self.asked.taste.census)

    @cached_property
    def scored(self) -> Scored | None:
        if self.rank is not None:
            return self.by_score.ranked[self.rank - 1]
        found = (each for each in self.longer.ranked if each.item_id == self.asked.title.pk)
        return next(found, None)

    @cached_property
    def longer(self) -> RuledList:
        """The same list, as long as is looked through."""
        orders, limit = self.asked.orders, max(FARTHEST, self.asked.limit)
        return ruled_list(self.ranker, self.usable, orders, limit, self.asked.taste.census)

    @cached_property
    def would_be(self) -> int | None:
        """The place that it would have in a longer list; None: none, or farther than FARTHEST."""
        found = self.longer.arrangement.placed
        return _rank(self.asked.title.pk, [int(each.item_id) for each in found])

    @cached_property
    def rank(self) -> int | None:
        """By score, among those retrieved."""
        return _rank(self.asked.title.pk, [each.item_id for each in self.by_score.ranked])

    @cached_property
    def varied(self) -> int | None:
        return _rank(self.asked.title.pk, [each.item_id for each in self.by_score.varied])

    @cached_property
    def chain(self) -> Chain | None:
        """What the parts of the model say; None when the model does not rank, or know, it."""
        taste, row = self.asked.taste, self.asked.row
        if self.ranker.rung not in BY_MODEL or taste.live is None or row is None:
            return None
        usable = self.usable
        for _amount, titles in self.asked.orders.levels:  # each was asked for by itself
            if titles[row]:
                usable = usable & titles
        return taste.live.recommender.chain(
            taste.reading or taste.history,
            self.asked.title.pk,
            k=self.k,
            allowed=taste.live.allowed(taste.census, usable),
            seen=(),
            fatigue=taste.fatigue.items(),
        )

    @cached_property
    def boosts(self) -> tuple[Rule, ...]:
        row = self.asked.row
        found = self.asked.orders.of(Rule.Effect.BOOST)
        return tuple(each.rule for each in found if row is not None and each.titles[row])

    def rules(self, ids: Collection[int | None]) -> tuple[Rule, ...]:
        """Of this shelf, by id, in their order."""
        return tuple(each.rule for each in self.asked.orders.compiled if each.rule.pk in ids)


def _rank(title_id: int, ids: list[int]) -> int | None:
    return ids.index(title_id) + 1 if title_id in ids else None
