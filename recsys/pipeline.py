"""Retrieve → rank, each step on its own to look at. NumPy and FAISS only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.index import Index
from recsys.interactions import Rows

Vector = NDArray[np.float32]
Mask = NDArray[np.bool_]
SPARE_CANDIDATES = 200  # beyond the list asked for: the blend reorders what the tower retrieved
SMALLEST_SPREAD = 1e-6
DISLIKE_PENALTY = 3.0  # spreads of the score that a full dislike takes from an item just like it
COLD_TASTE = 1.0  # spreads that a liked item gives to one just like it, when either is cold


@dataclass(frozen=True)
class Tables:
    """What is known of N indexed items and, behind them, M cold ones that came later."""

    vectors: NDArray[np.float32]  # (N + M, D)
    content: NDArray[np.float32]  # (N + M, F)
    counts: Vector  # (N + M,) interactions in training; 0 = cold
    popular: Vector  # (N + M,)
    neighbour_rows: NDArray[np.int32]  # (N, T)
    neighbour_weights: NDArray[np.float32]  # (N, T)
    follower_rows: NDArray[np.int32]  # (N, T)
    follower_weights: NDArray[np.float32]  # (N, T)
    mean: Vector  # (D,) of the indexed vectors
    covariance: NDArray[np.float32]  # (D, D)
    directions: NDArray[np.float32]  # (N + M, D) centred vectors of length 1

    @classmethod
    def build(cls, arrays: dict[str, NDArray[np.generic]]) -> Tables:
        vectors = np.asarray(arrays["vectors"], dtype=np.float32)
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        return cls(
            vectors=vectors,
            content=_unit(np.asarray(arrays["content"], dtype=np.float32)),
            counts=np.asarray(arrays["counts"], dtype=np.float32),
            popular=np.asarray(arrays["popular"], dtype=np.float32),
            neighbour_rows=np.asarray(arrays["neighbour_rows"], dtype=np.int32),
            neighbour_weights=np.asarray(arrays["neighbour_weights"], dtype=np.float32),
            follower_rows=np.asarray(arrays["follower_rows"], dtype=np.int32),
            follower_weights=np.asarray(arrays["follower_weights"], dtype=np.float32),
            mean=mean,
            covariance=centred.T @ centred / len(vectors),
            directions=_unit(centred),
        )

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def indexed(self) -> int:
        return len(self.neighbour_rows)

    def extended(self, vectors: NDArray[np.float32], content: NDArray[np.float32]) -> Tables:
        """With M more cold items. vectors: (M, D); content: (M, F)"""
        nothing = np.zeros(len(vectors), dtype=np.float32)
        return replace(
            self,
            vectors=np.vstack([self.vectors, vectors]),
            content=np.vstack([self.content, _unit(content)]),
            counts=np.concatenate([self.counts, nothing]),
            popular=np.concatenate([self.popular, nothing]),
            directions=np.vstack([self.directions, _unit(vectors - self.mean)]),
        )


@dataclass(frozen=True)
class Blend:
    """What each source is worth in a score; a source of 0 is switched off."""

    tower: float = 1.0
    neighbours: float = 0.0
    followers: float = 0.0
    fade: float = 0.8  # what an item of the history says of its followers, against the next newer


@dataclass(frozen=True)
class Taste:
    """A history in rows: liked items, oldest first, disliked ones, and how much each (0..1)."""

    liked: Rows  # (L,)
    liked_weights: Vector  # (L,)
    disliked: Rows
    disliked_weights: Vector

    @classmethod
    def liking(cls, rows: Rows) -> Taste:
        """All of them fully, none disliked: what a row of training data says."""
        nothing = np.zeros(0, dtype=np.float32)
        return cls(rows, np.ones(len(rows), dtype=np.float32), rows[:0], nothing)

    def without(self, place: int) -> Taste:
        """As if the liked item at that place had never been."""
        keep = np.arange(len(self.liked)) != place
        return replace(self, liked=self.liked[keep], liked_weights=self.liked_weights[keep])


def retrieve(
    user: Vector, taste: Taste, tables: Tables, indexes: tuple[Index, Index], usable: Mask, k: int
) -> Rows:
    """Candidate rows: nearest in the index, nearest in the cold table, neighbours of the history.

    usable: (N + M,); with no more usable items than candidates, all of them: then ranking is exact.
    """
    wanted = k + SPARE_CANDIDATES
    if np.count_nonzero(usable) <= wanted:
        return np.flatnonzero(usable)
    index, cold = indexes
    indexed, later = usable[: tables.indexed], usable[tables.indexed :]
    near = index.search(user, wanted, allowed=None if indexed.all() else indexed)
    fresh = cold.search(user, wanted, allowed=None if later.all() else later) + tables.indexed
    warm = taste.liked[taste.liked < tables.indexed]
    found = np.zeros(len(tables), dtype=bool)
    for rows in (near, fresh, tables.neighbour_rows[warm], tables.follower_rows[warm]):
        found[rows] = True
    return np.flatnonzero(found & usable)


def rank(
    user: Vector, taste: Taste, candidates: Rows, tables: Tables, blend: Blend
) -> NDArray[np.float64]:
    """Scores of the candidates, each the same whatever else is a candidate. (C,)"""
    return rank_by_blend(user, taste, candidates, tables, [blend])[0]


def rank_by_blend(
    user: Vector, taste: Taste, candidates: Rows, tables: Tables, blends: Sequence[Blend]
) -> NDArray[np.float64]:
    """What rank gives by each blend, all of one fade. (W,) → (W, C)"""
    neighbours = neighbour_scores(taste, tables)[None]
    followers = follower_scores(taste, tables, blends[0].fade)[None]
    parts = _parts(user[None], neighbours, followers, candidates, tables)  # (3, 1, C)
    weights = np.array([[blend.tower, blend.neighbours, blend.followers] for blend in blends])
    return weights @ parts[:, 0] + closeness(taste, candidates, tables)


def rank_without_each(
    users: NDArray[np.float32],
    places: Rows,
    taste: Taste,
    candidates: Rows,
    tables: Tables,
    blend: Blend,
) -> NDArray[np.float64]:
    """What rank gives without the liked item at each place, all at once. users: (R, D) → (R, C)"""
    neighbours = np.repeat(neighbour_scores(taste, tables)[None], len(places), axis=0)
    followers = np.zeros_like(neighbours)
    near = np.repeat(closeness(taste, candidates, tables)[None], len(places), axis=0)
    any_cold = bool((tables.counts[candidates] == 0).any())
    for number, place in enumerate(places):
        row = taste.liked[place]
        if blend.followers:
            followers[number] = follower_scores(taste.without(int(place)), tables, blend.fade)
        if row < tables.indexed:
            given = tables.neighbour_weights[row] * taste.liked_weights[place]
            neighbours[number, tables.neighbour_rows[row]] -= given
        if any_cold or tables.counts[row] == 0:
            near[number] = closeness(taste.without(int(place)), candidates, tables)
    weights = np.array([blend.tower, blend.neighbours, blend.followers])
    return np.tensordot(weights, _parts(users, neighbours, followers, candidates, tables), 1) + near


def _parts(
    users: NDArray[np.float32],
    neighbours: NDArray[np.float32],
    followers: NDArray[np.float32],
    candidates: Rows,
    tables: Tables,
) -> NDArray[np.float64]:
    """Every source at mean 0 and spread 1 over the indexed items.

    users: (R, D); neighbours, followers: (R, N + M) → (3, R, C)
    """
    variance = ((users @ tables.covariance) * users).sum(axis=1, keepdims=True)
    tower = (users @ tables.vectors[candidates].T - (users @ tables.mean)[:, None]) / _floor(
        np.sqrt(np.maximum(variance, 0))
    )
    return np.array(
        [
            tower,
            _standardised(neighbours, candidates, tables),
            _standardised(followers, candidates, tables),
        ],
        dtype=np.float64,
    )


def _standardised(
    scores: NDArray[np.float32], candidates: Rows, tables: Tables
) -> NDArray[np.float32]:
    """(R, N + M) → (R, C)"""
    indexed = scores[:, : tables.indexed]
    centred = scores[:, candidates] - indexed.mean(axis=1, keepdims=True)
    return centred / _floor(indexed.std(axis=1, keepdims=True))


def neighbour_scores(taste: Taste, tables: Tables) -> Vector:
    """Sum over the liked items of their weights on all others. (N + M,)"""
    warm = taste.liked < tables.indexed
    rows, strengths = taste.liked[warm], taste.liked_weights[warm]
    given = tables.neighbour_weights[rows] * strengths[:, None]  # (L, T)
    around = tables.neighbour_rows[rows].ravel()
    return np.bincount(around, given.ravel(), minlength=len(tables)).astype(np.float32)


def follower_scores(taste: Taste, tables: Tables, fade: float) -> Vector:
    """What came after the liked items elsewhere; the newest of them say most. (N + M,)"""
    strengths = taste.liked_weights * fade ** np.arange(len(taste.liked))[::-1]
    heard = (taste.liked < tables.indexed) & (strengths > SMALLEST_SPREAD)
    rows = taste.liked[heard]
    given = tables.follower_weights[rows] * strengths[heard][:, None]  # (L, T)
    after = tables.follower_rows[rows].ravel()
    return np.bincount(after, given.ravel(), minlength=len(tables)).astype(np.float32)


def closeness(taste: Taste, candidates: Rows, tables: Tables) -> Vector:
    """What likeness gives where one of a pair is cold, and takes for each dislike. (C,)"""
    total = np.zeros(len(candidates), dtype=np.float32)
    cold = tables.counts[taste.liked] == 0
    if cold.any():
        like = likeness(taste.liked[cold], candidates, tables) * taste.liked_weights[cold]
        total = COLD_TASTE * like.max(axis=1)
    fresh = np.flatnonzero(tables.counts[candidates] == 0)
    if len(fresh) and len(taste.liked):
        like = likeness(taste.liked, candidates[fresh], tables) * taste.liked_weights
        total[fresh] = COLD_TASTE * like.max(axis=1)
    if len(taste.disliked):
        like = likeness(taste.disliked, candidates, tables) * taste.disliked_weights
        total -= DISLIKE_PENALTY * like.max(axis=1)
    return total


def likeness(rows: Rows, candidates: Rows, tables: Tables) -> NDArray[np.float32]:
    """0..1 by taste and content, each half. rows: (A,) → (C, A)"""
    taste = tables.directions[candidates] @ tables.directions[rows].T
    content = tables.content[candidates] @ tables.content[rows].T
    return np.maximum(0, (taste + content) / 2)


def _floor(spread: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.maximum(spread, SMALLEST_SPREAD)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
