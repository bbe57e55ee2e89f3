"""How sure a figure is: means over resamples of the users, the same ones for all that is compared.

Efron & Tibshirani 1993, percentile intervals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys import metrics

RESAMPLES = 1000
PerUser = NDArray[np.float64]
Draws = NDArray[np.float64]  # (R, U) how much each user counts in each resample
Interval = dict[str, float]


def draws_of(n_users: int, rng: np.random.Generator) -> Draws:
    return rng.multinomial(n_users, np.full(n_users, 1 / n_users), size=RESAMPLES) / n_users


def interval(values: PerUser | sparse.csr_matrix, draws: Draws) -> Interval:
    """Mean, or coverage of lists, with its 95 % bootstrap interval over users."""
    if isinstance(values, sparse.csr_matrix):
        return coverage_interval(values, draws)
    return _around(float(values.mean()), draws @ values)


def coverage_interval(lists: sparse.csr_matrix, draws: Draws) -> Interval:
    """Coverage with its 95 % bootstrap interval. lists: (U, N)

    A resample has fewer distinct users, so covers less: its spread is kept, its centre is not.
    """
    value = float(metrics.coverage_of_draws(lists, np.ones((1, lists.shape[0])))[0])
    found = metrics.coverage_of_draws(lists, draws)
    low, high = value + np.quantile(found - found.mean(), (0.025, 0.975))
    return {"value": value, "low": max(0.0, min(value, low)), "high": min(1.0, max(value, high))}


def paired(a: PerUser, b: PerUser, draws: Draws) -> dict[str, float | None]:
    """Mean of a over, and minus, mean of b with 95 % intervals, the same users drawn for both.

    The ratio is None where the mean of b is, or may be, 0.
    """
    means_a, means_b = draws @ a, draws @ b
    below, above = np.quantile(means_a - means_b, (0.025, 0.975))
    difference = {
        "difference": float(a.mean() - b.mean()),
        "difference_low": float(below),
        "difference_high": float(above),
    }
    if b.mean() == 0 or (means_b == 0).any():
        return {"ratio": None, "low": None, "high": None, **difference}
    low, high = np.quantile(means_a / means_b, (0.025, 0.975))
    ratio = {"ratio": float(a.mean() / b.mean()), "low": float(low), "high": float(high)}
    return {**ratio, **difference}


def interval_among(values: PerUser, among: NDArray[np.bool_], draws: Draws) -> Interval:
    """Mean over some of the users. values: (U,); among: (U,)"""
    return _around(float(values[among].mean()), means_among(values, among, draws))


def gap(
    values: PerUser, some: NDArray[np.bool_], others: NDArray[np.bool_], draws: Draws
) -> Interval:
    """Mean over some of the users minus that over others. some, others: (U,)"""
    found = means_among(values, some, draws) - means_among(values, others, draws)
    return _around(float(values[some].mean() - values[others].mean()), found)


def means_among(values: PerUser, among: NDArray[np.bool_], draws: Draws) -> PerUser:
    """(R,); a resample without any of these users has the mean of all."""
    sizes = draws[:, among].sum(axis=1)
    sums = draws[:, among] @ values[among]
    return np.where(sizes > 0, sums / np.maximum(sizes, 1e-12), values[among].mean())


def _around(value: float, resampled: PerUser) -> Interval:
    low, high = np.quantile(resampled, (0.025, 0.975))
    return {"value": value, "low": float(low), "high": float(high)}
