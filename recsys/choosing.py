"""Choices made on an inner split of the training part, for baselines as for the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from recsys.baselines import Als, Ease, item_knn, popularity, recent_popularity
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
)
from recsys.fit import tower_scores
from recsys.interactions import Interactions
from recsys.pipeline import Blend
from recsys.splitting import SplitName, split
from recsys.trial import LIST_LENGTH, ModelName, Trial, unseen_top_k

BLEND_STEPS = 10  # weights are tenths
LEAST_TOWER = 0.2  # never without the tower: it alone can place a cold item
MAX_VALIDATION_USERS = 2000


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
        return Choices(epochs=task.config.epochs)
    choices = _choose_baselines(part, trial, task, models)
    if not {"ease", "blend", "two-tower"} & set(models):
        return choices
    ease, best = _choose_ease(part, trial)
    choices = replace(choices, ease_regularisation=best)
    if not {"blend", "two-tower"} & set(models):
        return choices
    fitted = task.fit(
        "choose",
        part,
        encoded,
        epochs=task.config.epochs,
        validate=lambda model: trial.mean_ndcg(partial(tower_scores, model)),
    )
    progress = fitted.progress
    choices = replace(choices, epochs=progress.best_epoch, curve=progress.curve)
    sources = Sources(ease.neighbours(NEIGHBOURS), fit_rules(part, choices), popularity(part))
    model = Model(fitted, sources, choices, part, encoded)
    return replace(choices, blend=_choose_blend(model, trial))


def _choose_ease(part: Interactions, trial: Trial) -> tuple[Ease, float]:
    """The fit that ranks best and its regularisation; never more than two fits in memory."""
    best, best_ndcg = None, -1.0
    for regularisation in EASE_REGULARISATIONS:
        fit = Ease(part, regularisation=regularisation)
        ndcg = trial.mean_ndcg(fit.scores)
        if best is None or ndcg > best_ndcg:
            best, best_ndcg = fit, ndcg
    assert best is not None
    return best, best.regularisation


def _choose_blend(model: Model, trial: Trial) -> Blend:
    """The best of all shares in tenths."""
    blends = [
        Blend(tower / BLEND_STEPS, near / BLEND_STEPS, rest / BLEND_STEPS, model.choices.rule_fade)
        for tower in range(BLEND_STEPS, -1, -1)
        for near in range(BLEND_STEPS - tower + 1)
        if tower / BLEND_STEPS >= LEAST_TOWER and (rest := BLEND_STEPS - tower - near) >= 0
    ]
    lists = [
        unseen_top_k(by_blend, [history] * len(by_blend), LIST_LENGTH)
        for by_blend, history in zip(
            model.ranked(trial.histories, blends), trial.histories, strict=True
        )
    ]
    found = [trial.ndcg_of(of_blend) for of_blend in np.stack(lists, axis=1)]
    return blends[int(np.argmax(found))]


def _choose_baselines(
    part: Interactions, trial: Trial, task: Task, models: Sequence[ModelName]
) -> Choices:
    choices = _choose_popularity(part, trial)
    if {"sequential-rules", "blend", "two-tower"} & set(models):
        choices = _choose_rules(part, trial, choices)
    if "item-knn" in models:
        shrink = max(
            KNN_SHRINKS, key=lambda value: trial.mean_ndcg(item_knn(part, shrink=value).scores)
        )
        choices = replace(choices, knn_shrink=shrink)
    if "als" in models:
        regularisation = max(
            ALS_REGULARISATIONS,
            key=lambda value: trial.mean_ndcg(
                Als(part, seed=task.seed, regularisation=value).scores
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
    return max(tried, key=lambda each: trial.mean_ndcg(fit_rules(part, each).scores))


def _choose_popularity(part: Interactions, trial: Trial) -> Choices:
    recent = {
        days: trial.mean_ndcg(constant(recent_popularity(part, half_life_days=days)))
        for days in HALF_LIVES_DAYS
    }
    best = max(recent, key=lambda days: recent[days])
    all_time = trial.mean_ndcg(constant(popularity(part)))
    return Choices(half_life_days=best, popular_decays=recent[best] > all_time)
