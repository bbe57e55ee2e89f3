"""How alike one item is to others: by who liked them, or by what they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.columns import Table
from recsys.history import Vector
from recsys.index import EXACT_UP_TO, Index
from recsys.interactions import Rows
from recsys.sources import distinct
from recsys.tables import Tables

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


def by_content(row: int, rows: Rows, tables: Tables) -> Vector:
    """(C,)"""
    return _products(tables.content, row, rows)


def by_taste(row: int, rows: Rows, tables: Tables) -> Vector:
    """Of an indexed item. (C,)"""
    around = np.zeros(len(tables), dtype=np.float32)
    around[tables.neighbour_rows[row]] = tables.neighbour_weights[row]
    near = _products(tables.directions, row, rows)
    total: Vector = around[rows] / max(float(around.max()), 1e-6) + CONTENT_NEIGHBOURS_WEIGHT * near
    return total


def _products(table: Table, row: int, rows: Rows) -> Vector:
    """Of one line with those of rows. (C,)"""
    most = 2 * len(rows) > len(table)  # then it costs less to leave some out than to copy them
    found: Vector = (table @ table[row])[rows] if most else table[rows] @ table[row]
    return found
