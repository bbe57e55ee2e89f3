"""What likeness to single items of a history gives and takes. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from threading import Lock
from typing import Protocol

import numpy as np
from cachetools import TTLCache
from numpy.typing import NDArray

from recsys.columns import Column, Table, column_of, lines_of
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
KEPT_BYTES = 6 * 2**20  # of likenesses of all items to sets
FEW = 4  # items whose likeness to all costs less one by one
AT_ONCE = 2_000  # items that are compared with more, so that memory stays small
Known = tuple[NDArray[np.int32], Vector]  # (K,) rows, rising, and the likeness of each
Pairs = Sequence[tuple[Column, Table]]  # lines of taste and of content, and those of all items
NOTHING: Known = (np.array([-1], dtype=np.int32), np.zeros(1, dtype=np.float32))  # of no item


class Likenesses(Protocol):
    """What `most_alike` says with one artifact's tables. Safe to share between threads."""

    def most_alike(self, rows: Rows, strengths: Vector, candidates: Rows) -> Vector:
        """rows, strengths: (A,); candidates: (C,), each once → (C,)"""
        ...

    def most_alike_cold(self, rows: Rows, strengths: Vector, candidates: Rows) -> Vector:
        """The same of cold candidates."""
        ...


class LikenessesToAll:
    """Of every item at once, remembered: for catalogs that are looked through whole.

    Dislikes seldom change, and what one more adds is all that is worked out then. Of likes, which
    do, each one's likeness to the cold items is kept, if they are not too many.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables, self._cold = tables, tables.cold
        few = len(tables) * len(self._cold) <= KEPT_BYTES // 4
        self._lines = np.zeros((len(tables), len(self._cold)), np.float32) if few else None
        self._has_line = np.zeros(len(tables), dtype=bool)
        self._pairs = [(column_of(table), table) for table in (tables.directions, tables.content)]
        self._known: TTLCache[bytes, Vector] = TTLCache(
            KEPT_BYTES, CACHED_SECONDS, getsizeof=lambda found: found.nbytes
        )
        self._lock = Lock()

    def most_alike(self, rows: Rows, strengths: Vector, candidates: Rows) -> Vector:
        return self._to_all(rows, strengths)[candidates]

    def most_alike_cold(self, rows: Rows, strengths: Vector, candidates: Rows) -> Vector:
        if self._lines is None:
            return most_alike(rows, strengths, candidates, self._tables)
        for row in rows[~self._has_line[rows]]:  # two threads may write the same
            self._lines[row] = likeness_of(self._cold_pairs, row)
            self._has_line[row] = True
        best: Vector = (self._lines.take(rows, axis=0) * strengths[:, None]).max(axis=0)
        return np.maximum(0, best[np.searchsorted(self._cold, candidates)])

    @cached_property
    def _cold_pairs(self) -> Pairs:
        return [(column_of(lines_of(table, self._cold)), table) for _, table in self._pairs]

    def _to_all(self, rows: Rows, strengths: Vector) -> Vector:
        """(N + M,)"""
        order = np.argsort(rows)
        rows, strengths = rows[order], strengths[order]
        found = self._remembered(rows, strengths)
        if found is not None:
            return found
        found, new = self._begun(rows, strengths)
        if len(new) > FEW:
            blocks = np.array_split(np.arange(len(found)), len(found) // AT_ONCE + 1)
            found = np.concatenate(
                [most_alike(rows, strengths, block, self._tables) for block in blocks]
            )
        else:
            for row, strength in zip(rows[new], strengths[new], strict=True):
                found = np.maximum(found, likeness_of(self._pairs, row) * strength)
        if found.nbytes <= KEPT_BYTES:
            with self._lock:
                self._known[key_of(rows, strengths)] = found
        return found

    def _begun(self, rows: Rows, strengths: Vector) -> tuple[Vector, Rows]:
        """Likeness to some of them, and the places of the others: of one, or of all."""
        places = np.arange(len(rows))
        for place in places:
            others = places != place
            found = self._remembered(rows[others], strengths[others])
            if found is not None:
                return found, places[[place]]
        return np.zeros(len(self._tables), dtype=np.float32), places

    def _remembered(self, rows: Rows, strengths: Vector) -> Vector | None:
        with self._lock:
            return self._known.get(key_of(rows, strengths))


def likeness_of(pairs: Pairs, row: int) -> Vector:
    """Of all lines that are compared with an item's, by taste and content, each half."""
    taste, content = (lines.products(table[row]) for lines, table in pairs)
    return np.divide(taste + content, 2, dtype=np.float32)


def key_of(rows: Rows, strengths: Vector) -> bytes:
    return rows.tobytes() + strengths.tobytes()


class LikenessesToSome:
    """Of the candidates of late, remembered: of a large catalog they are few.

    From one list of a user to the next most candidates come back, and dislikes seldom change.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._known: TTLCache[bytes, Known] = TTLCache(CACHED_SETS, CACHED_SECONDS)
        self._lock = Lock()

    def most_alike(self, rows: Rows, strengths: Vector, candidates: Rows) -> Vector:
        key = key_of(rows, strengths)
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

    def most_alike_cold(self, rows: Rows, strengths: Vector, candidates: Rows) -> Vector:
        return most_alike(rows, strengths, candidates, self._tables)


def closeness(
    history: History, candidates: Rows, tables: Tables, likenesses: Likenesses | None = None
) -> Vector:
    """What likeness to a newer like gives where one of the two is cold, and takes if a dislike.

    likenesses: what was found before with these tables. (C,)
    """
    given = given_by_cold(history, candidates, tables, likenesses)
    fresh = np.flatnonzero(tables.counts[candidates] == 0)
    liked, strengths = history.liked[-COMPARED:], history.liked_weights[-COMPARED:]
    if len(fresh) and len(liked):
        likeness = likenesses.most_alike_cold if likenesses else partial(most_alike, tables=tables)
        given[fresh] = COLD_TASTE * likeness(liked, strengths, candidates[fresh])
    return given - taken_by_disliked(history, candidates, tables, likenesses)


def given_by_cold(
    history: History, candidates: Rows, tables: Tables, likenesses: Likenesses | None = None
) -> Vector:
    """By newer likes that were in no history in training. (C,)"""
    liked, strengths = history.liked[-COMPARED:], history.liked_weights[-COMPARED:]
    cold = tables.counts[liked] == 0
    if not cold.any():
        return np.zeros(len(candidates), dtype=np.float32)
    return COLD_TASTE * _alike(liked[cold], strengths[cold], candidates, tables, likenesses)


def taken_by_disliked(
    history: History, candidates: Rows, tables: Tables, likenesses: Likenesses | None = None
) -> Vector | float:
    """By newer dislikes. (C,), or 0 for all without one"""
    disliked, faults = history.disliked[-COMPARED:], history.disliked_weights[-COMPARED:]
    if not len(disliked):
        return 0.0
    return DISLIKE_PENALTY * _alike(disliked, faults, candidates, tables, likenesses)


def _alike(
    rows: Rows, strengths: Vector, candidates: Rows, tables: Tables, likenesses: Likenesses | None
) -> Vector:
    if likenesses is None:
        return most_alike(rows, strengths, candidates, tables)
    return likenesses.most_alike(rows, strengths, candidates)


def most_alike(rows: Rows, strengths: Vector, candidates: Rows, tables: Tables) -> Vector:
    """The highest likeness (0..1 by taste and content, each half) times strength. (A,) → (C,)

    Which row it is, a product of matrices tells; its sums are not the same in every company, so
    that pair, and those that come near it, are added up by themselves.
    """
    both = (tables.directions, tables.content)
    pairs = [(lines_of(table, candidates), lines_of(table, rows)) for table in both]
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
