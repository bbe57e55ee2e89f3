"""Measures of ranked lists. ranked: (U, K) item rows, best first; hits: (U, K) is it relevant.

A list that is shorter than K ends in NOTHING, which is never a hit and counts in no mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.interactions import Rows

Hits = NDArray[np.bool_]
PerUser = NDArray[np.float64]
NOTHING = -1
SMOOTHING = 0.01  # alpha of the calibration: a genre missing from a list costs, not infinitely


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


def listed(ranked: Rows, n_items: int) -> sparse.csr_matrix:
    """(U, N) 1 where the item is in that user's list."""
    full = ranked != NOTHING
    ends = np.concatenate([[0], np.cumsum(full.sum(axis=1))])
    ones = np.ones(ends[-1], dtype=np.float32)
    return sparse.csr_matrix((ones, ranked[full], ends), shape=(len(ranked), n_items))


def coverage_of_draws(lists: sparse.csr_matrix, draws: NDArray[np.float64]) -> PerUser:
    """Coverage by the users of each resample, drawn where above 0. draws: (R, U) → (R,)"""
    drawn = sparse.csr_matrix(draws > 0, dtype=np.float32)
    return np.diff((drawn @ lists).indptr) / lists.shape[1]


def popularity_percentile(ranked: Rows, counts: Rows) -> PerUser:
    """Mean share (0..100) of the catalog that is at most as popular as the listed items."""
    at_most = np.searchsorted(np.sort(counts), counts, side="right")
    return _mean_over_list(100 * at_most / len(counts), ranked)


def novelty(ranked: Rows, counts: Rows) -> PerUser:
    """Mean bits of self-information of the listed items."""
    return _mean_over_list(self_information(counts), ranked)


def self_information(counts: NDArray[np.number]) -> PerUser:
    """-log2 of the (add-one smoothed) share of interactions that each item had. (N,)"""
    return np.asarray(-np.log2((counts + 1) / (counts + 1).sum()), dtype=np.float64)


def _mean_over_list(values: PerUser, ranked: Rows) -> PerUser:
    """Mean of the items' values over each list, 0 for an empty one. values: (N,) → (U,)"""
    full = ranked != NOTHING
    return (values[ranked] * full).sum(axis=1) / np.maximum(full.sum(axis=1), 1)


def genre_diversity(ranked: Rows, genres: NDArray[np.float32]) -> PerUser:
    """Mean over pairs of listed items of 1 - Jaccard of their genres; no genres overlap with none.

    genres: (N, G) of 0 and 1.
    """
    listed = genres[ranked]  # (U, K, G)
    shared = listed @ listed.transpose(0, 2, 1)  # (U, K, K)
    sizes = listed.sum(axis=2)
    union = sizes[:, :, None] + sizes[:, None, :] - shared
    distance = 1 - shared / np.maximum(union, 1)
    first, second = np.triu_indices(ranked.shape[1], 1)
    full = ranked != NOTHING
    both = full[:, first] & full[:, second]  # (U, pairs)
    total = (distance[:, first, second] * both).sum(axis=1)
    return (total / np.maximum(both.sum(axis=1), 1)).astype(np.float64)


def intra_list_diversity(ranked: Rows, vectors: NDArray[np.float32]) -> PerUser:
    """Mean over pairs of listed items of 1 - cosine; 0 without a pair. vectors: (N, D) unit ones"""
    full = ranked != NOTHING
    listed = vectors[ranked] * full[:, :, None]  # (U, K, D)
    alike = (listed.sum(axis=1) ** 2).sum(axis=1) - (listed**2).sum(axis=(1, 2))  # each pair twice
    count = full.sum(axis=1)
    n_pairs = count * (count - 1)
    return np.where(n_pairs > 0, 1 - alike / np.maximum(n_pairs, 1), 0.0).astype(np.float64)


def calibration(ranked: Rows, liked: list[Rows], genres: NDArray[np.float32]) -> PerUser:
    """How far the genres of each list are from those of what its user liked; 0 = the same mix.

    KL(p || q) in nats of Steck 2018 (Calibrated Recommendations, RecSys): an item gives each of its
    genres an equal share, p is the mean over what was liked, q over the list, smoothed by p.
    0 also where nothing liked has a genre. genres: (N, G) of 0 and 1.
    """
    shares = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)  # (N, G)
    wanted = _mixes(shares, np.concatenate([*liked, np.zeros(0, np.int64)]), [*map(len, liked)])
    full = ranked != NOTHING
    return divergence(wanted, _mixes(shares, ranked[full], full.sum(axis=1)))


def divergence(wanted: PerUser, found: PerUser) -> PerUser:
    """KL in nats of wanted mixes from found ones, smoothed by them. (…, G), (…, G) → (…)"""
    found = (1 - SMOOTHING) * found + SMOOTHING * wanted
    ratio = np.divide(wanted, found, out=np.ones_like(found), where=wanted > 0)
    return np.asarray((wanted * np.log(ratio)).sum(axis=-1))


def _mixes(
    shares: NDArray[np.float32], rows: Rows, sizes: NDArray[np.int64] | list[int]
) -> NDArray[np.float64]:
    """(U, G) how much of each user's items with a genre each genre is; zeros without any."""
    users = np.repeat(np.arange(len(sizes)), sizes)
    ones = np.ones(len(rows), dtype=np.float32)
    owned = sparse.csr_matrix((ones, (users, rows)), shape=(len(sizes), len(shares)))
    total = np.asarray(owned @ shares, dtype=np.float64)
    return total / np.maximum(total.sum(axis=1, keepdims=True), 1e-12)
