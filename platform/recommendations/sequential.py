"""Comparing two arms while people still arrive: intervals that hold at every look at once.

An interval made for one look, looked at daily, finds a difference between equal arms far more often
than its 5 %. A confidence sequence does not: it holds the true difference at all looks together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import erfc, log, sqrt
from typing import Self

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
FEWEST_AN_ARM = 100  # members; the sequence is asymptotic and says nothing of fewer
FEWEST_OPENERS = 10  # members of an arm who would have opened something, were the arms alike
LOOK_EVERY = 100  # members; at fixed numbers, so that each look is the same one tomorrow
TIGHTEST_AT = 1000  # members at which the sequence is made to be narrowest
RATIO_ALARM = 0.001  # a rarer split than one in a thousand means that something is broken

Count = int | NDArray[np.int_]


@dataclass(frozen=True)
class Look:
    """Arm B's mean minus arm A's after so many members, with the sequence's bounds there."""

    members: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Arm:
    """What an arm's members come to at each look. (..., L) each"""

    members: NDArray[np.int_]
    total: NDArray[np.float64]  # of their values
    squares: NDArray[np.float64]
    openers: NDArray[np.int_]  # those whose value is not 0

    @classmethod
    def of(
        cls, values: NDArray[np.float64], is_here: NDArray[np.bool_], at: NDArray[np.int_]
    ) -> Self:
        """values, is_here: (..., N) all members in the order they came; at: (L,) how many count."""
        here = np.where(is_here, values, 0.0)
        sums = (
            np.cumsum(each, axis=-1)[..., at - 1] for each in (is_here, here, here**2, here > 0)
        )
        return cls(*sums)

    def __add__(self, other: "Arm") -> "Arm":
        return Arm(
            self.members + other.members,
            self.total + other.total,
            self.squares + other.squares,
            self.openers + other.openers,
        )

    @property
    def mean(self) -> NDArray[np.float64]:
        return self.total / self.members

    @property
    def variance(self) -> NDArray[np.float64]:
        spread = np.maximum(self.squares - self.total * self.mean, 0.0)
        return spread / (self.members - 1)

    def borrowed(self, variance: NDArray[np.float64]) -> NDArray[np.float64]:
        """The variance, with that of all members counted in as that of FEWEST_AN_ARM of them."""
        own = self.members * self.variance
        return (own + FEWEST_AN_ARM * variance) / (self.members + FEWEST_AN_ARM)


def confidence_sequence(
    values: NDArray[np.float64], is_b: NDArray[np.bool_], looks: Iterable[int]
) -> list[Look]:
    """The difference of means at each look that counts, all bounds together right with 1 - ALPHA.

    values, is_b: (N,) a member each, in the order they came; looks: how many of them to look at.
    """
    at = np.array([n for n in looks if 0 < n <= len(values)], int)
    a, b = Arm.of(values, ~is_b, at), Arm.of(values, is_b, at)
    difference, radius = bounds(a, b)
    rows = zip(at, difference, difference - radius, difference + radius, strict=True)
    return [
        Look(int(n), float(d), float(low), float(high)) for n, d, low, high in rows if low > -np.inf
    ]


def bounds(a: Arm, b: Arm) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """B's mean minus A's, and how far from it the truth may be: inf before the sequence starts.

    Asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, theorem 2.2)
    of the difference, whose variance per member is n (s²_A / n_A + s²_B / n_B). It may start at any
    look and take any variances that become right. In a small arm of which few opened anything, mean
    and variance are low together, and its own variance would take that for a difference.
    """
    both = a + b
    with np.errstate(invalid="ignore", divide="ignore"):  # before the start there may be nobody
        spread = a.borrowed(both.variance) / a.members + b.borrowed(both.variance) / b.members
        tightness = (-2 * log(ALPHA) + log(-2 * log(ALPHA)) + 1) / TIGHTEST_AT * both.members
        factor = 2 * (tightness + 1) / tightness * np.log(np.sqrt(tightness + 1) / ALPHA)
        radius = np.sqrt(spread * factor)
        return b.mean - a.mean, np.where(has_started(a, b), radius, np.inf)


def has_started(a: Arm, b: Arm) -> NDArray[np.bool_]:
    """Was there enough to judge by at this look or at an earlier one? (..., L)"""
    fewest = np.minimum(a.members, b.members)
    openers = openers_if_alike(a.members, b.members, openers=a.openers + b.openers)
    enough = (fewest >= FEWEST_AN_ARM) & (openers >= FEWEST_OPENERS)
    return np.logical_or.accumulate(enough, axis=-1)


def openers_if_alike(a: Count, b: Count, *, openers: Count) -> NDArray[np.float64]:
    """Members of the smaller arm who would have opened something, were the arms alike; of nobody 0.

    a, b: members of each arm; openers: of both together. Numbers, or (..., L) each.
    """
    return np.asarray(np.minimum(a, b) * openers / np.maximum(a + b, 1))


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
