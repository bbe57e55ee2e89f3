"""Held-out users: their histories, lists of scores over them, and how good the lists are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recsys.history import History, histories_of
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
    "gru4rec",
]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
Scorer = Callable[[list[History]], Scores]  # B histories → (B, N)
LIST_LENGTH = 10
AT_ONCE = 256


@dataclass(frozen=True)
class Trial:
    """Histories to score and what each of their users turned to afterwards."""

    users: Rows  # user rows
    histories: list[History]
    relevant: list[Rows]

    @classmethod
    def of(cls, train: Interactions, held: Interactions, *, at_most: int | None = None) -> Trial:
        """Users with held-out rows; at_most takes an even spread of them."""
        first = np.full(len(held.user_ids), np.iinfo(np.int64).max)
        np.minimum.at(first, held.users, held.times)  # a list is asked for just before
        ends = held.ends()
        starts = ends - np.diff(ends, prepend=0)
        users = np.flatnonzero(ends > starts)
        if at_most is not None and len(users) > at_most:
            users = users[np.linspace(0, len(users) - 1, at_most).astype(np.int64)]
        relevant = [held.items[starts[user] : ends[user]] for user in users]
        return cls(users, histories_of(train, users, first), relevant)

    @property
    def liked(self) -> list[Rows]:
        """What each user liked, oldest first."""
        return [history.liked for history in self.histories]

    def lists(self, scorer: Scorer, k: int) -> Rows:
        """Full ranking of all items, those of the history excluded. (U, k)"""
        return self.ranked(scorer, k)[0]

    def ranked(self, scorer: Scorer, k: int) -> tuple[Rows, Scores]:
        """The lists, and the score of each place in them. (U, k) both"""
        rows, scores = [], []
        for start in range(0, len(self.histories), AT_ONCE):
            histories = self.histories[start : start + AT_ONCE]
            seen = [history.rows for history in histories]
            scored = scorer(histories)
            rows.append(unseen_top_k(scored, seen, k))
            scores.append(np.take_along_axis(scored, rows[-1], axis=1))
        return np.concatenate(rows), np.concatenate(scores)

    def mean_ndcg(self, scorer: Scorer) -> float:
        return self.ndcg_of(self.lists(scorer, LIST_LENGTH))

    def ndcg_of(self, lists: Rows) -> float:
        """lists: (U, k)"""
        hits = find_hits(lists, self.relevant)
        return float(ndcg(hits, np.array([len(rows) for rows in self.relevant])).mean())


def of_liked(scores: Callable[[list[Rows]], Scores]) -> Scorer:
    """A scorer from one that only knows which items were liked."""
    return lambda histories: scores([history.liked for history in histories])


def unseen_top_k(scores: NDArray[np.floating], seen: Iterable[Rows], k: int) -> Rows:
    """(B, N) → (B, k) rows, those seen left out; NOTHING where none is left."""
    kept = np.array(scores, dtype=np.float32)
    for line, rows in zip(kept, seen, strict=True):
        line[rows] = -np.inf
    rows = top_k(kept, k)
    rows[np.isneginf(np.take_along_axis(kept, rows, axis=1))] = NOTHING
    return rows
