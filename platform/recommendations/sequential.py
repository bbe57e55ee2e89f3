"""Comparing two arms while people still arrive: intervals that hold at every look at once.

An interval made for one look, looked at daily, finds a difference between equal arms far more often
than its 5 %. A confidence sequence does not: it holds the true difference at all looks together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import erfc, log, sqrt

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
FEWEST_AN_ARM = 100  # members; the sequence is asymptotic and says nothing of fewer
LOOK_EVERY = 100  # members; at fixed numbers, so that each look is the same one tomorrow
TIGHTEST_AT = 1000  # members at which the sequence is made to be narrowest
RATIO_ALARM = 0.001  # a rarer split than one in a thousand means that something is broken


@dataclass(frozen=True)
class Look:
    """Arm B's mean minus arm A's after so many members, with the sequence's bounds there."""

    members: int
    difference: float
    low: float
    high: float


def confidence_sequence(
    values: NDArray[np.float64],
    is_b: NDArray[np.bool_],
    looks: Iterable[int],
    *,
    alpha: float = ALPHA,
    tightest_at: int = TIGHTEST_AT,
) -> list[Look]:
    """The difference of means at each look, all bounds together right with 1 - alpha.

    values, is_b: (N,) a member each, in the order they came; looks: how many of them to look at.
    Asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, theorem 2.2)
    of the difference, whose variance per member is n (s²_A / n_A + s²_B / n_B).
    """
    at = np.array([n for n in looks if 0 < n <= len(values)], int)
    n_b = np.cumsum(is_b)[at - 1]
    n_a = at - n_b
    at, n_a, n_b = (kept[np.minimum(n_a, n_b) >= FEWEST_AN_ARM] for kept in (at, n_a, n_b))
    mean_a, variance_a = _running(np.where(is_b, 0.0, values), at, n_a)
    mean_b, variance_b = _running(np.where(is_b, values, 0.0), at, n_b)
    tightness = (-2 * log(alpha) + log(-2 * log(alpha)) + 1) / tightest_at * at  # t rho²
    factor = 2 * (tightness + 1) / tightness * np.log(np.sqrt(tightness + 1) / alpha)
    radius = np.sqrt((variance_a / n_a + variance_b / n_b) * factor)
    difference = mean_b - mean_a
    rows = zip(at, difference, difference - radius, difference + radius, strict=True)
    return [Look(int(n), float(d), float(low), float(high)) for n, d, low, high in rows]


def _running(
    values: NDArray[np.float64], at: NDArray[np.int_], counts: NDArray[np.int_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of an arm at each look; values: (N,) 0 for members of the other arm."""
    mean = np.cumsum(values)[at - 1] / counts
    square = np.cumsum(values**2)[at - 1] / counts
    return mean, np.maximum(square - mean**2, 0.0) * counts / (counts - 1)


def standing(looks: Iterable[Look]) -> int:
    """1: B is ahead, -1: behind, 0: not shown. What the first look to show one says stays."""
    return next((shown for look in looks if (shown := _shown(look))), 0)


def _shown(look: Look) -> int:
    return int(look.low > 0) - int(look.high < 0)


def looks_of(members: int) -> range:
    """The numbers of members to look at; more members add looks and move none."""
    return range(2 * FEWEST_AN_ARM, members + 1, LOOK_EVERY)


def thinned(looks: list[Look], *, most: int = 80) -> list[Look]:
    """About as many as a chart can show, evenly chosen; the last one and the standing are kept."""
    places = {int(place) for place in np.linspace(0, len(looks) - 1, min(most, len(looks)))}
    decisive = next((place for place, look in enumerate(looks) if _shown(look)), 0)
    return [look for place, look in enumerate(looks) if place in places or place == decisive]


def ratio_p(n_a: int, n_b: int, *, share_b: float) -> float:
    """How often chance alone splits people at least so unevenly (chi-square); 1.0 of nobody."""
    n = n_a + n_b
    if not n:
        return 1.0
    chi_square = (n_b - n * share_b) ** 2 / (n * share_b * (1 - share_b))
    return erfc(sqrt(chi_square / 2))
