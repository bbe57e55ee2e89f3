"""What every model is measured against. Each scores histories: list of (L,) item rows → (B, N)."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from recsys.interactions import Interactions, Rows

Scores = NDArray[np.float32]
DAY = 24 * 3600
COLUMNS_AT_ONCE = 1024
FAINTEST = 0.1  # a follower that counts less than this is not counted
RULE_POWERS = (0.5, 0.3)  # of the sizes that a rule is divided by: of its first and second item
SPECTRAL_REACH = 0.8
TINY = 1e-9
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


@dataclass(frozen=True)
class Neighbours:
    """Each item's most telling neighbours: rows (N, T) and weights (N, T); 0 = none."""

    rows: NDArray[np.int32]
    weights: Scores

    @classmethod
    def none(cls, n_items: int) -> Neighbours:
        return cls(np.zeros((n_items, 0), np.int32), np.zeros((n_items, 0), np.float32))

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

    With fewer users than items the inverse is over users (Woodbury): the same matrix.
    """

    def __init__(self, train: Interactions, *, regularisation: float) -> None:
        self.matrix = history_matrix(train.histories(), len(train.item_ids))  # (U, N)
        self.regularisation = regularisation
        n_users, n_items = self.matrix.shape
        self.over_users = n_users < n_items
        gram = self.matrix @ self.matrix.T if self.over_users else self.matrix.T @ self.matrix
        dense = gram.toarray().astype(np.float64)
        dense[np.diag_indices_from(dense)] += regularisation
        self.inverse = np.linalg.inv(dense).astype(np.float32)

    def weights(self, columns: slice) -> Scores:
        """(N, C) weight of each item for the score of each item of the slice, 0 on the diagonal."""
        n_items = self.matrix.shape[1]
        picked = np.arange(n_items)[columns]
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
        seen = history_matrix(histories, self.matrix.shape[1])
        return np.hstack([seen @ self.weights(columns) for columns in self._slices()])

    def neighbours(self, count: int) -> Neighbours:
        """The count largest weights of each item (by size, dislike included) on others' scores."""
        n_items = self.matrix.shape[1]
        found = Neighbours.none(n_items)
        for columns in self._slices():
            part = strongest(self.weights(columns), count)
            found = found.merged(replace(part, rows=part.rows + columns.start), count)
        return found

    def _slices(self) -> list[slice]:
        n_items = self.matrix.shape[1]
        return [
            slice(s, min(s + COLUMNS_AT_ONCE, n_items)) for s in range(0, n_items, COLUMNS_AT_ONCE)
        ]


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


def follower_counts(train: Interactions, *, reach: float) -> sparse.csr_matrix:
    """(N, N) how often the column's item followed the row's: 1 if next, reach if one later, …"""
    n_items = len(train.item_ids)
    counts = sparse.csr_matrix((n_items, n_items), dtype=np.float32)
    steps = math.ceil(math.log(FAINTEST) / math.log(reach))
    for distance in range(1, min(steps, len(train) - 1) + 1):
        same = train.users[distance:] == train.users[:-distance]
        before, after = train.items[:-distance][same], train.items[distance:][same]
        weights = np.full(len(before), reach ** (distance - 1), dtype=np.float32)
        counts += sparse.coo_matrix((weights, (before, after)), shape=counts.shape).tocsr()
    return counts


def sequential_rules(
    train: Interactions, *, reach: float, fade: float, count: int = 200
) -> SequentialRules:
    """The count strongest followers of each item, shrunk where either item is rare or popular."""
    sizes = train.item_counts().astype(np.float32) + RULE_SHRINK
    before, after = (sparse.diags(sizes**-power) for power in RULE_POWERS)
    weights = (before @ follower_counts(train, reach=reach) @ after).tocsr()
    return SequentialRules(strongest_of_sparse(weights, count), fade)


def spectral_vectors(train: Interactions, dim: int, *, seed: int) -> Scores:
    """Vectors whose products tell how often two items come near each other. (N, min(D, N))

    The leading factors of the symmetric, normalised follower counts; spread 1 / sqrt(D).
    """
    counts = follower_counts(train, reach=SPECTRAL_REACH)
    sizes = sparse.diags((train.item_counts() + 1.0) ** -0.5)
    near = (sizes @ (counts + counts.T) @ sizes).astype(np.float64)
    factors = min(dim, near.shape[0])
    left, strengths, _ = randomized_svd(near, n_components=factors, random_state=seed)
    vectors = left * np.sqrt(strengths)
    spread = max(float(vectors.std()), TINY)  # nothing follows anything where all have one item
    return np.asarray(vectors / (spread * dim**0.5), dtype=np.float32)


def strongest_of_sparse(matrix: sparse.csr_matrix, count: int) -> Neighbours:
    """The count largest of each row; 0 where it has fewer. matrix: (N, N), nothing below 0"""
    n_items = matrix.shape[0]
    count = min(count, n_items)
    rows = np.zeros((n_items, count), dtype=np.int32)
    weights = np.zeros((n_items, count), dtype=np.float32)
    for item in range(n_items):
        part = slice(matrix.indptr[item], matrix.indptr[item + 1])
        best = np.argsort(-matrix.data[part], kind="stable")[:count]
        rows[item, : len(best)] = matrix.indices[part][best]
        weights[item, : len(best)] = matrix.data[part][best]
    return Neighbours(rows, weights)


def item_knn(train: Interactions, *, count: int = 100, shrink: float = 10.0) -> Neighbours:
    """Cosine of who had both, shrunk where few had; the count nearest per item."""
    matrix = history_matrix(train.histories(), len(train.item_ids))
    together = (matrix.T @ matrix).tocsr()
    sizes = np.sqrt(np.maximum(train.item_counts(), 1)).astype(np.float32)
    first = np.repeat(np.arange(len(sizes)), np.diff(together.indptr))
    others = together.indices
    together.data /= sizes[first] * sizes[others] + shrink
    together.data[first == others] = 0
    return strongest_of_sparse(together, count)


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
        self.model.fit(history_matrix(train.histories(), self.n_items), show_progress=False)

    def scores(self, histories: list[Rows]) -> Scores:
        seen = history_matrix(histories, self.n_items)
        users = self.model.recalculate_user(np.arange(len(histories)), seen)
        return users @ self.model.item_factors.T
