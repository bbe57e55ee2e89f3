"""Ratings from games: what gap between two contenders says how often one wins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

SCALE = 400 / math.log(10)  # Elo: 400 points more are ten points scored to one
MIDDLE = 1500.0  # mean of all contenders
DRAWS_BEFORE = 1.0  # taken as played by each pair that met: nobody is infinitely better
BOOTSTRAPS, SAMPLES = 300, 1000  # of ratings, of a score
LOW, HIGH = 2.5, 97.5

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Result:
    """One game, or several that are not independent of each other, as one opening played twice."""

    first: int  # contender, from 0
    second: int
    points: float  # of the first, together: a win is 1, a draw 0.5
    games: int = 1


@dataclass(frozen=True)
class Ratings:
    """Of N contenders, on the scale of Elo."""

    values: Array  # (N,)
    samples: Array  # (bootstraps, N): of results weighed anew

    @property
    def low(self) -> Array:
        """(N,) lower end of the 95 % interval"""
        return np.percentile(self.samples, LOW, axis=0)

    @property
    def high(self) -> Array:
        """(N,)"""
        return np.percentile(self.samples, HIGH, axis=0)

    def beside(self, known: dict[int, float]) -> Ratings:
        """The same, moved so that those contenders are, on average, where they are known to be."""
        if not known:
            return self
        places, mean = list(known), float(np.mean(list(known.values())))
        return Ratings(
            self.values + mean - self.values[places].mean(),
            self.samples + mean - self.samples[:, places].mean(axis=1, keepdims=True),
        )

    def gap(self, better: int, worse: int) -> tuple[float, float, float]:
        """(points between the two, low, high)"""
        gaps = self.samples[:, better] - self.samples[:, worse]
        low, high = np.percentile(gaps, [LOW, HIGH])
        return float(self.values[better] - self.values[worse]), float(low), float(high)


def rate(
    results: Sequence[Result],
    contenders: int,
    rng: np.random.Generator,
    *,
    draws_before: float = DRAWS_BEFORE,
) -> Ratings:
    """Bradley-Terry, with intervals from the Bayesian bootstrap (Rubin, 1981).

    Each result counts by a weight that is drawn anew, and so does either half of the draw before:
    a pair that met once, or that one side won throughout, has a wide interval and not a point.
    """
    points, games = tables(results, contenders)
    met = games > 0
    samples = np.empty((BOOTSTRAPS, contenders))
    for row in range(BOOTSTRAPS):
        weighed, _ = tables(results, contenders, rng.exponential(size=len(results)))
        before = rng.exponential(draws_before / 2, size=met.shape)
        samples[row] = fit(weighed + met * before, games, draws_before=0)
    return Ratings(fit(points, games, draws_before=draws_before), samples)


def tables(
    results: Sequence[Result], contenders: int, weights: Array | None = None
) -> tuple[Array, Array]:
    """(points of row against column, games of row against column), each (N, N)

    weights: of each result; None: all count alike.
    """
    points, games = np.zeros((2, contenders, contenders))
    counts = np.ones(len(results)) if weights is None else weights
    for result, count in zip(results, counts, strict=True):
        points[result.first, result.second] += count * result.points
        points[result.second, result.first] += count * (result.games - result.points)
        games[result.first, result.second] += count * result.games
        games[result.second, result.first] += count * result.games
    return points, games


def fit(points: Array, games: Array, *, draws_before: float = DRAWS_BEFORE) -> Array:
    """Most likely ratings, (N,), with mean MIDDLE. points, games: (N, N), see tables()."""
    points = points + (games > 0) * draws_before / 2

    def loss(strengths: Array) -> tuple[float, Array]:
        gaps = strengths[:, None] - strengths[None, :]
        expected = 1 / (1 + np.exp(-gaps))
        value = (points * np.logaddexp(0, -gaps)).sum()
        slope = (points.T * expected - points * (1 - expected)).sum(axis=1)
        return float(value), slope

    strengths = minimize(loss, np.zeros(len(points)), jac=True, method="L-BFGS-B").x
    return MIDDLE + SCALE * (strengths - strengths.mean())


def score_interval(points: Sequence[float], rng: np.random.Generator) -> tuple[float, float, float]:
    """(mean, low, high) of points a game; a draw before, as in `rate`: who won throughout may have
    done so by chance."""
    array = np.asarray(points, dtype=float)
    weights = rng.exponential(size=(SAMPLES, len(array)))
    before = rng.exponential(DRAWS_BEFORE, size=SAMPLES)
    means = (weights @ array + before / 2) / (weights.sum(axis=1) + before)
    low, high = np.percentile(means, [LOW, HIGH])
    mean = float(array.mean())
    return mean, min(mean, float(low)), max(mean, float(high))
