"""What every model is measured against. Each scores histories: list of (L,) item rows → (B, N)."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from recsys.followers import follower_blocks, scaled
from recsys.interactions import Interactions, Rows

Scores = NDArray[np.float32]
DAY = 24 * 3600
COLUMNS_AT_ONCE = 1024
EASE_SIZE = 10_000  # its dense matrix has this many rows at most: 0.8 GB, half a minute of one core
RULE_POWERS = (0.5, 0.3)  # of the sizes that a rule is divided by: of its first and second item
RULE_SHRINK = 3.0  # interactions added to both sizes


def popularity(train: Interactions) -> Scores:
    """(N,) interactions per item."""
    return train.item_counts().astype(np.float32)


def recent_popularity(train: Interactions, *, half_life_days: float) -> Scores:
    """(N,) interactions per item, each worth half as much per half-life before the newest one."""
    age = (train.times.max() - train.times) / (half_life_days * DAY)
    return np.bincount(train.items, weights=0.5**age, minlength=len(train.item_ids)).astype(
        np.float32
    )


def history_matrix(histories: list[Rows], n_items: int, *, fade: float = 1.0) -> sparse.csr_matrix:
    """(B, N): 1 for the newest item of each history, fade for the one before it, and so on."""
    lengths = [len(history) for history in histories]
    columns = np.concatenate([*histories, np.zeros(0, dtype=np.int64)])
    ages = np.concatenate([*(np.arange(length)[::-1] for length in lengths), np.zeros(0)])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    values = (fade**ages).astype(np.float32)
    return sparse.csr_matrix((values, columns, ends), shape=(len(histories), n_items))


def user_matrix(train: Interactions) -> sparse.csr_matrix:
    """(U, N): 1 for each row."""
    values, starts = np.ones(len(train), np.float32), np.concatenate([[0], train.ends()])
    shape = len(train.user_ids), len(train.item_ids)
    return sparse.csr_matrix((values, train.items, starts), shape=shape)


@dataclass(frozen=True)
class Neighbours:
    """Each item's most telling neighbours: rows (N, T) and weights (N, T); 0 = none."""

    rows: NDArray[np.int32]
    weights: Scores

    @classmethod
    def none(cls, n_items: int) -> Neighbours:
        return cls(np.zeros((n_items, 0), np.int32), np.zeros((n_items, 0), np.float32))

    @classmethod
    def stacked(cls, parts: list[Neighbours]) -> Neighbours:
        """Of the items of the first part, then of those of the second, and so on."""
        rows, weights = [part.rows for part in parts], [part.weights for part in parts]
        return cls(np.concatenate(rows), np.concatenate(weights))

    def merged(self, other: Neighbours, count: int) -> Neighbours:
        """The count most telling of both for each item."""
        rows = np.hstack([self.rows, other.rows])
        best = strongest(np.hstack([self.weights, other.weights]), count)
        return replace(best, rows=np.take_along_axis(rows, best.rows, axis=1))

    def scores(self, histories: list[Rows]) -> Scores:
        return np.asarray((history_matrix(histories, len(self.rows)) @ self.matrix()).todense())

    def matrix(self) -> sparse.csr_matrix:
        """(N, N)"""
        n_items, per_item = self.rows.shape
        starts = np.arange(0, n_items * per_item + 1, per_item)
        values = self.weights.ravel().astype(np.float32)
        return sparse.csr_matrix((values, self.rows.ravel(), starts), shape=(n_items, n_items))


class Ease:
    """Embarrassingly shallow autoencoder (Steck 2019): a closed-form item-item model.

    With fewer users than items the inverse is over users (Woodbury): the same matrix. With more
    than EASE_SIZE of both it knows the most popular EASE_SIZE items only.
    """

    def __init__(self, train: Interactions, *, regularisation: float) -> None:
        matrix = user_matrix(train)
        self.n_items = matrix.shape[1]
        self.items = np.arange(self.n_items)  # (M,) those it knows
        if min(matrix.shape) > EASE_SIZE:
            popular = np.argsort(-train.item_counts(), kind="stable")
            self.items = np.sort(popular[:EASE_SIZE])
            matrix = matrix[:, self.items]
        self.matrix = matrix  # (U, M)
        self.regularisation = regularisation
        self.over_users = matrix.shape[0] < matrix.shape[1]
        dense = _gram(matrix.T.tocsr() if self.over_users else matrix)
        dense[np.diag_indices_from(dense)] += regularisation
        self.inverse = _inverse(dense)

    @cached_property
    def diagonal(self) -> Scores:
        """Of the precision matrix. (M,)"""
        if not self.over_users:
            return np.diagonal(self.inverse).copy()
        explained = [
            self.matrix[:, columns].multiply(self.inverse @ self.matrix[:, columns]).sum(axis=0)
            for columns in _slices(len(self.items))
        ]
        return (1 - np.hstack(explained).ravel().astype(np.float32)) / self.regularisation

    def weights(self, columns: slice) -> Scores:
        """(M, C) weight of each item for the score of each item of the slice, 0 on the diagonal."""
        picked = np.arange(len(self.items))[columns]
        if self.over_users:
            inner = self.inverse @ self.matrix[:, columns].toarray()  # (U, C)
            precision = -(self.matrix.T @ inner) / self.regularisation
            precision[picked, np.arange(len(picked))] += 1 / self.regularisation
        else:
            precision = self.inverse[:, columns].copy()
        weights = -precision / precision[picked, np.arange(len(picked))]
        weights[picked, np.arange(len(picked))] = 0
        return weights.astype(np.float32)

    def scores(self, histories: list[Rows]) -> Scores:
        """(B, N), 0 for an item it does not know."""
        seen = history_matrix(histories, self.n_items)[:, self.items]
        if self.over_users:
            inner = (seen @ self.matrix.T).toarray() @ self.inverse @ self.matrix  # (B, M)
            mixed = (seen - inner) / self.regularisation
        else:
            mixed = seen @ self.inverse
        scores = np.zeros((len(histories), self.n_items), dtype=np.float32)
        scores[:, self.items] = seen - mixed / self.diagonal  # without what an item says of itself
        return scores

    def neighbours(self, count: int) -> Neighbours:
        """The count largest weights of each item (by size, dislike included) on others' scores."""
        found = Neighbours.none(len(self.items))
        for columns in _slices(len(self.items)):
            part = strongest(self.weights(columns), count)
            found = found.merged(replace(part, rows=part.rows + columns.start), count)
        shape = self.n_items, found.rows.shape[1]
        rows, weights = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
        rows[self.items], weights[self.items] = self.items[found.rows], found.weights
        return Neighbours(rows, weights)


def _gram(matrix: sparse.csr_matrix) -> NDArray[np.float64]:
    """How often two columns stand in one row. matrix: (U, M) → (M, M)"""
    turned = matrix.T.tocsr()
    gram = np.empty((matrix.shape[1], matrix.shape[1]))
    for some in _slices(matrix.shape[1]):  # as a whole it may be larger sparse than dense
        gram[some] = (turned[some] @ matrix).toarray()
    return gram


def _inverse(dense: NDArray[np.float64]) -> Scores:
    """Of a symmetric positive definite matrix, in its own memory: it is used up. (M, M)"""
    factor, failed = lapack.dpotrf(dense.T, lower=1, overwrite_a=1)
    half, _ = lapack.dpotri(factor, lower=1, overwrite_c=1)
    assert not failed  # a ridge was added to what cannot be negative
    inverse = half.T.astype(np.float32)  # right above the diagonal
    for some in _slices(len(inverse)):
        inverse[some.stop :, some] = inverse[some, some.stop :].T
        inverse[some, some] = np.triu(inverse[some, some]) + np.triu(inverse[some, some], 1).T
    return inverse


def _slices(count: int) -> list[slice]:
    return [slice(s, min(s + COLUMNS_AT_ONCE, count)) for s in range(0, count, COLUMNS_AT_ONCE)]


def strongest(full: Scores, count: int) -> Neighbours:
    """The count largest of each row by absolute size. full: (N, C)"""
    count = min(count, full.shape[1])
    rows = np.empty((len(full), count), dtype=np.int32)
    for start in range(0, len(full), COLUMNS_AT_ONCE):
        part = np.abs(full[start : start + COLUMNS_AT_ONCE])
        rows[start : start + COLUMNS_AT_ONCE] = np.argpartition(-part, count - 1, axis=1)[:, :count]
    return Neighbours(rows, np.take_along_axis(full, rows.astype(np.int64), axis=1))


@dataclass(frozen=True)
class SequentialRules:
    """What came soon after each item of a history (Ludewig & Jannach 2018); recent ones say most.

    neighbours: rows and weights of each item's followers.
    """

    neighbours: Neighbours
    fade: float  # what an item says, relative to the one after it in the history

    def scores(self, histories: list[Rows]) -> Scores:
        recent = history_matrix(histories, len(self.neighbours.rows), fade=self.fade)
        return np.asarray((recent @ self.neighbours.matrix()).todense())


def sequential_rules(
    train: Interactions, *, reach: float, fade: float, count: int = 200
) -> SequentialRules:
    """The count strongest followers of each item, shrunk where either item is rare or popular."""
    sizes = train.item_counts().astype(np.float32) + RULE_SHRINK
    before, after = (sizes**-power for power in RULE_POWERS)
    parts = [
        strongest_of_sparse(scaled(counts, before[items], after), count)
        for items, counts in follower_blocks(train, reach=reach)
    ]
    return SequentialRules(Neighbours.stacked(parts), fade)


def strongest_of_sparse(matrix: sparse.csr_matrix, count: int) -> Neighbours:
    """The count largest of each line; 0 where it has fewer. matrix: (I, N), nothing below 0"""
    count = min(count, matrix.shape[1])
    best = strongest_entries(matrix, count)
    filled = np.arange(count) < np.diff(best.indptr)[:, None]  # (I, count)
    rows = np.zeros(filled.shape, dtype=np.int32)
    weights = np.zeros(filled.shape, dtype=np.float32)
    rows[filled], weights[filled] = best.indices, best.data
    return Neighbours(rows, weights)


def strongest_entries(matrix: sparse.csr_matrix, count: int) -> sparse.csr_matrix:
    """The count largest of each line, the largest first; of equal ones the lower column."""
    matrix.sort_indices()
    kept = []
    for start, stop in zip(matrix.indptr, matrix.indptr[1:], strict=False):
        falling = -matrix.data[start:stop]
        places = np.arange(len(falling))
        if len(falling) > count:  # no need to sort them all
            places = np.flatnonzero(falling <= np.partition(falling, count - 1)[count - 1])
        best = places[np.argsort(falling[places], kind="stable")][:count]
        kept.append(start + best)
    ends = np.concatenate([[0], np.cumsum([len(places) for places in kept])])
    places = np.concatenate(kept)
    return sparse.csr_matrix((matrix.data[places], matrix.indices[places], ends), matrix.shape)


def item_knn(train: Interactions, *, count: int = 100, shrink: float = 10.0) -> Neighbours:
    """Cosine of who had both, shrunk where few had; the count nearest per item."""
    matrix = user_matrix(train)
    turned = matrix.T.tocsr()
    sizes = np.sqrt(np.maximum(train.item_counts(), 1)).astype(np.float32)
    parts = []
    for items in _slices(len(sizes)):
        together = turned[items] @ matrix  # (I, N)
        first = np.repeat(np.arange(len(sizes))[items], np.diff(together.indptr))
        together.data /= sizes[first] * sizes[together.indices] + shrink
        together.data[first == together.indices] = 0
        parts.append(strongest_of_sparse(together, count))
    return Neighbours.stacked(parts)


class Als:
    """Implicit-feedback matrix factorisation (the `implicit` package); histories are folded in."""

    def __init__(
        self, train: Interactions, *, seed: int, factors: int = 64, regularisation: float = 10.0
    ) -> None:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # implicit warns and slows down without
        from implicit.cpu.als import AlternatingLeastSquares

        self.model = AlternatingLeastSquares(
            factors=factors,
            regularization=regularisation,
            alpha=1.0,
            iterations=15,
            random_state=seed,
        )
        self.n_items = len(train.item_ids)
        self.model.fit(user_matrix(train), show_progress=False)

    def scores(self, histories: list[Rows]) -> Scores:
        seen = history_matrix(histories, self.n_items)
        users = self.model.recalculate_user(np.arange(len(histories)), seen)
        return users @ self.model.item_factors.T
