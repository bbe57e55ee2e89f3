"""Lists whose genres are in the proportions of what their user liked (Steck 2018)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.interactions import Rows
from recsys.metrics import divergence

Mix = NDArray[np.float64]


def calibrated(
    scores: NDArray[np.floating],
    candidates: Rows,
    genres: NDArray[np.float32],
    history_genres: NDArray[np.floating],
    k: int,
    strength: float,
) -> Rows:
    """The k candidates that are taken one by one, each for what it adds to the list: best first.

    A list is worth (1 - strength) times the sum of its scores, brought to 0..1, minus strength
    times the divergence of its genres from the history's. scores, candidates: (C,); genres: (C, G)
    of 0 and 1; history_genres: (G,) any positive scale, all 0 = unknown; strength: 0 keeps the
    order of the scores, 1 looks at nothing else than genres. (min(k, C),)
    """
    worth = (1 - strength) * _scaled(scores)
    wanted = _mix(np.asarray(history_genres, dtype=np.float64)[None])[0]
    shares = genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)  # (C, G)
    listed, left = np.zeros(len(wanted)), np.ones(len(candidates), dtype=bool)
    taken: list[int] = []
    for _ in range(min(k, len(candidates))):
        gain = np.where(left, worth - strength * divergence(wanted, _mix(listed + shares)), -np.inf)
        best = int(np.argmax(gain))  # the first of equals: candidates come best first
        taken.append(best)
        left[best] = False
        listed += shares[best]
    return candidates[taken]


def _mix(amounts: Mix) -> Mix:
    """(C, G) with rows that sum to 1, or to 0 where there is nothing."""
    return amounts / np.maximum(amounts.sum(axis=1, keepdims=True), 1e-12)


def _scaled(scores: NDArray[np.floating]) -> Mix:
    """From 0 for the lowest to 1 for the highest."""
    lowest, highest = scores.min(initial=np.inf), scores.max(initial=-np.inf)
    return np.asarray((scores - lowest) / max(highest - lowest, 1e-12), dtype=np.float64)
