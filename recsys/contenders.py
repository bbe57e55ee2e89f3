"""Fits every model that is compared on one training part; choices are made on an inner split."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from recsys.baselines import Als, Ease, Neighbours, item_knn, popularity, recent_popularity
from recsys.checkpoint import Progress
from recsys.fit import FitPlan, Fitted, encode_histories, fit_two_tower, tower_scores
from recsys.interactions import Interactions, Rows
from recsys.pipeline import Tables, Taste, rank_by_weight
from recsys.ranking import Scores
from recsys.splitting import SplitName, split
from recsys.trial import LIST_LENGTH, Scorer, Trial, unseen_top_k
from recsys.two_tower import TwoTower, TwoTowerConfig

ModelName = Literal[
    "two-tower", "blend", "popularity", "recent-popularity", "item-knn", "ease", "als"
]
MODELS: tuple[ModelName, ...] = get_args(ModelName)

NEIGHBOURS = 200
EASE_REGULARISATIONS = (200.0, 500.0, 1000.0)
HALF_LIVES_DAYS = (30.0, 365.0, 1500.0)
KNN_SHRINKS = (1.0, 10.0, 50.0)
ALS_REGULARISATIONS = (3.0, 10.0, 30.0)
# never without the tower: it alone can place a cold item
BLEND_WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MAX_VALIDATION_USERS = 2000


@dataclass(frozen=True)
class Choices:
    """What an inner split decided; refits on more rows use it, their cosine as long as epochs."""

    epochs: int = 0
    blend_weight: float = 1.0  # of the tower; the rest is the item neighbours'
    ease_regularisation: float = EASE_REGULARISATIONS[0]
    half_life_days: float = HALF_LIVES_DAYS[0]
    popular_decays: bool = False  # recent popularity ranked better than all-time popularity
    knn_shrink: float = KNN_SHRINKS[1]
    als_regularisation: float = ALS_REGULARISATIONS[1]
    curve: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """A fit's surroundings: config, chance, where to keep state, whom to tell, when to stop."""

    config: TwoTowerConfig
    seed: int = 0
    device: str = "cpu"
    checkpoint_dir: Path | None = None
    fingerprint: str = ""
    on_epoch: Callable[[str, Progress], None] | None = None  # phase, progress
    should_stop: Callable[[], bool] | None = None

    def fit(
        self,
        phase: str,
        train: Interactions,
        features: NDArray[np.float32],
        *,
        epochs: int,
        validate: Callable[[TwoTower], float] | None = None,
    ) -> Fitted:
        plan = FitPlan(
            epochs=epochs,
            seed=self.seed,
            device=self.device,
            checkpoint=self.checkpoint_dir / f"{phase}.safetensors"
            if self.checkpoint_dir
            else None,
            fingerprint=f"{self.fingerprint}:{phase}:{self.config}:{epochs}",
        )
        on_epoch = partial(self.on_epoch, phase) if self.on_epoch else None
        return fit_two_tower(
            train, features, self.config, plan,
            validate=validate, on_epoch=on_epoch, should_stop=self.should_stop,
        )  # fmt: skip


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
    neighbours = ease.neighbours(NEIGHBOURS)
    model = Model(fitted, neighbours, popularity(part), choices, part, encoded)
    return replace(choices, blend_weight=_choose_weight(model, trial))


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


def _choose_weight(model: Model, trial: Trial) -> float:
    lists = [
        unseen_top_k(by_weight, [history] * len(by_weight), LIST_LENGTH)
        for by_weight, history in zip(
            model.ranked(trial.histories, BLEND_WEIGHTS), trial.histories, strict=True
        )
    ]
    found = [trial.ndcg_of(of_weight) for of_weight in np.stack(lists, axis=1)]
    return BLEND_WEIGHTS[int(np.argmax(found))]


def _choose_baselines(
    part: Interactions, trial: Trial, task: Task, models: Sequence[ModelName]
) -> Choices:
    choices = _choose_popularity(part, trial)
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


def _choose_popularity(part: Interactions, trial: Trial) -> Choices:
    recent = {
        days: trial.mean_ndcg(constant(recent_popularity(part, half_life_days=days)))
        for days in HALF_LIVES_DAYS
    }
    best = max(recent, key=lambda days: recent[days])
    all_time = trial.mean_ndcg(constant(popularity(part)))
    return Choices(half_life_days=best, popular_decays=recent[best] > all_time)


@dataclass(frozen=True)
class Model:
    """What serving is made of, and the rows that all of it was fitted on."""

    fitted: Fitted
    neighbours: Neighbours
    popular: Scores  # (N,)
    choices: Choices
    train: Interactions
    encoded: NDArray[np.float32]  # (N, F) content

    @cached_property
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The tables as an artifact keeps them; measured with the same precision."""
        with torch.no_grad():
            vectors = self.fitted.model.eval().catalog().cpu().numpy()
        return {
            "vectors": vectors,
            "content": self.encoded.astype(np.float16),
            "counts": self.train.item_counts().astype(np.float32),
            "popular": self.popular,
            "neighbour_rows": self.neighbours.rows,
            "neighbour_weights": self.neighbours.weights.astype(np.float16),
        }

    def ranked(
        self, histories: list[Rows], tower_weights: Sequence[float]
    ) -> Iterator[NDArray[np.float64]]:
        """Per history the score of every item at each weight, by what serves. (W, N)"""
        tables = Tables.build(self.arrays)
        everything = np.arange(len(tables))
        towers = self.fitted.model
        catalog = torch.from_numpy(tables.vectors).to(towers.features.device)
        users = encode_histories(towers, catalog, histories).cpu().numpy()
        for user, history in zip(users, histories, strict=True):
            taste = Taste.liking(history)
            yield rank_by_weight(user, taste, everything, tables, tower_weights)

    def scores(self, histories: list[Rows]) -> Scores:
        weights = [self.choices.blend_weight]
        return np.concatenate(list(self.ranked(histories, weights))).astype(np.float32)


def fit_model(
    phase: str,
    train: Interactions,
    encoded: NDArray[np.float32],
    task: Task,
    choices: Choices,
    ease: Ease | None = None,
) -> Model:
    """Everything refitted on the rows given, as the inner split chose; ease: if already fitted."""
    ease = ease or Ease(train, regularisation=choices.ease_regularisation)
    if choices.popular_decays:
        popular = recent_popularity(train, half_life_days=choices.half_life_days)
    else:
        popular = popularity(train)
    fitted = task.fit(phase, train, encoded, epochs=choices.epochs)
    return Model(fitted, ease.neighbours(NEIGHBOURS), popular, choices, train, encoded)


def scorers(
    models: Sequence[ModelName],
    train: Interactions,
    encoded: NDArray[np.float32],
    task: Task,
    choices: Choices,
) -> tuple[dict[ModelName, Scorer], Model | None]:
    """A scorer per name, fitted on the training part; and the model behind two-tower and blend."""
    model = ease = None
    if {"two-tower", "blend", "ease"} & set(models):
        ease = Ease(train, regularisation=choices.ease_regularisation)
    if {"two-tower", "blend"} & set(models):
        model = fit_model("evaluate", train, encoded, task, choices, ease)
    made: dict[ModelName, Scorer] = {}
    for name in models:
        if name == "two-tower" and model:
            made[name] = partial(tower_scores, model.fitted.model)
        elif name == "blend" and model:
            made[name] = model.scores
        elif name == "popularity":
            made[name] = constant(popularity(train))
        elif name == "recent-popularity":
            made[name] = constant(recent_popularity(train, half_life_days=choices.half_life_days))
        elif name == "item-knn":
            made[name] = item_knn(train, shrink=choices.knn_shrink).scores
        elif name == "ease" and ease:
            made[name] = ease.scores
        elif name == "als":
            regularisation = choices.als_regularisation
            made[name] = Als(train, seed=task.seed, regularisation=regularisation).scores
    return made, model


def constant(scores: Scores) -> Scorer:
    """The same scores for everybody."""
    return lambda histories: np.tile(scores, (len(histories), 1))
