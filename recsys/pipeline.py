"""Retrieve → rank, each step on its own to look at. NumPy and FAISS only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.history import History, Vector
from recsys.index import Index
from recsys.interactions import Rows

Mask = NDArray[np.bool_]
SPARE_CANDIDATES = 200  # beyond the list asked for: the blend reorders what the tower retrieved
SMALLEST_SPREAD = 1e-6
DISLIKE_PENALTY = 3.0  # spreads of the score that a full dislike takes from an item just like it
PARTS = ("tower", "neighbours", "followers", "popular", "content")
CONTENT_SPREAD = 5.0  # brings likeness of content near a spread of 1
COMPARED = 50  # newest likes, and dislikes, that candidates are compared with
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
    content_mean: Vector  # (F,) of the indexed contents
    fame: Vector  # (N + M,) log popularity; mean 0 and spread 1 over the indexed
    famous: Rows  # the most popular rows: candidates for everybody

    @classmethod
    def build(cls, arrays: dict[str, NDArray[np.generic]]) -> Tables:
        vectors = np.asarray(arrays["vectors"], dtype=np.float32)
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        content = _unit(np.asarray(arrays["content"], dtype=np.float32))
        popular = np.asarray(arrays["popular"], dtype=np.float32)
        fame = np.log1p(popular)
        return cls(
            vectors=vectors,
            content=content,
            counts=np.asarray(arrays["counts"], dtype=np.float32),
            popular=popular,
            neighbour_rows=np.asarray(arrays["neighbour_rows"], dtype=np.int32),
            neighbour_weights=np.asarray(arrays["neighbour_weights"], dtype=np.float32),
            follower_rows=np.asarray(arrays["follower_rows"], dtype=np.int32),
            follower_weights=np.asarray(arrays["follower_weights"], dtype=np.float32),
            mean=mean,
            covariance=centred.T @ centred / len(vectors),
            directions=_unit(centred),
            content_mean=content.mean(axis=0),
            fame=(fame - fame.mean()) / max(float(fame.std()), SMALLEST_SPREAD),
            famous=np.argsort(-fame, kind="stable")[:SPARE_CANDIDATES],
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
            fame=np.concatenate([self.fame, np.full_like(nothing, self.fame.min())]),
            directions=np.vstack([self.directions, _unit(vectors - self.mean)]),
        )


@dataclass(frozen=True)
class Blend:
    """What each source is worth in a score; one of 0 is switched off."""

    tower: float = 1.0
    neighbours: float = 0.0
    followers: float = 0.0
    popular: float = 0.0
    content: float = 0.0
    fade: float = 0.8  # what an item of the history says of its followers, against the next newer

    @property
    def weights(self) -> NDArray[np.float64]:
        """(P,) in the order of the parts."""
        return np.array([getattr(self, name) for name in PARTS], dtype=np.float64)


def retrieve(
    user: Vector,
    history: History,
    tables: Tables,
    indexes: tuple[Index, Index],
    usable: Mask,
    k: int,
) -> Rows:
    """Candidate rows: nearest in the index and in the cold table, related to the history, famous.

    usable: (N + M,); with no more usable items than candidates, all of them: then ranking is exact.
    """
    wanted = k + SPARE_CANDIDATES
    if np.count_nonzero(usable) <= wanted:
        return np.flatnonzero(usable)
    index, cold = indexes
    indexed, later = usable[: tables.indexed], usable[tables.indexed :]
    near = index.search(user, wanted, allowed=None if indexed.all() else indexed)
    fresh = cold.search(user, wanted, allowed=None if later.all() else later) + tables.indexed
    warm = history.liked[history.liked < tables.indexed]
    found = np.zeros(len(tables), dtype=bool)
    related = (tables.neighbour_rows[warm], tables.follower_rows[warm])
    for rows in (near, fresh, *related, tables.famous):
        found[rows] = True
    return np.flatnonzero(found & usable)


def rank(
    user: Vector, history: History, candidates: Rows, tables: Tables, blend: Blend
) -> NDArray[np.float64]:
    """Scores of the candidates, each the same whatever else is a candidate. (C,)"""
    return rank_by_blend(user, history, candidates, tables, [blend])[0]


def rank_by_blend(
    user: Vector, history: History, candidates: Rows, tables: Tables, blends: Sequence[Blend]
) -> NDArray[np.float64]:
    """What rank gives by each blend, all of one fade. (W,) → (W, C)"""
    used = [name for name in PARTS if any(getattr(blend, name) for blend in blends)]
    parts = source_scores(user, history, candidates, tables, blends[0].fade, used=used)
    weights = np.array([blend.weights for blend in blends])
    return weights @ parts + closeness(history, candidates, tables)


def source_scores(
    user: Vector,
    history: History,
    candidates: Rows,
    tables: Tables,
    fade: float,
    *,
    used: Sequence[str] = PARTS,
) -> NDArray[np.float64]:
    """What each source says of each candidate, in the order of PARTS; 1 = one spread. (P, C)

    used: the sources that are asked; the others say 0.
    """
    neighbours = neighbour_scores(history, tables)[None] if "neighbours" in used else None
    followers = follower_scores(history, tables, fade)[None] if "followers" in used else None
    interest = interest_of(history, tables)[None] if "content" in used else None
    return _parts(user[None], neighbours, followers, interest, candidates, tables)[:, 0]


def rank_without_each(
    users: NDArray[np.float32],
    places: Rows,
    history: History,
    candidates: Rows,
    tables: Tables,
    blend: Blend,
) -> NDArray[np.float64]:
    """What rank gives without the liked item at each place, all at once. users: (R, D) → (R, C)"""
    rests = [history.without(int(place)) for place in places]
    rows, strengths = history.liked[places], history.liked_weights[places]
    neighbours = followers = interest = None
    if blend.neighbours:
        neighbours = np.repeat(neighbour_scores(history, tables)[None], len(places), axis=0)
        for line, row, strength in zip(neighbours, rows, strengths, strict=True):
            if row < tables.indexed:
                line[tables.neighbour_rows[row]] -= tables.neighbour_weights[row] * strength
    if blend.followers:
        followers = np.stack([follower_scores(rest, tables, blend.fade) for rest in rests])
    if blend.content:
        interest = np.stack([interest_of(rest, tables) for rest in rests])
    near = np.repeat(closeness(history, candidates, tables)[None], len(places), axis=0)
    any_cold = bool((tables.counts[candidates] == 0).any())
    for number in np.flatnonzero(any_cold | (tables.counts[rows] == 0)):
        near[number] = closeness(rests[number], candidates, tables)
    parts = _parts(users, neighbours, followers, interest, candidates, tables)
    return np.tensordot(blend.weights, parts, 1) + near


def _parts(
    users: NDArray[np.float32],
    neighbours: NDArray[np.float32] | None,
    followers: NDArray[np.float32] | None,
    interest: NDArray[np.float32] | None,
    candidates: Rows,
    tables: Tables,
) -> NDArray[np.float64]:
    """The first three sources at mean 0 and spread 1 over the indexed items; None says 0.

    users: (R, D); neighbours, followers: (R, N + M); interest: (R, F) → (P, R, C)
    """
    parts = np.zeros((len(PARTS), len(users), len(candidates)))
    variance = ((users @ tables.covariance) * users).sum(axis=1, keepdims=True)
    tower = _products(users, tables.vectors, candidates) - (users @ tables.mean)[:, None]
    parts[0] = tower / _floor(np.sqrt(np.maximum(variance, 0)))
    if neighbours is not None:
        parts[1] = _standardised(neighbours, candidates, tables)
    if followers is not None:
        parts[2] = _standardised(followers, candidates, tables)
    parts[3] = tables.fame[candidates]
    if interest is not None:
        content = _products(interest, tables.content, candidates)
        parts[4] = CONTENT_SPREAD * (content - (interest @ tables.content_mean)[:, None])
    return parts


def _products(
    of: NDArray[np.float32], table: NDArray[np.float32], rows: Rows
) -> NDArray[np.float32]:
    """With those rows of a table. of: (R, D); table: (N, D) → (R, C)"""
    if 2 * len(rows) > len(table):  # then it costs less to leave some out than to copy the others
        return (of @ table.T)[:, rows]
    return of @ table[rows].T


def _standardised(
    scores: NDArray[np.float32], candidates: Rows, tables: Tables
) -> NDArray[np.float32]:
    """(R, N + M) → (R, C)"""
    indexed = scores[:, : tables.indexed]
    centred = scores[:, candidates] - indexed.mean(axis=1, keepdims=True)
    return centred / _floor(indexed.std(axis=1, keepdims=True))


def interest_of(history: History, tables: Tables) -> Vector:
    """The direction of the content that was liked, of length 1; 0 without a like. (F,)"""
    total = history.liked_weights @ tables.content[history.liked]
    return _unit(total[None])[0]


def neighbour_scores(history: History, tables: Tables) -> Vector:
    """Sum over the liked items of their weights on all others. (N + M,)"""
    warm = history.liked < tables.indexed
    rows, strengths = history.liked[warm], history.liked_weights[warm]
    given = tables.neighbour_weights[rows] * strengths[:, None]  # (L, T)
    around = tables.neighbour_rows[rows].ravel()
    return np.bincount(around, given.ravel(), minlength=len(tables)).astype(np.float32)


def follower_scores(history: History, tables: Tables, fade: float) -> Vector:
    """What came after the liked items elsewhere; the newest of them say most. (N + M,)"""
    strengths = history.liked_weights * fade ** np.arange(len(history.liked))[::-1]
    heard = (history.liked < tables.indexed) & (strengths > SMALLEST_SPREAD)
    rows = history.liked[heard]
    given = tables.follower_weights[rows] * strengths[heard][:, None]  # (L, T)
    after = tables.follower_rows[rows].ravel()
    return np.bincount(after, given.ravel(), minlength=len(tables)).astype(np.float32)


def closeness(history: History, candidates: Rows, tables: Tables) -> Vector:
    """What likeness to a newer like gives where one of the two is cold, and takes if a dislike.

    (C,)
    """
    total = np.zeros(len(candidates), dtype=np.float32)
    liked, strengths = history.liked[-COMPARED:], history.liked_weights[-COMPARED:]
    cold = tables.counts[liked] == 0
    if cold.any():
        like = likeness(liked[cold], candidates, tables) * strengths[cold]
        total = COLD_TASTE * like.max(axis=1)
    fresh = np.flatnonzero(tables.counts[candidates] == 0)
    if len(fresh) and len(liked):
        like = likeness(liked, candidates[fresh], tables) * strengths
        total[fresh] = COLD_TASTE * like.max(axis=1)
    disliked, faults = history.disliked[-COMPARED:], history.disliked_weights[-COMPARED:]
    if len(disliked):
        like = likeness(disliked, candidates, tables) * faults
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
