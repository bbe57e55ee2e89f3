"""The retrievals behind every list: each finds the best titles of any choice of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import exp
from typing import Any, Literal, NamedTuple, cast

import numpy as np

from catalog.census import Census, Mask
from catalog.holdings import holdings_of
from catalog.models import Title
from recommendations.loading import Live
from recommendations.taste import Taste
from recsys import serving as recsys_serving
from recsys.past import Reading
from recsys.reranking import NO_VARIETY, Variety
from recsys.serving import VARIETY_POOL, Recommender

Rung = Literal["personal", "session", "similar", "popular"]
Closeness = Literal["taste", "content"]
Source = Literal["personal", "similar", "popular", "cold", "new", "pinned"]
By = Literal["personal", "taste", "content", "popular", "order"]  # what a retrieval ranks by
BY_MODEL: tuple[Source, ...] = ("personal", "cold", "similar")  # that give a score of the model's
SIMILAR_SPREAD = 0.2  # of likeness, from title to title
BEHIND_ALL = -1000.0  # spreads: no title that a model knows scores as low, whatever rules say
FEW = 5_000  # titles that are asked for by their ids; of more the most popular are looked through


class Scored(NamedTuple):
    """The id of a title, how well it fits, and the retrieval that found it."""

    item_id: int
    score: float
    source: Source


@dataclass(frozen=True)
class Ranker:
    """One retrieval."""

    rung: Rung
    by: By
    find: Callable[[Mask, int], list[Scored]]  # (N,) of the census, k → the k best, best first
    vary: Callable[[list[Scored]], list[Scored]] = list  # the same titles, for variety's sake
    variety: Variety = NO_VARIETY
    near: int | None = None  # the title that others are compared with
    newest_cold: int = 0  # of the model that is asked

    @property
    def pool(self) -> int:
        """Titles that vary looks at."""
        return 0 if self.variety == NO_VARIETY else VARIETY_POOL

    def raised(self, score: float, spreads: float) -> float:
        return raised_by(self.by, score, spreads)


def raised_by(by: By, score: float, spreads: float) -> float:
    """A score of such a retrieval, raised by so many spreads; an order has none to raise."""
    if by == "personal":
        return score + spreads
    if by == "popular":
        return (score + 1) * exp(spreads) - 1
    return score if by == "order" else score + SIMILAR_SPREAD * spreads


def personal(taste: Taste, live: Live, shelf: str) -> Ranker:
    """By the whole history. live: taste's."""
    recommender = live.recommender
    reading = taste.reading or recommender.read(taste.history)
    variety = taste.variety(shelf)

    def find(usable: Mask, k: int) -> list[Scored]:
        allowed = live.allowed(taste.census, usable)
        fatigue = taste.fatigue.items()
        found = recommender.recommend(reading, k=k, allowed=allowed, seen=(), fatigue=fatigue)
        return of_titles(found) + _unknown(taste, live, usable, k - len(found))

    rung: Rung = "personal" if taste.is_member else "session"
    ranker = Ranker(rung, "personal", find, newest_cold=live.newest_cold)
    if variety == NO_VARIETY:
        return ranker
    vary = partial(varied, recommender, reading, variety=variety)
    return replace(ranker, vary=vary, variety=variety)


def varied(
    recommender: Recommender, reading: Reading, found: list[Scored], variety: Variety
) -> list[Scored]:
    """The same titles for variety's sake; those that the model has not met stay behind."""
    met = [scored for scored in found if scored.source in BY_MODEL]
    unmet = [scored for scored in found if scored.source not in BY_MODEL]
    items = [recsys_serving.Scored(s.item_id, s.score, s.source) for s in met]  # type: ignore[arg-type]
    return of_titles(recommender.vary(reading, items, variety)) + unmet


def _unknown(taste: Taste, live: Live, usable: Mask, k: int) -> list[Scored]:
    """Titles that the model has not met yet, behind all that it has: the most popular first."""
    if k < 1:
        return []
    unmet = usable & ~live.met(taste.census)
    return [
        scored._replace(score=BEHIND_ALL - 1 / (1 + scored.score))
        for scored in popular(taste.census).find(unmet, k)
    ]


def near(taste: Taste, live: Live, title_id: int, by: Closeness) -> Ranker:
    """By likeness to one title."""

    def find(usable: Mask, k: int) -> list[Scored]:
        allowed = live.allowed(taste.census, usable)
        return of_titles(live.recommender.similar(title_id, k=k, allowed=allowed, by=by))

    return Ranker("similar", by, find, near=title_id, newest_cold=live.newest_cold)


def popular(census: Census) -> Ranker:
    """By the decayed count of what everybody did; needs no artifact."""

    def find(usable: Mask, k: int) -> list[Scored]:
        titles = Title.objects.filter(published=True).order_by("-popularity", "pk")
        if np.count_nonzero(usable) <= FEW:
            titles = titles.filter(pk__in=census.ids[usable].tolist())
        rows = first_usable(titles.values_list("pk", "popularity"), census, usable, k)
        return [Scored(pk, float(score), "popular") for pk, score in rows]

    return Ranker("popular", "popular", find)


def newest(taste: Taste) -> Ranker:
    """As titles were added, kinds in turn; there is no score to raise."""
    census, holdings = taste.census, holdings_of(taste.census)

    def find(usable: Mask, k: int) -> list[Scored]:
        rows = holdings.newest(taste.visible, usable, k)
        return [Scored(pk, 0.0, "new") for pk in census.ids[rows].tolist()]

    return Ranker("popular", "order", find)


def first_usable(rows: Any, census: Census, usable: Mask, k: int) -> list[tuple[Any, ...]]:
    """The first k rows of a query whose id, the first column, is usable; as a rule one query."""
    found: list[tuple[Any, ...]] = []
    start, size = 0, 2 * k
    while len(found) < k and len(census):
        chunk = list(rows[start : start + size])
        ids = np.array([row[0] for row in chunk], dtype=np.int64)
        places = np.minimum(np.searchsorted(census.ids, ids), len(census) - 1)
        good = (census.ids[places] == ids) & usable[places]
        found += [row for row, is_good in zip(chunk, good, strict=True) if is_good]
        if len(chunk) < size:
            break
        start, size = start + size, 4 * size
    return found[:k]


def of_titles(found: Sequence[recsys_serving.Scored]) -> list[Scored]:
    """What recsys found; its item ids may be texts, ours are integers."""
    if any(isinstance(scored.item_id, str) for scored in found):
        return [Scored(int(item_id), score, source) for item_id, score, source in found]
    return cast(list[Scored], list(found))
