"""Lists taken from scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


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
