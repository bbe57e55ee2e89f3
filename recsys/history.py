"""What one user did, as every model reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsys.interactions import Interactions, Rows

Vector = NDArray[np.float32]
Signals = NDArray[np.float32]
STRENGTH_SIGNALS = 2  # how faint an entry is, and how much of a dislike


@dataclass(frozen=True)
class History:
    """Entries of one user, oldest first. Above 0 a weight is a like, below 0 a dislike."""

    rows: Rows  # (L,) item rows
    weights: Vector  # (L,) -1..1
    kinds: NDArray[np.int8]  # (L,) which kind of event; 0 = not said
    times: Rows  # (L,) seconds
    asked_at: int = 0  # seconds: when a list is wanted

    @classmethod
    def liking(cls, rows: ArrayLike) -> History:
        """All of them fully, at no known time: what a bare row of training data says."""
        known = np.asarray(rows, dtype=np.int64)
        nothing = np.zeros_like(known)
        return cls(known, np.ones(len(known), dtype=np.float32), nothing.astype(np.int8), nothing)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def liked(self) -> Rows:
        """Item rows of the likes, oldest first."""
        return self.rows[self.weights > 0]

    @cached_property
    def liked_weights(self) -> Vector:
        return self.weights[self.weights > 0]

    @cached_property
    def disliked(self) -> Rows:
        return self.rows[self.weights < 0]

    @cached_property
    def disliked_weights(self) -> Vector:
        """How much each of the disliked, 0..1."""
        return -self.weights[self.weights < 0]

    @property
    def only_likes(self) -> History:
        return self._take(self.weights > 0)

    def newest(self, count: int) -> History:
        if len(self) <= count:
            return self
        return self._take(slice(len(self) - count, None))

    def without(self, place: int) -> History:
        """As if the liked item at that place among the likes had never been."""
        return self.each_without(np.array([place]))[0]

    def each_without(self, places: Rows) -> list[History]:
        """Without the like at each of those places, one at a time."""
        gone = np.flatnonzero(self.weights > 0)[places]
        kept = np.arange(len(self) - 1)
        kept = kept + (kept >= gone[:, None])  # (R, L - 1)
        columns = (self.rows[kept], self.weights[kept], self.kinds[kept], self.times[kept])
        return [History(*lines, self.asked_at) for lines in zip(*columns, strict=True)]

    def _take(self, kept: slice | NDArray[np.bool_]) -> History:
        return History(
            self.rows[kept], self.weights[kept], self.kinds[kept], self.times[kept], self.asked_at
        )


def histories_of(
    interactions: Interactions, users: Rows | None = None, asked_at: Rows | None = None
) -> list[History]:
    """Of those user rows, else of all; empty for a user without rows. asked_at: (U,) seconds."""
    ends = interactions.ends()
    starts = ends - np.diff(ends, prepend=0)
    moments = np.zeros(len(ends), dtype=np.int64) if asked_at is None else asked_at
    columns = ("items", "weights", "kinds", "times")
    rows, weights, kinds, times = (getattr(interactions, name) for name in columns)
    return [
        History(rows[own], weights[own], kinds[own], times[own], int(moments[user]))
        for user in (np.arange(len(ends)) if users is None else users)
        for own in [slice(starts[user], ends[user])]
    ]


def stacked(histories: Sequence[History], n_kinds: int) -> tuple[Rows, Signals, Rows]:
    """What a user tower reads: rows (B, L), signals (B, L, S), moments (B, L + 1).

    Shorter ones are padded at the end, which changes nothing.
    """
    shape = (len(histories), max(len(history) for history in histories))
    rows, kinds = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int8)
    weights = np.ones(shape, dtype=np.float32)
    moments = np.zeros((shape[0], shape[1] + 1), dtype=np.int64)
    for line, history in enumerate(histories):
        size = len(history)
        rows[line, :size], kinds[line, :size] = history.rows, history.kinds
        weights[line, :size] = history.weights
        moments[line, :size], moments[line, size:] = history.times, history.asked_at
    return rows, signals_of(weights, kinds, n_kinds), moments


def signals_of(weights: Vector, kinds: NDArray[np.int8], n_kinds: int) -> Signals:
    """How strong each entry is and of which kind; all 0 for a full like of no said kind. (…, S)

    weights: -1..1
    """
    found = np.empty((*weights.shape, STRENGTH_SIGNALS + n_kinds - 1), dtype=np.float32)
    found[..., 0] = 1 - np.maximum(weights, 0)
    found[..., 1] = np.maximum(-weights, 0)
    found[..., STRENGTH_SIGNALS:] = kinds[..., None] == np.arange(1, n_kinds)
    return found
