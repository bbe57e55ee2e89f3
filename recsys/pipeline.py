"""Retrieve → rank, each step on its own to look at. NumPy and FAISS only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.closeness import closeness
from recsys.history import History, Vector
from recsys.index import Index
from recsys.interactions import Rows
from recsys.sources import PARTS, Blend, Evidence, distinct
from recsys.tables import Tables

Mask = NDArray[np.bool_]
FATIGUE_PENALTY = 1.0  # spreads of the score that full fatigue takes
SPARE_CANDIDATES = 200  # of each source, beyond the list asked for: the blend reorders them


def retrieve(
    evidence: Evidence, tables: Tables, indexes: tuple[Index, Index], usable: Mask, k: int
) -> Rows:
    """Candidate rows: the best of each source, and the famous.

    usable: (N + M,); with no more usable items than one source's candidates, all of them: then
    ranking is exact.
    """
    wanted = wanted_of(k)
    if np.count_nonzero(usable) <= wanted:
        return np.flatnonzero(usable)
    found = proposals(evidence, tables, indexes, usable, wanted)
    return distinct(np.concatenate(list(found.values())))


def wanted_of(k: int) -> int:
    """Candidates of each source, for a list of k."""
    return k + SPARE_CANDIDATES


def proposals(
    evidence: Evidence, tables: Tables, indexes: tuple[Index, Index], usable: Mask, wanted: int
) -> dict[str, Rows]:
    """The best usable rows of each source that is asked, and the famous. usable: (N + M,)"""
    index, cold = indexes
    indexed, later = usable[: tables.indexed], usable[tables.indexed :]
    found = {
        "tower": index.search(evidence.user, wanted, allowed=indexed),
        "cold": cold.search(evidence.user, wanted, allowed=later) + tables.indexed,
        "famous": tables.famous[usable[tables.famous]],
    }
    for name, heard in (("neighbours", evidence.neighbours), ("followers", evidence.followers)):
        if heard is not None:
            found[name] = heard.strongest(wanted, usable)
    return found


def rank(evidence: Evidence, candidates: Rows, tables: Tables, blend: Blend) -> NDArray[np.float64]:
    """Scores of the candidates, each the same whatever else is a candidate. (C,)"""
    near = closeness(evidence.history, candidates, tables, evidence.likenesses)
    return blend.weights @ evidence.scores(candidates, tables) + near


def rank_by_blend(
    user: Vector, history: History, candidates: Rows, tables: Tables, blends: Sequence[Blend]
) -> NDArray[np.float64]:
    """What rank gives by each blend, all of one fade. (W,) → (W, C)"""
    used = [name for name in PARTS if any(name in blend.used for blend in blends)]
    evidence = Evidence.of(user, history, tables, blends[0].fade, used)
    weights = np.array([blend.weights for blend in blends])
    return weights @ evidence.scores(candidates, tables) + closeness(history, candidates, tables)


def weariness(fatigue: tuple[Rows, Vector], candidates: Rows) -> NDArray[np.float64]:
    """What candidates lose for having been shown in vain. fatigue: rows (F,), rising, and 0..1."""
    rows, amounts = fatigue
    if not len(rows):
        return np.zeros(len(candidates))
    places = np.minimum(np.searchsorted(rows, candidates), len(rows) - 1)
    return FATIGUE_PENALTY * np.where(rows[places] == candidates, amounts[places], 0.0)
