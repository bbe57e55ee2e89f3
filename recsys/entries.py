"""What a user did, as callers say it, and as one artifact reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.columns import Table, lines_of
from recsys.history import History, Vector, stacked
from recsys.ids import IdMap, ItemId
from recsys.interactions import Rows
from recsys.towers import Tower


class HistoryEntry(NamedTuple):
    """One thing a user did. weight: -1..1, negative = dislike; timestamp: seconds.

    kind: of the event; one that training did not see counts as not said.
    """

    item_id: ItemId
    weight: float = 1.0
    timestamp: int = 0
    kind: str = ""


@dataclass(frozen=True)
class UserReader:
    """The user tower with what it has learnt to read."""

    tower: Tower
    length: int
    kinds: tuple[str, ...]
    reads_dislikes: bool

    @classmethod
    def load(cls, folder: Path, manifest: dict[str, Any]) -> UserReader:
        """ArtifactError, KeyError, TypeError or ValueError when it is not whole."""
        reads = manifest["reads"]
        return cls(
            Tower(folder / "user_tower.onnx"),
            int(manifest["config"]["length"]),
            tuple(reads["kinds"]),
            bool(reads["dislikes"]),
        )

    def history_of(
        self, entries: Sequence[HistoryEntry], ids: IdMap, asked_at: int | None = None
    ) -> History:
        """What is known of it, in rows. asked_at: seconds; None = at the newest entry."""
        columns: list[Sequence[Any]] = list(zip(*entries, strict=True)) or [(), (), (), ()]
        columns[0] = ids.rows(columns[0])
        # the newest word on an item is the one that counts
        newest = dict(zip(columns[0], range(len(entries)), strict=True))
        newest.pop(None, None)
        if len(newest) < len(entries):
            places = sorted(newest.values())
            columns = [[column[place] for place in places] for column in columns]
        rows, weights, times, kinds = columns
        return History(
            np.array(rows, dtype=np.int64),
            np.array(weights, dtype=np.float32),
            np.array(list(map(self._numbers.get, kinds, repeat(0))), dtype=np.int8),
            np.array(times, dtype=np.int64),
            max(times, default=0) if asked_at is None else asked_at,
        )

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Of the kinds."""
        return {name: number for number, name in enumerate(self.kinds)}

    def encode(self, histories: Sequence[History], vectors: Table) -> NDArray[np.float32]:
        """Of histories of one length; vectors: (N, D) of all items. (B, D)"""
        if not self.reads_dislikes:  # the tower has not learnt what one is
            histories = [history.only_likes for history in histories]
        recent = [history.newest(self.length) for history in histories]
        rows, signals, moments = stacked(recent, len(self.kinds))
        return self.tower.run(vectors=lines_of(vectors, rows), signals=signals, moments=moments)


def amounts_by_row(amounts: Iterable[tuple[ItemId, float]], ids: IdMap) -> tuple[Rows, Vector]:
    """Rows of those that are known, rising, and their amounts."""
    known = {row: amount for id_, amount in amounts if (row := ids.row(id_)) is not None}
    rows = np.array(sorted(known), dtype=np.int64)
    return rows, np.array([known[row] for row in sorted(known)], dtype=np.float32)
