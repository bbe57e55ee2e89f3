"""One artifact, loaded without torch: what a web process needs to answer at once."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from recsys.artifacts import read_manifest
from recsys.content import ContentEncoder
from recsys.entries import HistoryEntry, UserReader, amounts_by_row
from recsys.errors import ArtifactError
from recsys.explain import MAX_REASONS, LeaveOneOut
from recsys.history import History
from recsys.index import Index
from recsys.interactions import IdMap, ItemId, Rows, item_frame
from recsys.pipeline import Mask, rank, retrieve, weariness
from recsys.reranking import NO_VARIETY, ItemViews, Variety, rerank
from recsys.sources import Blend, Evidence
from recsys.tables import Tables
from recsys.towers import Tower

if TYPE_CHECKING:
    import pandas as pd

Source = Literal["personal", "similar", "popular", "cold"]
Allowed = Collection[ItemId] | Mask  # ids, or a mask over the rows
SCORE_DIGITS = 6  # what is written and compared: equal here is a tie, broken by id
VARIETY_POOL = 100  # best items among which variety is sought: as many as when it is measured
CONTENT_NEIGHBOURS_WEIGHT = 0.5  # of direction beside item neighbours, in likeness by taste


@dataclass(frozen=True)
class Scored:
    item_id: ItemId
    score: float
    source: Source


class Recommender:
    """One loaded artifact: never changes, safe to share between threads."""

    name: str
    manifest: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> Recommender:
        """ArtifactError when it is missing, altered, incomplete or of another format."""
        folder = Path(folder)
        manifest = read_manifest(folder)
        try:
            arrays = load_file(folder / "tables.safetensors")
            ids = read_item_ids(folder)
            encoder = ContentEncoder.load(folder / "content.json")
            recommender = cls()
            recommender._tables = Tables.build(arrays)
            recommender._reader = UserReader.load(folder, manifest)
            recommender._item_tower = Tower(folder / "item_tower.onnx")
            recommender._blend = Blend(**manifest["choices"]["blend"])
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ArtifactError(f"{folder} cannot be loaded: {error}") from error
        index = Index.load(folder / "items.faiss")
        if not len(ids) == len(recommender._tables) == len(index):
            raise ArtifactError(f"{folder}: its files speak of different numbers of items")
        recommender.name = str(manifest.get("name", folder.name))
        recommender.manifest = manifest
        recommender._encoder = encoder
        recommender._indexes = (index, Index.build(recommender._tables.vectors[:0]))
        recommender._set_ids(IdMap(ids))
        return recommender

    def __init__(self) -> None:
        self._tables: Tables
        self._indexes: tuple[Index, Index]
        self._encoder: ContentEncoder
        self._reader: UserReader
        self._item_tower: Tower
        self._blend = Blend()

    def _set_ids(self, ids: IdMap) -> None:
        self._ids = ids
        self._tie_order = ids.tie_order()
        self._left_out = LeaveOneOut(lambda users: self._reader.encode(users, self._tables.vectors))
        genres = self._tables.content[:, : len(self._encoder.genres)] > 0
        directions, counts = self._tables.directions, self._tables.counts
        self._views = ItemViews.of(directions, genres.astype(np.float32), counts)

    def knows(self, item_id: ItemId) -> bool:
        return self._ids.row(item_id) is not None

    @property
    def item_ids(self) -> Sequence[ItemId]:
        """Of its rows; cold ones that came later stand behind."""
        return self._ids.ids

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
        dim = self._tables.vectors.shape[1]
        if vectors.shape[1] != dim + self._tables.content.shape[1]:
            raise ArtifactError(
                f"cold vectors are {vectors.shape[1]} wide: another artifact made them"
            )
        other = copy.copy(self)
        other._tables = self._tables.extended(vectors[new, :dim], vectors[new, dim:])
        cold = other._tables.vectors[other._tables.indexed :]
        other._indexes = (self._indexes[0], Index.build(cold))
        other._set_ids(IdMap([*self._ids.ids, *(ids[place] for place in new)]))
        return other

    def encode_items(self, items: pd.DataFrame) -> NDArray[np.float32]:
        """Contract-form items → (N, D + F): the tower's vector, then the content itself."""
        content = self._encoder.encode(item_frame(items))
        vectors = self._item_tower.run(features=content)
        return np.hstack([vectors, content]).astype(np.float32)

    def recommend(
        self,
        history: Sequence[HistoryEntry],
        *,
        k: int,
        allowed: Allowed | None = None,
        excluded: Collection[ItemId] = frozenset(),
        seen: Collection[ItemId] | None = None,
        fatigue: Iterable[tuple[ItemId, float]] = (),
        variety: Variety = NO_VARIETY,
        asked_at: int | None = None,
    ) -> list[Scored]:
        """The k best items for a history, oldest first; popular ones without a liked item.

        seen: never in the list; None = everything in the history. fatigue: items that were shown
        in vain, and 0..1 how much. variety: what the list gives up score for; its scores then need
        not fall. asked_at: seconds, matters to a model with time_bias; None = at the newest entry.
        """
        known = self._reader.history_of(history, self._ids, asked_at)
        if seen is None:
            seen = [entry.item_id for entry in history]
        usable = self._usable(allowed, excluded, seen)
        if not len(known.liked):
            return self._popular(usable, k)
        evidence = self._evidence(known)
        rows = retrieve(evidence, self._tables, self._indexes, usable, k)
        scores = rank(evidence, rows, self._tables, self._blend)
        scores -= weariness(amounts_by_row(fatigue, self._ids), rows)
        if variety == NO_VARIETY:
            return self._best(rows, scores, k, source="personal")
        best = self._best(rows, scores, max(k, VARIETY_POOL), source="personal")
        return self._varied(known, best[:VARIETY_POOL], variety)[:k] + best[VARIETY_POOL:k]

    def _varied(self, known: History, pool: list[Scored], variety: Variety) -> list[Scored]:
        """The same items, in the order in which they make the list that is wanted."""
        by_row = {int(self.rows([item.item_id])[0]): item for item in pool}
        rows, worth = np.array(list(by_row)), np.array([item.score for item in pool])
        wanted = self._views.mix_of(known.liked)
        return [by_row[row] for row in rerank(worth, rows, self._views, wanted, len(rows), variety)]

    def similar(
        self,
        item_id: ItemId,
        *,
        k: int,
        allowed: Allowed | None = None,
        excluded: Collection[ItemId] = frozenset(),
        by: Literal["taste", "content"] = "taste",
    ) -> list[Scored]:
        """Items liked by the same people (alike in content: if asked for, or the item is cold)."""
        row = self._ids.row(item_id)
        if row is None:
            return []
        tables = self._tables
        rows = np.flatnonzero(self._usable(allowed, excluded, [item_id]))
        if by == "content" or tables.counts[row] == 0:
            scores = tables.content[rows] @ tables.content[row]
        else:
            around = np.zeros(len(tables), dtype=np.float32)
            around[tables.neighbour_rows[row]] = tables.neighbour_weights[row]
            near = tables.directions[rows] @ tables.directions[row]
            scores = (
                around[rows] / max(float(around.max()), 1e-6) + CONTENT_NEIGHBOURS_WEIGHT * near
            )
        return self._best(rows, scores, k, source="similar")

    def popular(
        self,
        *,
        k: int,
        allowed: Allowed | None = None,
        excluded: Collection[ItemId] = frozenset(),
    ) -> list[Scored]:
        return self._popular(self._usable(allowed, excluded, ()), k)

    def because(self, history: Sequence[HistoryEntry], item_id: ItemId) -> ItemId | None:
        """The liked item without which this one's score falls most; None when none carries it."""
        for reasons in self.attributions(history, [item_id]).values():
            return reasons[0][0] if reasons else None
        return None

    def attributions(
        self,
        history: Sequence[HistoryEntry],
        item_ids: Collection[ItemId],
        *,
        at_most: int = MAX_REASONS,
    ) -> dict[ItemId, list[tuple[ItemId, float]]]:
        """Per known item: (liked item, fall of the score without it), largest fall first.

        Faithful: each of the newest liked items is really left out and the item scored again;
        of many only the at_most that are likeliest to matter.
        """
        rows = self._ids.known_rows(item_ids)
        known = self._reader.history_of(history, self._ids)
        if not len(rows) or not len(known.liked):
            return {}
        liked, drops = self._left_out.drops(
            self._evidence(known), rows, self._tables, self._blend, at_most=at_most
        )
        reasons = [self._ids.ids[row] for row in liked]
        return {
            self._ids.ids[row]: sorted(
                (
                    (reason, float(drop))
                    for reason, drop in zip(reasons, drops[:, place], strict=True)
                    if drop > 0 and reason != self._ids.ids[row]
                ),
                key=lambda pair: -pair[1],
            )
            for place, row in enumerate(rows)
        }

    def _evidence(self, known: History) -> Evidence:
        user = self._reader.encode([known], self._tables.vectors)[0]
        return Evidence.of(user, known, self._tables, self._blend.fade, self._blend.used)

    def _usable(
        self,
        allowed: Allowed | None,
        excluded: Collection[ItemId],
        seen: Collection[ItemId],
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
        usable[self._ids.known_rows(seen)] = False
        return usable

    def _popular(self, usable: Mask, k: int) -> list[Scored]:
        rows = np.flatnonzero(usable)
        return self._best(rows, self._tables.popular[rows], k, source="popular")

    def _best(
        self, rows: Rows, scores: NDArray[np.floating], k: int, *, source: Source
    ) -> list[Scored]:
        rounded = np.round(scores.astype(np.float64), SCORE_DIGITS) + 0.0  # never -0.0
        order = np.lexsort((self._tie_order[rows], -rounded))[: max(0, k)]
        cold = self._tables.counts[rows] == 0
        return [
            Scored(
                self._ids.ids[rows[place]],
                float(rounded[place]),
                "cold" if source == "personal" and cold[place] else source,
            )
            for place in order
        ]


def read_item_ids(folder: Path) -> list[ItemId]:
    """Ids of the items that an artifact has, in the order of its rows."""
    try:
        return list(json.loads((folder / "items.json").read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ArtifactError(f"{folder}: its list of items cannot be read") from error
