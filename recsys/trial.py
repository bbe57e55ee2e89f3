"""Held-out users: their histories, lists of scores over them, and how good the lists are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recsys.interactions import Interactions, Rows
from recsys.metrics import NOTHING, find_hits, ndcg
from recsys.ranking import Scores, top_k

ModelName = Literal[
    "two-tower",
    "blend",
    "popularity",
    "recent-popularity",
    "item-knn",
    "ease",
    "als",
    "sequential-rules",
]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
Scorer = Callable[[list[Rows]], Scores]  # (L,) item rows of each of B histories → (B, N)
LIST_LENGTH = 10


@dataclass(frozen=True)
class Trial:
    """Histories to score and what each of their users turned to afterwards."""

    users: Rows  # user rows
    histories: list[Rows]
    relevant: list[Rows]

    @classmethod
    def of(cls, train: Interactions, held: Interactions, *, at_most: int | None = None) -> Trial:
        """Users with held-out rows; at_most takes an even spread of them."""
        histories, relevant = train.histories(), held.histories()
        users = np.flatnonzero([len(rows) > 0 for rows in relevant])
        if at_most is not None and len(users) > at_most:
            users = users[np.linspace(0, len(users) - 1, at_most).astype(np.int64)]
        return cls(users, [histories[user] for user in users], [relevant[user] for user in users])

    def lists(self, scorer: Scorer, k: int) -> Rows:
        """Full ranking of all items, those of the history excluded. (U, k)"""
        parts = []
        for start in range(0, len(self.histories), 256):
            histories = self.histories[start : start + 256]
            parts.append(unseen_top_k(scorer(histories), histories, k))
        return np.concatenate(parts)

    def mean_ndcg(self, scorer: Scorer) -> float:
        return self.ndcg_of(self.lists(scorer, LIST_LENGTH))

    def ndcg_of(self, lists: Rows) -> float:
        """lists: (U, k)"""
        hits = find_hits(lists, self.relevant)
        return float(ndcg(hits, np.array([len(rows) for rows in self.relevant])).mean())


def unseen_top_k(scores: NDArray[np.floating], histories: Iterable[Rows], k: int) -> Rows:
    """(B, N) → (B, k) rows, those of the line's history left out; NOTHING where none is left."""
    kept = np.array(scores, dtype=np.float32)
    for line, history in zip(kept, histories, strict=True):
        line[history] = -np.inf
    rows = top_k(kept, k)
    rows[np.isneginf(np.take_along_axis(kept, rows, axis=1))] = NOTHING
    return rows
