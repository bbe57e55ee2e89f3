"""What comes soon after what in the users' histories."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.interactions import Interactions, Rows

FAINTEST = 0.1  # a follower that counts less than this is not counted
PAIRS_AT_ONCE = 1 << 23  # of an item and one that follows it: about 250 MB


def follower_counts(train: Interactions, *, reach: float) -> sparse.csr_matrix:
    """(N, N) how often the column's item followed the row's: 1 if next, reach if one later, …"""
    return sparse.vstack([counts for _, counts in follower_blocks(train, reach=reach)]).tocsr()


def follower_blocks(
    train: Interactions, *, reach: float
) -> Iterator[tuple[slice, sparse.csr_matrix]]:
    """The lines (I, N) of follower_counts for some item rows after others."""
    steps = np.arange(1, math.ceil(math.log(FAINTEST) / math.log(reach)) + 1)
    weights = (reach ** (steps - 1)).astype(np.float32)
    user_ends = train.ends()
    by_item = np.argsort(train.items, kind="stable").astype(np.int32)
    ends = np.concatenate([[0], np.cumsum(train.item_counts())])
    for items in _items_at_once(ends, PAIRS_AT_ONCE // len(steps)):
        places = by_item[ends[items.start] : ends[items.stop]]  # (P,)
        followed = steps < (user_ends[train.users[places]] - places)[:, None]  # (P, steps)
        later = (places[:, None] + steps.astype(np.int32))[followed]
        starts = np.concatenate([[0], np.cumsum(followed.sum(axis=1))])
        values = np.broadcast_to(weights, followed.shape)[followed]
        after = sparse.csr_matrix(
            (values, train.items[later], starts), shape=(len(places), len(train.item_ids))
        )
        own = sparse.csr_matrix(
            (
                np.ones(len(places), np.float32),
                np.arange(len(places)),
                ends[items.start : items.stop + 1] - ends[items.start],
            ),
            shape=(items.stop - items.start, len(places)),
        )
        yield items, own @ after


def scaled(
    matrix: sparse.csr_matrix, lines: NDArray[np.floating], columns: NDArray[np.floating]
) -> sparse.csr_matrix:
    """Each entry times that of its line and that of its column; in place."""
    matrix.data *= np.repeat(lines, np.diff(matrix.indptr)) * columns[matrix.indices]
    return matrix


def _items_at_once(ends: Rows, most: int) -> Iterator[slice]:
    """Item rows that have at most so many interactions together. ends: (N + 1,), from 0"""
    start, n_items = 0, len(ends) - 1
    while start < n_items:
        fitting = int(np.searchsorted(ends, ends[start] + most, side="right")) - 1
        stop = min(max(start + 1, fitting), n_items)
        yield slice(start, stop)
        start = stop
