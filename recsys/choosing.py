"""Choices made on an inner split of the training part, for baselines as for the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from recsys.baselines import Als, Ease, item_knn, popularity, recent_popularity
from recsys.blending import choose_blend
from recsys.contenders import (
    ALS_REGULARISATIONS,
    EASE_REGULARISATIONS,
    HALF_LIVES_DAYS,
    KNN_SHRINKS,
    NEIGHBOURS,
    RULE_FADES,
    RULE_REACHES,
    Choices,
    Model,
    Sources,
    Task,
    constant,
    fit_rules,
    popular_by,
)
from recsys.fit import Fitted, tower_scores
from recsys.gru4rec import Gru4Rec
from recsys.interactions import Interactions
from recsys.splitting import SplitName, split
from recsys.trial import ModelName, Trial, of_liked
from recsys.two_tower import TwoTower

MAX_VALIDATION_USERS = 2000
ROWS_ENOUGH = 1_000_000  # to choose baselines by; above, users are left out evenly


def choose(
    train: Interactions,
    encoded: NDArray[np.float32],
    task: Task,
    models: Sequence[ModelName],
    inner: SplitName,
) -> Choices:
    """What does best on an inner split of the training part, for baselines as for the model."""
    part, held = split(train, inner)
    trial = Trial.of(part, held, at_most=MAX_VALIDATION_USERS)
    if not len(trial.users):  # nobody has a second row: nothing can be chosen
        return Choices(epochs=task.config.epochs, gru_epochs=task.config.epochs)
    positives = part.positives()
    fewer = some_users(positives, ROWS_ENOUGH)
    choices = _choose_baselines(fewer, trial, task, models)
    if "gru4rec" in models:
        progress = _choose_epochs("choose-gru", part, encoded, task, trial, Gru4Rec).progress
        choices = replace(choices, gru_epochs=progress.best_epoch)
    if not {"ease", "blend", "two-tower"} & set(models):
        return choices
    ease, best = _choose_ease(fewer, trial)
    choices = replace(choices, ease_regularisation=best)
    if not {"blend", "two-tower"} & set(models):
        return choices
    if fewer is not positives:
        ease = Ease(positives, regularisation=best)
    fitted = _choose_epochs("choose", part, encoded, task, trial)
    progress = fitted.progress
    choices = replace(choices, epochs=progress.best_epoch, curve=progress.curve)
    popular = popular_by(positives, choices)
    sources = Sources(ease.neighbours(NEIGHBOURS), fit_rules(positives, choices), popular)
    model = Model(fitted, sources, choices, part, encoded)
    return replace(choices, blend=choose_blend(model, trial, task.parts, seed=task.seed))


def some_users(rows: Interactions, enough: int) -> Interactions:
    """Every so-manyth user with all rows, so that about enough are left; all where they are few."""
    step = -(-len(rows) // enough)
    return rows if step <= 1 else rows.take(rows.users % step == 0)


def _choose_epochs(
    phase: str,
    part: Interactions,
    encoded: NDArray[np.float32],
    task: Task,
    trial: Trial,
    build: type[TwoTower] = TwoTower,
) -> Fitted:
    """The epoch of a fit that ranks best."""
    return task.fit(
        phase,
        part,
        encoded,
        epochs=task.config.epochs,
        build=build,
        validate=lambda model: trial.mean_ndcg(partial(tower_scores, model)),
    )


def _choose_ease(part: Interactions, trial: Trial) -> tuple[Ease, float]:
    """The fit that ranks best and its regularisation; never more than two fits in memory."""
    best, best_ndcg = None, -1.0
    for regularisation in EASE_REGULARISATIONS:
        fit = Ease(part, regularisation=regularisation)
        ndcg = trial.mean_ndcg(of_liked(fit.scores))
        if best is None or ndcg > best_ndcg:
            best, best_ndcg = fit, ndcg
    assert best is not None
    return best, best.regularisation


def _choose_baselines(
    part: Interactions, trial: Trial, task: Task, models: Sequence[ModelName]
) -> Choices:
    choices = _choose_popularity(part, trial)
    if {"sequential-rules", "blend", "two-tower"} & set(models):
        choices = _choose_rules(part, trial, choices)
    if "item-knn" in models:
        shrink = max(
            KNN_SHRINKS,
            key=lambda value: trial.mean_ndcg(of_liked(item_knn(part, shrink=value).scores)),
        )
        choices = replace(choices, knn_shrink=shrink)
    if "als" in models:
        regularisation = max(
            ALS_REGULARISATIONS,
            key=lambda value: trial.mean_ndcg(
                of_liked(Als(part, seed=task.seed, regularisation=value).scores)
            ),
        )
        choices = replace(choices, als_regularisation=regularisation)
    return choices


def _choose_rules(part: Interactions, trial: Trial, choices: Choices) -> Choices:
    tried = [
        replace(choices, rule_reach=reach, rule_fade=fade)
        for reach in RULE_REACHES
        for fade in RULE_FADES
    ]
    return max(tried, key=lambda each: trial.mean_ndcg(of_liked(fit_rules(part, each).scores)))


def _choose_popularity(part: Interactions, trial: Trial) -> Choices:
    recent = {
        days: trial.mean_ndcg(of_liked(constant(recent_popularity(part, half_life_days=days))))
        for days in HALF_LIVES_DAYS
    }
    best = max(recent, key=lambda days: recent[days])
    all_time = trial.mean_ndcg(of_liked(constant(popularity(part))))
    return Choices(half_life_days=best, popular_decays=recent[best] > all_time)
