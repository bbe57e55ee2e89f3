"""One artifact, loaded without torch: what a web process needs to answer at once."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from recsys.artifacts import read_manifest
from recsys.content import ContentEncoder
from recsys.errors import ArtifactError
from recsys.explain import LeaveOneOut
from recsys.history import History, stacked
from recsys.index import Index
from recsys.interactions import IdMap, ItemId, Rows, item_frame
from recsys.pipeline import Blend, Mask, Tables, rank, retrieve
from recsys.towers import Tower

if TYPE_CHECKING:
    import pandas as pd

Source = Literal["personal", "similar", "popular", "cold"]
SCORE_DIGITS = 6  # what is written and compared: equal here is a tie, broken by id
CONTENT_NEIGHBOURS_WEIGHT = 0.5  # of direction beside item neighbours, in likeness by taste


@dataclass(frozen=True)
class HistoryEntry:
    """One thing a user did. weight: -1..1, negative = dislike; timestamp: seconds.

    kind: of the event; one that training did not see counts as not said.
    """

    item_id: ItemId
    weight: float = 1.0
    timestamp: int = 0
    kind: str = ""


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
            recommender._user_tower = Tower(folder / "user_tower.onnx")
            recommender._item_tower = Tower(folder / "item_tower.onnx")
            recommender._length = int(manifest["config"]["length"])
            recommender._kinds = tuple(manifest["reads"]["kinds"])
            recommender._reads_dislikes = bool(manifest["reads"]["dislikes"])
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
        self._user_tower: Tower
        self._item_tower: Tower
        self._length = 0
        self._kinds: tuple[str, ...] = ("",)
        self._reads_dislikes = False
        self._blend = Blend()

    def _set_ids(self, ids: IdMap) -> None:
        self._ids = ids
        self._tie_order = ids.tie_order()
        self._left_out = LeaveOneOut(self._encode_users)

    def knows(self, item_id: ItemId) -> bool:
        return self._ids.row(item_id) is not None

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
        allowed: Collection[ItemId] | None = None,
        excluded: Collection[ItemId] = frozenset(),
        seen: Collection[ItemId] | None = None,
        asked_at: int | None = None,
    ) -> list[Scored]:
        """The k best items for a history, oldest first; popular ones without a liked item.

        seen: never in the list; None = everything in the history. asked_at: seconds, matters to
        a model with time_bias; None = at the newest entry.
        """
        known = self._known_part(history, asked_at)
        if seen is None:
            seen = [entry.item_id for entry in history]
        usable = self._usable(allowed, excluded, seen)
        if not len(known.liked):
            return self._popular(usable, k)
        user = self._encode_users([known])[0]
        rows = retrieve(user, known, self._tables, self._indexes, usable, k)
        scores = rank(user, known, rows, self._tables, self._blend)
        return self._best(rows, scores, k, source="personal")

    def similar(
        self,
        item_id: ItemId,
        *,
        k: int,
        allowed: Collection[ItemId] | None = None,
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
        allowed: Collection[ItemId] | None = None,
        excluded: Collection[ItemId] = frozenset(),
    ) -> list[Scored]:
        return self._popular(self._usable(allowed, excluded, ()), k)

    def because(self, history: Sequence[HistoryEntry], item_id: ItemId) -> ItemId | None:
        """The liked item without which this one's score falls most; None when none carries it."""
        for reasons in self.attributions(history, [item_id]).values():
            return reasons[0][0] if reasons else None
        return None

    def attributions(
        self, history: Sequence[HistoryEntry], item_ids: Collection[ItemId]
    ) -> dict[ItemId, list[tuple[ItemId, float]]]:
        """Per known item: (liked item, fall of the score without it), largest fall first.

        Faithful: each of the newest liked items is really left out and the item scored again.
        """
        rows = self._ids.known_rows(item_ids)
        known = self._known_part(history)
        if not len(rows) or not len(known.liked):
            return {}
        liked, drops = self._left_out.drops(known, rows, self._tables, self._blend)
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

    def _known_part(self, entries: Sequence[HistoryEntry], asked_at: int | None = None) -> History:
        """What is known of it, in rows."""
        known: dict[int, HistoryEntry] = {}
        for entry in entries:
            row = self._ids.row(entry.item_id)
            if row is not None:
                known.pop(row, None)  # the newest word on an item is the one that counts
                known[row] = entry
        kinds = {name: number for number, name in enumerate(self._kinds)}
        times = [entry.timestamp for entry in known.values()]
        return History(
            np.array(list(known), dtype=np.int64),
            np.array([entry.weight for entry in known.values()], dtype=np.float32),
            np.array([kinds.get(entry.kind, 0) for entry in known.values()], dtype=np.int8),
            np.array(times, dtype=np.int64),
            max(times, default=0) if asked_at is None else asked_at,
        )

    def _encode_users(self, histories: Sequence[History]) -> NDArray[np.float32]:
        """Of histories of one length. (B, D)"""
        if not self._reads_dislikes:  # the tower has not learnt what one is
            histories = [history.only_likes for history in histories]
        recent = [history.newest(self._length) for history in histories]
        rows, signals, moments = stacked(recent, len(self._kinds))
        vectors = self._tables.vectors[rows]
        return self._user_tower.run(vectors=vectors, signals=signals, moments=moments)

    def _usable(
        self,
        allowed: Collection[ItemId] | None,
        excluded: Collection[ItemId],
        seen: Collection[ItemId],
    ) -> Mask:
        """(N + M,)"""
        if allowed is None:
            usable = np.ones(len(self._tables), dtype=bool)
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
