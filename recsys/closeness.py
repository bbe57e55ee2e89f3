"""What likeness to single items of a history gives and takes. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import numpy as np
from cachetools import TTLCache
from numpy.typing import NDArray

from recsys.history import History, Vector
from recsys.interactions import Rows
from recsys.tables import Tables

DISLIKE_PENALTY = 3.0  # spreads of the score that a full dislike takes from an item just like it
COLD_TASTE = 1.0  # spreads that a liked item gives to one just like it, when either is cold
COMPARED = 50  # newest likes, and dislikes, that candidates are compared with
UNSURE = 1e-4  # far above what the order of adding up does to a likeness
CACHED_SETS = 500  # of items that candidates are compared with; a user has two at most at a time
CACHED_SECONDS = 600.0
MOST_KNOWN = 5_000  # candidates whose likeness to a set is kept: 8 bytes each
Known = tuple[NDArray[np.int32], Vector]  # (K,) rows, rising, and the likeness of each
NOTHING: Known = (np.array([-1], dtype=np.int32), np.zeros(1, dtype=np.float32))  # of no item


class Likenesses:
    """What `most_alike` said of late, with one artifact's tables.

    From one list of a user to the next most candidates come back, and dislikes seldom change.
    Safe to share between threads.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: TTLCache[bytes, Known] = TTLCache(CACHED_SETS, CACHED_SECONDS)
        self._lock = Lock()

    def most_alike(self, rows: Rows, strengths: Vector, candidates: Rows) -> Vector:
        """rows, strengths: (A,); candidates: (C,), each once → (C,)"""
        key = rows.tobytes() + strengths.tobytes()
        with self._lock:
            held, likeness = self._known.get(key, NOTHING)
        places = np.minimum(np.searchsorted(held, candidates), len(held) - 1)
        is_new, found = held[places] != candidates, likeness[places]
        if is_new.any():
            found[is_new] = most_alike(rows, strengths, candidates[is_new], self._tables)
            if len(held) + np.count_nonzero(is_new) > MOST_KNOWN:
                (held, likeness), is_new = NOTHING, slice(None)  # this list's are kept
            held = np.concatenate([held, candidates[is_new]], dtype=np.int32)
            order = np.argsort(held)[:MOST_KNOWN]
            with self._lock:
                self._known[key] = held[order], np.concatenate([likeness, found[is_new]])[order]
        return found


def closeness(
    history: History, candidates: Rows, tables: Tables, likenesses: Likenesses | None = None
) -> Vector:
    """What likeness to a newer like gives where one of the two is cold, and takes if a dislike.

    likenesses: what was found before with these tables. (C,)
    """

    def alike(rows: Rows, strengths: Vector) -> Vector:
        if likenesses is not None:
            return likenesses.most_alike(rows, strengths, candidates)
        return most_alike(rows, strengths, candidates, tables)

    total = np.zeros(len(candidates), dtype=np.float32)
    liked, strengths = history.liked[-COMPARED:], history.liked_weights[-COMPARED:]
    cold = tables.counts[liked] == 0
    if cold.any():
        total = COLD_TASTE * alike(liked[cold], strengths[cold])
    fresh = np.flatnonzero(tables.counts[candidates] == 0)
    if len(fresh) and len(liked):
        total[fresh] = COLD_TASTE * most_alike(liked, strengths, candidates[fresh], tables)
    disliked, faults = history.disliked[-COMPARED:], history.disliked_weights[-COMPARED:]
    if len(disliked):
        total -= DISLIKE_PENALTY * alike(disliked, faults)
    return total


def most_alike(rows: Rows, strengths: Vector, candidates: Rows, tables: Tables) -> Vector:
    """The highest likeness (0..1 by taste and content, each half) times strength. (A,) → (C,)

    Which row it is, a product of matrices tells; its sums are not the same in every company, so
    that pair, and those that come near it, are added up by themselves.
    """
    pairs = [(table[candidates], table[rows]) for table in (tables.directions, tables.content)]
    about = sum(of @ to.T for of, to in pairs) * (strengths / 2)  # (C, A)
    best = about.argmax(axis=1)
    found = _likeness(pairs, slice(None), best) * strengths[best]
    near = (about > 0) & (about >= about.max(axis=1, keepdims=True) - UNSURE)
    near[np.arange(len(best)), best] = False
    of, to = np.nonzero(near)
    np.maximum.at(found, of, _likeness(pairs, of, to) * strengths[to])
    return np.maximum(0, found)


def _likeness(
    pairs: Sequence[tuple[Vector, Vector]], of: slice | Rows, to: Rows
) -> NDArray[np.float32]:
    """pairs: (C, D) and (A, D) of each table; of, to: (P,) → (P,)"""
    found: NDArray[np.float32] = sum(np.vecdot(some[of], others[to]) for some, others in pairs) / 2
    return found
