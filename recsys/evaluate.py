"""Measures models on held-out rows, each beside the baselines, with intervals.

A refitted artifact has seen every row it could be tested on, so it is never scored itself: what is
reported, and compared from run to run, is the same training done without the held-out rows. The
artifact that serves is a rival by its recipe: fitted anew on the same rows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys import metrics
from recsys.bootstrap import Draws, draws_of, interval, paired
from recsys.choosing import choose
from recsys.contenders import Choices, Model, Recipe, Task, fit_model, scorers
from recsys.content import ContentEncoder
from recsys.groups import add_exposure, by_group, gaps_of, tail_shares
from recsys.interactions import Interactions, Rows
from recsys.leaks import Check, Examination
from recsys.ranking import Scores
from recsys.reranking import ItemViews
from recsys.slices import measured_slices, slices_of, years_of
from recsys.splitting import LEAKY, SplitName
from recsys.tradeoff import CANDIDATES, Point, tradeoff
from recsys.trial import LIST_LENGTH, ModelName, Scorer, Trial

FORMAT = 2
LIVE = "live"
OURS: tuple[ModelName, ...] = ("blend", "two-tower")
PAIRED_METRICS = ("ndcg", "recall", "hit_rate", "mrr")
Measured = dict[str, Any]  # metric: a value per user (U,); for coverage who has what listed
Report = dict[str, Any]  # the report.json of the contract
Lists = dict[str, Rows]  # by model, (U, K)


def evaluate(
    interactions: Interactions,
    items: pd.DataFrame,
    task: Task,
    *,
    split_name: SplitName | None,
    models: Sequence[ModelName],
    data_sha256: str,
    rival: Recipe | None = None,
    groups: pd.DataFrame | None = None,
) -> tuple[Report, Choices, Model | None]:
    """Fit on the training part, choose on a split inside it, measure on the held-out rows.

    split_name: None = what suits the data; rival: measured as "live" beside the blend; groups:
    declared ones by user id, a column each. DataError when the training part shows what is held
    back.
    """
    started = time.monotonic()
    examination = Examination.of(interactions, split_name, np.random.default_rng([task.seed, 1]))
    del interactions  # nobody fits on rows among which there are no canaries
    train, split_name = examination.train, examination.split_name
    encoder = ContentEncoder.fit(items)
    encoded = encoder.encode(items)
    choices = choose(train, encoded, task, models, split_name)
    made, model = scorers(models, train, encoded, task, choices)
    genres = encoder.genre_matrix(items)
    best = _best_of_blend(examination, made)
    known: Lists = {OURS[0]: best[0][:, :LIST_LENGTH]} if best else {}
    lists, checks = _examined(examination, dict(made.items()), known)
    if rival and OURS[0] in lists:
        if rival == Recipe(task.config, replace(choices, curve=rival.choices.curve)):
            lists[LIVE] = lists[OURS[0]]
        else:
            live = _fit_rival(rival, train, encoded, task, model)
            of_live, of_checks = _examined(examination, {LIVE: live}, {})
            lists, checks = lists | of_live, checks + of_checks
    report = {
        "format": FORMAT,
        "split": split_name,
        "split_why": examination.why,
        "leaky": split_name in LEAKY,
        "k": LIST_LENGTH,
        "data_sha256": data_sha256,
        "n_users": len(examination.trial.users),
        "n_eligible": examination.n_eligible,
        **_summary(examination, lists, items, genres, groups, task.seed),
        "tradeoff": _tradeoff(examination, best, model, genres, task.seed),
        "checks": [check.to_json() for check in checks],
        "seconds": round(time.monotonic() - started, 1),
        "seed": task.seed,
    }
    return report, choices, model


def _fit_rival(
    rival: Recipe, train: Interactions, encoded: NDArray[np.float32], task: Task, own: Model | None
) -> Scorer:
    """With our own towers where its config is ours too: then only what is counted can differ."""
    alive = replace(task, config=rival.config)
    fitted = own.fitted if own and rival.config == task.config else None
    return fit_model(LIVE, train, encoded, alive, rival.choices, fitted=fitted).scores


def _best_of_blend(
    examination: Examination, made: Mapping[ModelName, Scorer]
) -> tuple[Rows, Scores] | None:
    """Its first CANDIDATES places and their scores; None without it, or without anybody to ask."""
    if OURS[0] not in made or not len(examination.trial.users):
        return None
    return examination.trial.ranked(made[OURS[0]], CANDIDATES)


def _examined(
    examination: Examination, made: Mapping[str, Scorer], known: Lists
) -> tuple[Lists, list[Check]]:
    """What each lists, and whether it could have seen what it is asked for; known: made already."""
    if not len(examination.trial.users):  # nobody has rows to hold back
        return {}, []
    lists = {
        name: known[name] if name in known else examination.trial.lists(scorer, LIST_LENGTH)
        for name, scorer in made.items()
    }
    checks = [
        check
        for name, scorer in made.items()
        for check in examination.checks(name, scorer, lists[name])
    ]
    return lists, checks


def measure(
    lists: Mapping[str, Rows], trial: Trial, counts: Rows, genres: NDArray[np.float32]
) -> dict[str, Measured]:
    """Per model and metric one value per user; for coverage the items in each one's list.

    counts: (N,) how often each item is in the training part; genres: (N, G)
    """
    n_relevant = np.array([len(rows) for rows in trial.relevant])
    measured: dict[str, Measured] = {}
    for name, ranked in lists.items():
        hits = metrics.find_hits(ranked, trial.relevant)
        measured[name] = {
            "ndcg": metrics.ndcg(hits, n_relevant),
            "recall": metrics.recall(hits, n_relevant),
            "hit_rate": metrics.hit_rate(hits),
            "mrr": metrics.mrr(hits),
            "coverage": metrics.listed(ranked, len(counts)),
            "popularity_percentile": metrics.popularity_percentile(ranked, counts),
            "novelty": metrics.novelty(ranked, counts),
            "genre_diversity": metrics.genre_diversity(ranked, genres),
            "calibration": metrics.calibration(ranked, trial.liked, genres),
        }
    return measured


def _summary(
    examination: Examination,
    lists: Lists,
    items: pd.DataFrame,
    genres: NDArray[np.float32],
    groups: pd.DataFrame | None,
    seed: int,
) -> dict[str, Any]:
    """The parts of the report with figures; one set of resamples, so that pairs are paired."""
    if not lists:
        return {"models": {}, "paired": [], "slices": {}, "gaps": {}}
    trial, counts = examination.trial, examination.train.positives().item_counts()
    draws = draws_of(len(trial.users), np.random.default_rng(seed))
    measured = measure(lists, trial, counts, genres)
    families = slices_of(trial, years_of(items), counts)
    declared = {}
    if groups is not None:
        declared = by_group(groups, trial, examination.train.user_ids)
    slices = measured_slices(families | declared, lists, trial, draws)
    shares = {name: tail_shares(ranked, trial, counts) for name, ranked in lists.items()}
    ndcg = {name: by_metric["ndcg"] for name, by_metric in measured.items()}
    for family, parts in declared.items():
        add_exposure(slices[family], parts, shares)
    return {
        "models": {
            name: {metric: interval(values, draws) for metric, values in by_metric.items()}
            for name, by_metric in measured.items()
        },
        "paired": _paired(measured, draws),
        "slices": slices,
        "gaps": {family: gaps_of(parts, ndcg, shares, draws) for family, parts in declared.items()},
    }


def _tradeoff(
    examination: Examination,
    best: tuple[Rows, Scores] | None,
    model: Model | None,
    genres: NDArray[np.float32],
    seed: int,
) -> list[Point]:
    """What variety does to the blend's lists; nothing where the blend is not measured."""
    if best is None or model is None:
        return []
    counts = examination.train.positives().item_counts()
    views = ItemViews.of(model.tables.directions, genres, counts)
    draws = draws_of(len(examination.trial.users), np.random.default_rng(seed))
    return tradeoff(best, examination.trial, views, counts, draws)


def _paired(measured: dict[str, Measured], draws: Draws) -> list[dict[str, Any]]:
    """Ours against every other model, and the first of ours against the second."""
    pairs: list[tuple[str, str]] = [
        (a, b) for a in OURS for b in measured if a in measured and b not in OURS
    ]
    if set(OURS) <= set(measured):
        pairs.append((OURS[0], OURS[1]))
    return [
        {
            "a": a,
            "b": b,
            "metric": metric,
            **paired(measured[a][metric], measured[b][metric], draws),
        }
        for a, b in pairs
        for metric in PAIRED_METRICS
    ]
