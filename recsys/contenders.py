"""Fits every model that is compared on one training part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

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
from recsys.errors import ArtifactError
from recsys.fit import FitPlan, Fitted, encode_histories, fit_two_tower, tower_scores
from recsys.gru4rec import Gru4Rec
from recsys.history import History, Vector
from recsys.interactions import Interactions, Rows
from recsys.pipeline import rank_by_blend
from recsys.ranking import Scores
from recsys.sources import PARTS, Blend
from recsys.tables import Tables
from recsys.trial import ModelName, Scorer, of_liked
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
    gru_epochs: int = 0
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
    """A fit's surroundings: config, chance, where to keep state, whom to tell, when to stop.

    parts: the sources that a blend may be made of; one that is left out is switched off.
    """

    config: TwoTowerConfig
    seed: int = 0
    parts: tuple[str, ...] = PARTS
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
        build: type[TwoTower] = TwoTower,
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
            build=build, validate=validate, on_epoch=on_epoch, should_stop=self.should_stop,
        )  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """What a model was made by, so that the same can be made of other rows."""

    config: TwoTowerConfig
    choices: Choices


def recipe_of(manifest: dict[str, Any]) -> Recipe:
    """From an artifact's manifest; ArtifactError when another version wrote it."""
    try:
        stored = dict(manifest["choices"])
        choices = Choices(**{**stored, "blend": Blend(**stored["blend"])})
        return Recipe(TwoTowerConfig(**manifest["config"]), choices)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(f"the manifest does not say how it was made: {error}") from error


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
            "counts": self.train.positives().item_counts().astype(np.float32),
            "popular": self.sources.popular,
            "neighbour_rows": self.sources.neighbours.rows,
            "neighbour_weights": self.sources.neighbours.weights.astype(np.float16),
            "follower_rows": self.sources.rules.neighbours.rows,
            "follower_weights": self.sources.rules.neighbours.weights.astype(np.float16),
        }

    @cached_property
    def tables(self) -> Tables:
        return Tables.build(self.arrays)

    def users(self, histories: Sequence[History]) -> Iterator[tuple[Vector, History]]:
        """Each with the vector (D,) that the user tower makes of it."""
        towers = self.fitted.model
        items = np.asarray(self.arrays["vectors"], dtype=np.float32)
        catalog = torch.from_numpy(items).to(towers.features.device)
        vectors = encode_histories(towers, catalog, histories).cpu().numpy()
        return zip(vectors, histories, strict=True)

    def ranked(
        self, histories: Sequence[History], blends: Sequence[Blend]
    ) -> Iterator[NDArray[np.float64]]:
        """Per history the score of every item by each blend, by what serves. (W, N)"""
        everything = np.arange(len(self.tables))
        for user, history in self.users(histories):
            yield rank_by_blend(user, history, everything, self.tables, blends)

    def scores(self, histories: Sequence[History]) -> Scores:
        """(B, N)"""
        ranked = self.ranked(histories, [self.choices.blend])
        return np.concatenate(list(ranked)).astype(np.float32)


def fit_rules(positives: Interactions, choices: Choices) -> SequentialRules:
    """As the inner split chose."""
    return sequential_rules(
        positives, reach=choices.rule_reach, fade=choices.rule_fade, count=NEIGHBOURS
    )


def popular_by(positives: Interactions, choices: Choices) -> Scores:
    """(N,) of all time or lately, as the inner split chose."""
    if choices.popular_decays:
        return recent_popularity(positives, half_life_days=choices.half_life_days)
    return popularity(positives)


def fit_model(
    phase: str,
    train: Interactions,
    encoded: NDArray[np.float32],
    task: Task,
    choices: Choices,
    *,
    ease: Ease | None = None,
    fitted: Fitted | None = None,
) -> Model:
    """Everything refitted on the rows given, as the inner split chose.

    ease, fitted: where they are fitted on these rows already.
    """
    positives = train.positives()
    ease = ease or Ease(positives, regularisation=choices.ease_regularisation)
    fitted = fitted or task.fit(phase, train, encoded, epochs=choices.epochs)
    popular = popular_by(positives, choices)
    sources = Sources(ease.neighbours(NEIGHBOURS), fit_rules(positives, choices), popular)
    return Model(fitted, sources, choices, train, encoded)


def scorers(
    models: Sequence[ModelName],
    train: Interactions,
    encoded: NDArray[np.float32],
    task: Task,
    choices: Choices,
) -> tuple[dict[ModelName, Scorer], Model | None]:
    """A scorer per name, fitted on the training part; and the model behind two-tower and blend."""
    positives, model, ease = train.positives(), None, None
    if {"two-tower", "blend", "ease"} & set(models):
        ease = Ease(positives, regularisation=choices.ease_regularisation)
    if {"two-tower", "blend"} & set(models):
        model = fit_model("evaluate", train, encoded, task, choices, ease=ease)
    made: dict[ModelName, Scorer] = {}
    for name in models:
        if name == "two-tower" and model:
            made[name] = partial(tower_scores, model.fitted.model)
        elif name == "blend" and model:
            made[name] = model.scores
        elif name == "ease" and ease:
            made[name] = of_liked(ease.scores)
        elif name == "gru4rec":
            fitted = task.fit("gru", train, encoded, epochs=choices.gru_epochs, build=Gru4Rec)
            made[name] = partial(tower_scores, fitted.model)
        else:
            made[name] = of_liked(_baseline(name, positives, task, choices))
    return made, model


def _baseline(
    name: ModelName, positives: Interactions, task: Task, choices: Choices
) -> Callable[[list[Rows]], Scores]:
    """Those that are counted rather than trained; ALS too."""
    if name == "popularity":
        return constant(popularity(positives))
    if name == "recent-popularity":
        return constant(recent_popularity(positives, half_life_days=choices.half_life_days))
    if name == "item-knn":
        return item_knn(positives, shrink=choices.knn_shrink).scores
    if name == "sequential-rules":
        return fit_rules(positives, choices).scores
    return Als(positives, seed=task.seed, regularisation=choices.als_regularisation).scores


def constant(scores: Scores) -> Callable[[list[Rows]], Scores]:
    """The same scores for everybody."""
    return lambda histories: np.tile(scores, (len(histories), 1))
