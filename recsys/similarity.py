"""How alike one item is to others: by who liked them, or by what they are."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.closeness import UNSURE
from recsys.columns import Table
from recsys.history import Vector
from recsys.index import EXACT_UP_TO, Index
from recsys.interactions import Rows
from recsys.sources import distinct
from recsys.tables import Tables

By = Literal["taste", "content"]
CONTENT_NEIGHBOURS_WEIGHT = 0.5  # of direction beside item neighbours, in likeness by taste
CANDIDATES = 1000  # beyond the list asked for, where not every item is compared


def perhaps_similar(
    row: int, tables: Tables, index: Index, usable: NDArray[np.bool_], k: int
) -> Rows:
    """All usable rows; of very many those near the item's vector, its kin and the cold."""
    indexed = tables.indexed
    if indexed <= EXACT_UP_TO:
        return np.flatnonzero(usable)
    near = index.search(tables.vectors[row], k + CANDIDATES, allowed=usable[:indexed])
    kin = tables.neighbour_rows[row] if row < indexed else near[:0]
    rows = distinct(np.concatenate([near, kin, np.flatnonzero(usable[indexed:]) + indexed]))
    return rows[usable[rows]]


def alike(row: int, rows: Rows, tables: Tables, by: By, *, quick: bool = False) -> Vector:
    """Of one item with those of rows, by taste if it is indexed, else by content. (C,)

    Each the same whatever else is a row; quick: but for the last digits of a float.
    """
    if by == "content" or tables.counts[row] == 0:
        return _products(tables.content, row, rows, quick)
    around = np.zeros(len(tables), dtype=np.float32)
    around[tables.neighbour_rows[row]] = tables.neighbour_weights[row]
    near = _products(tables.directions, row, rows, quick)
    total: Vector = around[rows] / max(float(around.max()), 1e-6) + CONTENT_NEIGHBOURS_WEIGHT * near
    return total


def foremost(row: int, rows: Rows, tables: Tables, by: By, k: int) -> Rows:
    """Those of the rows that may be among the k most alike."""
    if not 0 < k < len(rows):
        return rows
    about = alike(row, rows, tables, by, quick=True)
    return rows[about >= np.partition(about, -k)[-k] - UNSURE]


def _products(table: Table, row: int, rows: Rows, quick: bool) -> Vector:
    """Of one line with those of rows. (C,)"""
    if not quick:
        return np.asarray(np.vecdot(table[rows], table[row]))
    most = 2 * len(rows) > len(table)  # then it costs less to leave some out than to copy them
    found: Vector = (table @ table[row])[rows] if most else table[rows] @ table[row]
    return found
