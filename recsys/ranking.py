"""How the two sources of a score are brought to one scale and added, and lists taken from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
SMALLEST_SPREAD = 1e-6


def standardise(scores: Scores) -> Scores:
    """(B, N) → mean 0 and spread 1 over the items of each user."""
    centred = scores - scores.mean(axis=-1, keepdims=True)
    spread = centred.std(axis=-1, keepdims=True)
    return centred / np.maximum(spread, SMALLEST_SPREAD)


def blend(tower: Scores, neighbours: Scores, weight: float) -> Scores:
    """(B, N) each; weight 1 = the tower alone, 0 = the neighbours alone."""
    return weight * standardise(tower) + (1 - weight) * standardise(neighbours)


def top_k(scores: Scores, k: int, tie_order: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """(B, N) → (B, min(k, N)) rows, best first; equal scores in tie_order, else by row."""
    k = min(k, scores.shape[1])
    order = np.arange(scores.shape[1]) if tie_order is None else tie_order
    rows = []
    for line in scores:
        bar = np.partition(line, len(line) - k)[len(line) - k]
        candidates = np.flatnonzero(line >= bar)  # all that tie with the last place too
        rows.append(candidates[np.lexsort((order[candidates], -line[candidates]))][:k])
    return np.stack(rows) if rows else np.zeros((0, k), dtype=np.int64)
