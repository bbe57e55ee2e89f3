"""Measures models on held-out rows, each beside the baselines, with intervals.

A refitted artifact has seen every row it could be tested on, so it is never scored itself: what is
reported, and compared from run to run, is the same training done without the held-out rows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recsys import metrics
from recsys.choosing import choose
from recsys.contenders import Choices, Model, Task, scorers
from recsys.content import ContentEncoder
from recsys.interactions import Interactions, Rows
from recsys.splitting import SplitName, split
from recsys.trial import LIST_LENGTH, ModelName, Scorer, Trial

FORMAT = 1
RESAMPLES = 1000
OURS: tuple[ModelName, ...] = ("blend", "two-tower")
PAIRED_METRICS = ("ndcg", "recall", "hit_rate", "mrr")
Measured = dict[str, Any]  # metric: a value per user (U,); for coverage who has what listed
Report = dict[str, Any]  # the report.json of the contract
PerUser = NDArray[np.float64]


def evaluate(
    interactions: Interactions,
    items: pd.DataFrame,
    task: Task,
    *,
    split_name: SplitName,
    models: Sequence[ModelName],
    data_sha256: str,
) -> tuple[Report, Choices, Model | None]:
    """Fit on the training part, choose on a split inside it, measure on the held-out rows."""
    started = time.monotonic()
    train, held = split(interactions, split_name)
    trial = Trial.of(train, held)
    encoder = ContentEncoder.fit(items)
    encoded = encoder.encode(items)
    choices = choose(train, encoded, task, models, split_name)
    made, model = scorers(models, train, encoded, task, choices)
    measured = measure(made, trial, train, encoder.genre_matrix(items)) if len(trial.users) else {}
    report = {
        "format": FORMAT,
        "split": split_name,
        "k": LIST_LENGTH,
        "data_sha256": data_sha256,
        "n_users": len(trial.users),
        **_summary(measured, np.random.default_rng(task.seed)),
        "seconds": round(time.monotonic() - started, 1),
        "seed": task.seed,
    }
    return report, choices, model


def measure(
    made: dict[ModelName, Scorer], trial: Trial, train: Interactions, genres: NDArray[np.float32]
) -> dict[str, Measured]:
    """Per model and metric one value per user; for coverage the items in each one's list."""
    n_relevant = np.array([len(rows) for rows in trial.relevant])
    counts = train.item_counts()
    measured: dict[str, Measured] = {}
    for name, scorer in made.items():
        ranked = trial.lists(scorer, LIST_LENGTH)
        measured[name] = _measure_lists(ranked, trial.relevant, n_relevant, counts, genres)
    return measured


def _measure_lists(
    ranked: Rows, relevant: list[Rows], n_relevant: Rows, counts: Rows, genres: NDArray[np.float32]
) -> Measured:
    hits = metrics.find_hits(ranked, relevant)
    return {
        "ndcg": metrics.ndcg(hits, n_relevant),
        "recall": metrics.recall(hits, n_relevant),
        "hit_rate": metrics.hit_rate(hits),
        "mrr": metrics.mrr(hits),
        "coverage": metrics.listed(ranked, len(counts)),
        "popularity_percentile": metrics.popularity_percentile(ranked, counts),
        "novelty": metrics.novelty(ranked, counts),
        "genre_diversity": metrics.genre_diversity(ranked, genres),
    }


def _summary(measured: dict[str, Measured], rng: np.random.Generator) -> dict[str, Any]:
    """The report's models and paired parts; one set of resamples, so that pairs are paired."""
    if not measured:  # nobody has rows to hold back
        return {"models": {}, "paired": []}
    n_users = next(len(by_metric["ndcg"]) for by_metric in measured.values())
    draws = (
        rng.multinomial(n_users, np.full(n_users, 1 / n_users), size=RESAMPLES) / n_users
    )  # (R, U)
    models = {
        name: {metric: _interval(values, draws) for metric, values in by_metric.items()}
        for name, by_metric in measured.items()
    }
    pairs: list[tuple[str, str]] = [
        (a, b) for a in OURS for b in measured if a in measured and b not in OURS
    ]
    if set(OURS) <= set(measured):
        pairs.append((OURS[0], OURS[1]))
    compared = [
        {
            "a": a,
            "b": b,
            "metric": metric,
            **paired(measured[a][metric], measured[b][metric], draws),
        }
        for a, b in pairs
        for metric in PAIRED_METRICS
    ]
    return {"models": models, "paired": compared}


def _interval(values: PerUser | sparse.csr_matrix, draws: NDArray[np.float64]) -> dict[str, float]:
    """Mean, or coverage of lists, with its 95 % bootstrap interval over users."""
    if isinstance(values, sparse.csr_matrix):
        return coverage_interval(values, draws)
    low, high = np.quantile(draws @ values, (0.025, 0.975))
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}


def coverage_interval(lists: sparse.csr_matrix, draws: NDArray[np.float64]) -> dict[str, float]:
    """Coverage with its 95 % bootstrap interval. lists: (U, N)

    A resample has fewer distinct users, so covers less: its spread is kept, its centre is not.
    """
    value = float(metrics.coverage_of_draws(lists, np.ones((1, lists.shape[0])))[0])
    found = metrics.coverage_of_draws(lists, draws)
    low, high = value + np.quantile(found - found.mean(), (0.025, 0.975))
    return {"value": value, "low": max(0.0, min(value, low)), "high": min(1.0, max(value, high))}


def paired(a: PerUser, b: PerUser, draws: NDArray[np.float64]) -> dict[str, float | None]:
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
