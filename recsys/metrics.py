"""Measures of ranked lists. ranked: (U, K) item rows, best first; hits: (U, K) is it relevant."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.interactions import Rows

Hits = NDArray[np.bool_]
PerUser = NDArray[np.float64]


def find_hits(ranked: Rows, relevant: list[Rows]) -> Hits:
    """(U, K) whether the item at each place is among that user's relevant ones."""
    return np.array([np.isin(row, wanted) for row, wanted in zip(ranked, relevant, strict=True)])


def recall(hits: Hits, n_relevant: Rows) -> PerUser:
    """Share of each user's relevant items that are in the list."""
    return hits.sum(axis=1) / n_relevant


def ndcg(hits: Hits, n_relevant: Rows) -> PerUser:
    """Discounted gain over the best a list of this length could reach."""
    discounts = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    ideal = np.cumsum(discounts)[np.minimum(n_relevant, hits.shape[1]) - 1]
    return np.asarray((hits * discounts).sum(axis=1) / ideal)


def hit_rate(hits: Hits) -> PerUser:
    """1 where at least one relevant item is in the list."""
    return np.asarray(hits.any(axis=1), dtype=np.float64)


def mrr(hits: Hits) -> PerUser:
    """1 / place of the first relevant item, 0 without one."""
    return np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)


def coverage(ranked: Rows, n_items: int) -> float:
    """Share of the catalog that is in somebody's list."""
    return len(np.unique(ranked)) / n_items


def listed(ranked: Rows, n_items: int) -> sparse.csr_matrix:
    """(U, N) 1 where the item is in that user's list."""
    ends = np.arange(0, ranked.size + 1, ranked.shape[1])
    ones = np.ones(ranked.size, dtype=np.float32)
    return sparse.csr_matrix((ones, ranked.ravel(), ends), shape=(len(ranked), n_items))


def coverage_of_draws(lists: sparse.csr_matrix, draws: NDArray[np.float64]) -> PerUser:
    """Coverage by the users of each resample, drawn where above 0. draws: (R, U) → (R,)"""
    drawn = sparse.csr_matrix(draws > 0, dtype=np.float32)
    return np.diff((drawn @ lists).indptr) / lists.shape[1]


def popularity_percentile(ranked: Rows, counts: Rows) -> PerUser:
    """Mean share (0..100) of the catalog that is at most as popular as the listed items."""
    at_most = np.searchsorted(np.sort(counts), counts, side="right")
    return (100 * at_most / len(counts))[ranked].mean(axis=1)


def novelty(ranked: Rows, counts: Rows) -> PerUser:
    """Mean -log2 of the (add-one smoothed) share of interactions that the listed items had."""
    share = (counts + 1) / (counts + 1).sum()
    return -np.log2(share)[ranked].mean(axis=1)


def genre_diversity(ranked: Rows, genres: NDArray[np.float32]) -> PerUser:
    """Mean over pairs of listed items of 1 - Jaccard of their genres; no genres overlap with none.

    genres: (N, G) of 0 and 1.
    """
    listed = genres[ranked]  # (U, K, G)
    shared = listed @ listed.transpose(0, 2, 1)  # (U, K, K)
    sizes = listed.sum(axis=2)
    union = sizes[:, :, None] + sizes[:, None, :] - shared
    distance = 1 - shared / np.maximum(union, 1)
    k = ranked.shape[1]
    if k < 2:
        return np.zeros(len(ranked))
    first, second = np.triu_indices(k, 1)
    return distance[:, first, second].mean(axis=1).astype(np.float64)
