"""One artifact, loaded without torch: what a web process needs to answer at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys import similarity
from recsys.chain import Chain, chain_of
from recsys.entries import amounts_by_row
from recsys.explain import MAX_REASONS, LeaveOneOut
from recsys.ids import ItemId
from recsys.interactions import Rows
from recsys.loaded import Loaded, rounded
from recsys.past import Past, Reading
from recsys.pipeline import Asked, Mask, retrieve, scores_of
from recsys.reranking import NO_VARIETY, Variety, rerank
from recsys.similarity import alike
from recsys.sources import distinct

if TYPE_CHECKING:
    import pandas as pd

Source = Literal["personal", "similar", "popular", "cold"]
Fatigue = Iterable[tuple[ItemId, float]]
Allowed = Collection[ItemId] | Mask  # ids, or a mask over the rows
VARIETY_POOL = 100  # best items among which variety is sought: as many as when it is measured
POPULAR_AT_ONCE = 1000


class Scored(NamedTuple):
    item_id: ItemId
    score: float
    source: Source


class Recommender:
    """One loaded artifact: never changes, safe to share between threads."""

    @classmethod
    def load(cls, folder: Path) -> Recommender:
        """ArtifactError when it is missing, altered, incomplete or of another format."""
        return cls(Loaded.read(Path(folder)))

    def __init__(self, loaded: Loaded) -> None:
        self.name, self.manifest = loaded.name, loaded.manifest
        self._loaded, self._tables, self._ids = loaded, loaded.tables, loaded.ids
        self._blend = loaded.blend
        reader, vectors = loaded.reader, loaded.tables.vectors  # not self: a cycle stays in memory
        self._left_out = LeaveOneOut(lambda users: reader.encode(users, vectors))

    def knows(self, item_id: ItemId) -> bool:
        return self._ids.row(item_id) is not None

    @property
    def item_ids(self) -> Sequence[ItemId]:
        """Of its rows; cold ones that came later stand behind."""
        return self._ids.ids

    @property
    def item_numbers(self) -> Rows:
        """The same as integers, (N + M,); ValueError if one is none."""
        if self._ids.numbers is None:
            raise ValueError(f"{self.name}: its ids are not numbers")
        return np.asarray(self._ids.numbers)

    def rows(self, item_ids: Iterable[ItemId]) -> Rows:
        """Of those that it knows, in the order given."""
        return self._ids.known_rows(item_ids)

    def is_cold(self, item_id: ItemId) -> bool:
        """Nobody had it in training, or it is unknown: at most its content can be compared."""
        row = self._ids.row(item_id)
        return row is None or bool(self._tables.counts[row] == 0)

    def with_cold_items(self, ids: Sequence[ItemId], vectors: NDArray[np.float32]) -> Recommender:
        """One that also searches these. vectors: of encode_items; known ids are passed over."""
        vectors = np.asarray(vectors, dtype=np.float32).reshape(len(ids), -1)
        new = [place for place, id_ in enumerate(ids) if not self.knows(id_)]
        if not new:
            return self
        return Recommender(self._loaded.followed_by([ids[place] for place in new], vectors[new]))

    def encode_items(self, items: pd.DataFrame) -> NDArray[np.float32]:
        """Contract-form items → (N, D + F): the tower's vector, then the content itself."""
        return self._loaded.items.encode(items)

    def read(self, history: Past, asked_at: int | None = None) -> Reading:
        """For many questions about one user."""
        if isinstance(history, Reading):
            return history
        return Reading(self._loaded, history, asked_at)

    def recommend(
        self,
        history: Past,
        *,
        k: int,
        allowed: Allowed | None = None,
        excluded: Collection[ItemId] = frozenset(),
        seen: Collection[ItemId] | None = None,
        fatigue: Fatigue = (),
        variety: Variety = NO_VARIETY,
    ) -> list[Scored]:
        """The k best items for a history; popular ones without a liked item.

        seen: never in the list; None = everything in the history. fatigue: items that were shown
        in vain, and 0..1 how much. variety: see `vary`.
        """
        reading = self.read(history)
        usable = self._usable(allowed, excluded, self._seen(reading, seen))
        if not len(reading.known.liked):
            return self._popular(usable, k)
        pool = k if variety == NO_VARIETY else max(k, VARIETY_POOL)
        asked = self._asked(reading, usable, pool, fatigue)
        rows = retrieve(asked)
        best = self._best(rows, scores_of(asked, rows), pool, source="personal")
        return self.vary(reading, best, variety)[:k]

    def _asked(self, reading: Reading, usable: Mask, k: int, fatigue: Fatigue) -> Asked:
        worn = amounts_by_row(fatigue, self._ids)
        evidence, indexes = reading.evidence, self._loaded.indexes
        return Asked(evidence, self._tables, indexes, self._blend, usable, k, worn)

    def score(
        self, history: Past, item_ids: Iterable[ItemId], *, fatigue: Fatigue = ()
    ) -> list[Scored]:
        """These items, best first, each with the very score that `recommend` gives it.

        Without those that it does not know, and none for a history without a liked item.
        """
        reading, wanted = self.read(history), self._usable(list(item_ids), ())
        if not len(reading.known.liked):
            return []
        rows = np.flatnonzero(wanted)
        asked = self._asked(reading, wanted, len(rows), fatigue)
        return self._best(rows, scores_of(asked, rows), len(rows), source="personal")

    def chain(
        self,
        history: Past,
        item_id: ItemId,
        *,
        k: int,
        allowed: Allowed | None = None,
        seen: Collection[ItemId] | None = None,
        fatigue: Fatigue = (),
    ) -> Chain | None:
        """How `recommend` judges one item; None without a like, or of an item it does not know."""
        reading, row = self.read(history), self._ids.row(item_id)
        if row is None or not len(reading.known.liked):
            return None
        usable = self._usable(allowed, (), self._seen(reading, seen))
        asked = self._asked(reading, usable, k, fatigue)
        rows = np.flatnonzero(usable) if asked.weighs_all else retrieve(asked)
        scored = distinct(np.append(rows, row))
        own = self._ids.ids[row]
        ranked = self._best(scored, scores_of(asked, scored), len(scored), source="personal")
        place, found = next(pair for pair in enumerate(ranked, 1) if pair[1].item_id == own)
        at = place if row in rows else None
        return chain_of(asked, row, total=found.score, candidates=len(rows), rank=at)

    def vary(self, history: Past, found: Sequence[Scored], variety: Variety) -> list[Scored]:
        """The same items; the first VARIETY_POOL in the order that makes the list wanted.

        Their scores then need not fall.
        """
        pool = found[:VARIETY_POOL]
        if variety == NO_VARIETY or not pool:
            return list(found)
        by_row = {int(self.rows([item.item_id])[0]): item for item in pool}
        rows, worth = np.array(list(by_row)), np.array([item.score for item in pool])
        wanted = self._loaded.views.mix_of(self.read(history).known.liked)
        order = rerank(worth, rows, self._loaded.views, wanted, len(rows), variety)
        return [*(by_row[row] for row in order), *found[VARIETY_POOL:]]

    def similar(
        self,
        item_id: ItemId,
        *,
        k: int,
        allowed: Allowed | None = None,
        excluded: Collection[ItemId] = frozenset(),
        by: similarity.By = "taste",
    ) -> list[Scored]:
        """Items liked by the same people (alike in content: if asked for, or the item is cold)."""
        row = self._ids.row(item_id)
        if row is None:
            return []
        usable = self._usable(allowed, [*excluded, item_id])
        rows = similarity.perhaps_similar(row, self._tables, self._loaded.indexes[0], usable, k)
        rows = similarity.foremost(row, rows, self._tables, by, k)
        return self._best(rows, alike(row, rows, self._tables, by), k, source="similar")

    def score_similar(
        self, item_id: ItemId, item_ids: Iterable[ItemId], *, by: similarity.By = "taste"
    ) -> list[Scored]:
        """These items, best first, each with the very score that `similar` gives it."""
        row, rows = self._ids.row(item_id), distinct(self.rows(item_ids))
        if row is None:
            return []
        return self._best(rows, alike(row, rows, self._tables, by), len(rows), source="similar")

    def popular(
        self, *, k: int, allowed: Allowed | None = None, excluded: Collection[ItemId] = frozenset()
    ) -> list[Scored]:
        return self._popular(self._usable(allowed, excluded), k)

    def because(self, history: Past, item_id: ItemId) -> ItemId | None:
        """The liked item without which this one's score falls most; None when none carries it."""
        for reasons in self.attributions(history, [item_id]).values():
            return reasons[0][0] if reasons else None
        return None

    def attributions(
        self,
        history: Past,
        item_ids: Collection[ItemId],
        *,
        at_most: int = MAX_REASONS,
    ) -> dict[ItemId, list[tuple[ItemId, float]]]:
        """Per known item: (liked item, fall of the score without it), largest fall first.

        Faithful: each of the newest liked items is really left out and the item scored again;
        of many only the at_most that are likeliest to matter.
        """
        rows = self._ids.known_rows(item_ids)
        reading = self.read(history)
        if not len(rows) or not len(reading.known.liked):
            return {}
        liked, drops = self._left_out.drops(
            reading.evidence, rows, self._tables, self._blend, at_most=at_most
        )
        reasons, ids = self._ids.at(liked), self._ids.at(rows)
        return {
            own: sorted(
                (
                    pair
                    for pair in zip(reasons, falls, strict=True)
                    if pair[1] > 0 and pair[0] != own
                ),
                key=lambda pair: -pair[1],
            )
            for own, falls in zip(ids, drops.T.tolist(), strict=True)
        }

    def _seen(self, reading: Reading, seen: Collection[ItemId] | None) -> Rows:
        """None = everything in the history."""
        return reading.known.rows if seen is None else self._ids.known_rows(seen)

    def _usable(
        self, allowed: Allowed | None, excluded: Collection[ItemId], seen: Rows | None = None
    ) -> Mask:
        """(N + M,)"""
        if allowed is None:
            usable = np.ones(len(self._tables), dtype=bool)
        elif isinstance(allowed, np.ndarray):
            usable = allowed.copy()
        else:
            usable = np.zeros(len(self._tables), dtype=bool)
            usable[self._ids.known_rows(allowed)] = True
        usable[self._ids.known_rows(excluded)] = False
        if seen is not None:
            usable[seen] = False
        return usable

    def _popular(self, usable: Mask, k: int) -> list[Scored]:
        """The first usable ones of the order that is kept, and the cold, which have 0 as many."""
        size = max(k, POPULAR_AT_ONCE)
        rows = self._loaded.by_popularity[:size]
        while np.count_nonzero(usable[rows]) < k and size < len(self._loaded.by_popularity):
            size *= 4
            rows = self._loaded.by_popularity[:size]
        later = np.arange(self._tables.indexed, len(usable))
        rows = np.concatenate([rows, later])
        rows = rows[usable[rows]]
        return self._best(rows, self._tables.popular[rows], k, source="popular")

    def _best(
        self, rows: Rows, scores: NDArray[np.floating], k: int, *, source: Source
    ) -> list[Scored]:
        written = rounded(scores)
        order = np.lexsort((self._ids.sort_keys[rows], -written))[: max(0, k)]
        best = rows[order]
        sources: list[Source] = [source] * len(best)
        if source == "personal":
            for place in np.flatnonzero(self._tables.counts[best] == 0):
                sources[place] = "cold"
        found = zip(self._ids.at(best), written[order].tolist(), sources, strict=True)
        return list(map(partial(tuple.__new__, Scored), found))  # as Scored(...), at a third
