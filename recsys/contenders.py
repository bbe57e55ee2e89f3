"""Fits every model that is compared on one training part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from recsys.baselines import (
    Als,
    Ease,
    Neighbours,
    SequentialRules,
    item_knn,
    popularity,
    recent_popularity,
    sequential_rules,
)
from recsys.checkpoint import Progress
from recsys.fit import FitPlan, Fitted, encode_histories, fit_two_tower, tower_scores
from recsys.interactions import Interactions, Rows
from recsys.pipeline import Blend, Tables, Taste, rank_by_blend
from recsys.ranking import Scores
from recsys.trial import ModelName, Scorer
from recsys.two_tower import TwoTower, TwoTowerConfig

NEIGHBOURS = 200
EASE_REGULARISATIONS = (200.0, 500.0, 1000.0)
HALF_LIVES_DAYS = (30.0, 365.0, 1500.0)
KNN_SHRINKS = (1.0, 10.0, 50.0)
ALS_REGULARISATIONS = (3.0, 10.0, 30.0)
RULE_REACHES = (0.8, 0.93)
RULE_FADES = (0.8, 0.95)


@dataclass(frozen=True)
class Choices:
    """What an inner split decided; refits on more rows use it, their cosine as long as epochs."""

    epochs: int = 0
    blend: Blend = field(default_factory=Blend)
    ease_regularisation: float = EASE_REGULARISATIONS[0]
    half_life_days: float = HALF_LIVES_DAYS[0]
    popular_decays: bool = False  # recent popularity ranked better than all-time popularity
    knn_shrink: float = KNN_SHRINKS[1]
    als_regularisation: float = ALS_REGULARISATIONS[1]
    rule_reach: float = RULE_REACHES[0]
    rule_fade: float = RULE_FADES[0]
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


@dataclass(frozen=True)
class Sources:
    """What retrieves and ranks beside the towers."""

    neighbours: Neighbours
    rules: SequentialRules
    popular: Scores  # (N,)


@dataclass(frozen=True)
class Model:
    """What serving is made of, and the rows that all of it was fitted on."""

    fitted: Fitted
    sources: Sources
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
            "popular": self.sources.popular,
            "neighbour_rows": self.sources.neighbours.rows,
            "neighbour_weights": self.sources.neighbours.weights.astype(np.float16),
            "follower_rows": self.sources.rules.neighbours.rows,
            "follower_weights": self.sources.rules.neighbours.weights.astype(np.float16),
        }

    def ranked(
        self, histories: list[Rows], blends: Sequence[Blend]
    ) -> Iterator[NDArray[np.float64]]:
        """Per history the score of every item by each blend, by what serves. (W, N)"""
        tables = Tables.build(self.arrays)
        everything = np.arange(len(tables))
        towers = self.fitted.model
        catalog = torch.from_numpy(tables.vectors).to(towers.features.device)
        users = encode_histories(towers, catalog, histories).cpu().numpy()
        for user, history in zip(users, histories, strict=True):
            taste = Taste.liking(history)
            yield rank_by_blend(user, taste, everything, tables, blends)

    def scores(self, histories: list[Rows]) -> Scores:
        ranked = self.ranked(histories, [self.choices.blend])
        return np.concatenate(list(ranked)).astype(np.float32)


def fit_rules(train: Interactions, choices: Choices) -> SequentialRules:
    """As the inner split chose."""
    return sequential_rules(
        train, reach=choices.rule_reach, fade=choices.rule_fade, count=NEIGHBOURS
    )


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
    sources = Sources(ease.neighbours(NEIGHBOURS), fit_rules(train, choices), popular)
    return Model(fitted, sources, choices, train, encoded)


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
        elif name == "sequential-rules":
            made[name] = fit_rules(train, choices).scores
    return made, model


def constant(scores: Scores) -> Scorer:
    """The same scores for everybody."""
    return lambda histories: np.tile(scores, (len(histories), 1))
