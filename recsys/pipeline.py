"""Retrieve → rank, each step on its own to look at. NumPy and FAISS only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.closeness import COLD_TASTE, closeness, given_by_cold, taken_by_disliked
from recsys.history import History, Vector
from recsys.index import Index
from recsys.interactions import Rows
from recsys.sources import PARTS, Blend, Evidence, distinct, looks_through
from recsys.tables import Tables

Mask = NDArray[np.bool_]
FATIGUE_PENALTY = 1.0  # spreads of the score that full fatigue takes
SPARE_CANDIDATES = 200  # of each source, beyond the list asked for: the blend reorders them
ROUGHLY = 1e-3  # spreads: far above what the order of adding up does to a sum
GROUPED = 8
LOWEST = float(np.finfo(np.float32).min)


@dataclass(frozen=True)
class Asked:
    """One question to the pipeline. usable: (N + M,); fatigue: rows (F,), rising, and 0..1."""

    evidence: Evidence
    tables: Tables
    indexes: tuple[Index, Index]
    blend: Blend
    usable: Mask
    k: int
    fatigue: tuple[Rows, Vector]

    @property
    def wanted(self) -> int:
        """Candidates of each source."""
        return self.k + SPARE_CANDIDATES

    @cached_property
    def is_of_few(self) -> bool:
        """No more items are usable than one source's candidates."""
        return int(np.count_nonzero(self.usable)) <= self.wanted

    @property
    def weighs_all(self) -> bool:
        """Every usable item, so that the list is the very best; else what the sources propose."""
        return self.is_of_few or looks_through(self.tables, self.blend)


def retrieve(asked: Asked) -> Rows:
    """Candidate rows: the best of each source, and the famous.

    Of few usable items all of them, and of a catalog that is looked through all that may be among
    the k best: then ranking is exact.
    """
    if asked.is_of_few:
        return np.flatnonzero(asked.usable)
    if asked.weighs_all:
        return within_reach(asked)
    return distinct(np.concatenate(list(proposals(asked).values())))


def within_reach(asked: Asked) -> Rows:
    """The usable rows whose exact score may be among the k best: no other one's can.

    A sum over all items in single precision tells, and what likeness to a like may add at most.
    """
    if asked.k < 1:
        return np.zeros(0, dtype=np.int64)
    evidence, tables = asked.evidence, asked.tables
    about, everything = evidence.sums(tables, asked.blend), np.arange(len(tables))
    told = evidence.history, everything, tables, evidence.likenesses
    about += given_by_cold(*told) - taken_by_disliked(*told)
    tired, amounts = asked.fatigue
    about[tired] -= FATIGUE_PENALTY * amounts
    about[~asked.usable] = -np.inf
    bar = max(reached_by(about, min(asked.k, len(about))) - ROUGHLY, LOWEST)
    about[tables.cold] += COLD_TASTE
    return np.flatnonzero(about >= bar)


def reached_by(values: Vector, k: int) -> float:
    """A number that k of the values or some more reach. k: 1..N

    The highest of every GROUPED are k different ones, and far fewer to put in order.
    """
    size = len(values) // GROUPED
    if size > k:
        values = values[: size * GROUPED].reshape(GROUPED, size).max(axis=0)
    return float(np.partition(values, -k)[-k])


def proposals(asked: Asked) -> dict[str, Rows]:
    """The best usable rows of each source that is asked, and the famous."""
    evidence, tables, usable = asked.evidence, asked.tables, asked.usable
    index, cold = asked.indexes
    indexed, later = usable[: tables.indexed], usable[tables.indexed :]
    found = {
        "tower": index.search(evidence.user, asked.wanted, allowed=indexed),
        "cold": cold.search(evidence.user, asked.wanted, allowed=later) + tables.indexed,
        "famous": tables.famous[usable[tables.famous]],
    }
    for name, heard in (("neighbours", evidence.neighbours), ("followers", evidence.followers)):
        if heard is not None:
            found[name] = heard.strongest(asked.wanted, usable)
    return found


def scores_of(asked: Asked, candidates: Rows) -> NDArray[np.float64]:
    """Of the candidates, with what weighs on those that were shown in vain. (C,)"""
    scores = rank(asked.evidence, candidates, asked.tables, asked.blend)
    return scores - weariness(asked.fatigue, candidates)


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
