"""Fits every model that is compared on one training part; choices are made on an inner split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recsys.baselines import Als, Ease, Neighbours, item_knn, popularity, recent_popularity
from recsys.checkpoint import Progress
from recsys.fit import FitPlan, Fitted, fit_two_tower, tower_scores
from recsys.interactions import Interactions, Rows
from recsys.metrics import find_hits, ndcg
from recsys.ranking import Scores, blend, top_k
from recsys.splitting import SplitName, split
from recsys.two_tower import TwoTower, TwoTowerConfig

ModelName = Literal[
    "two-tower", "blend", "popularity", "recent-popularity", "item-knn", "ease", "als"
]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
Scorer = Callable[[list[Rows]], Scores]  # (L,) item rows of each of B histories → (B, N)

LIST_LENGTH = 10
NEIGHBOURS = 200
EASE_REGULARISATIONS = (200.0, 500.0, 1000.0)
HALF_LIVES_DAYS = (30.0, 365.0, 1500.0)
# never without the tower: it alone can place a cold item
BLEND_WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
MAX_VALIDATION_USERS = 2000


@dataclass(frozen=True)
class Choices:
    """What an inner split decided; the refits on more rows use it unchanged."""

    epochs: int = 0
    blend_weight: float = 1.0  # of the tower; the rest is the item neighbours'
    ease_regularisation: float = EASE_REGULARISATIONS[0]
    half_life_days: float = HALF_LIVES_DAYS[0]
    popular_decays: bool = False  # recent popularity ranked better than all-time popularity
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
            schedule_epochs=epochs,
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
class Trial:
    """Histories to score and what each of their users turned to afterwards."""

    users: Rows  # user rows
    histories: list[Rows]
    relevant: list[Rows]

    @classmethod
    def of(cls, train: Interactions, held: Interactions, *, at_most: int | None = None) -> Trial:
        """Users with held-out rows; at_most takes an even spread of them."""
        histories, relevant = train.histories(), held.histories()
        users = np.flatnonzero([len(rows) > 0 for rows in relevant])
        if at_most is not None and len(users) > at_most:
            users = users[np.linspace(0, len(users) - 1, at_most).astype(np.int64)]
        return cls(users, [histories[user] for user in users], [relevant[user] for user in users])

    def lists(self, scorer: Scorer, k: int) -> Rows:
        """Full ranking of all items, those of the history excluded. (U, k)"""
        parts = []
        for start in range(0, len(self.histories), 256):
            histories = self.histories[start : start + 256]
            scores = np.array(scorer(histories), dtype=np.float32)
            for line, history in zip(scores, histories, strict=True):
                line[history] = -np.inf
            parts.append(top_k(scores, k))
        return np.concatenate(parts)

    def mean_ndcg(self, scorer: Scorer) -> float:
        hits = find_hits(self.lists(scorer, LIST_LENGTH), self.relevant)
        return float(ndcg(hits, np.array([len(rows) for rows in self.relevant])).mean())


def choose(
    train: Interactions,
    encoded: NDArray[np.float32],
    task: Task,
    models: Sequence[ModelName],
    inner: SplitName,
) -> Choices:
    """Epochs, weights and regularisation that do best on an inner split of the training part."""
    part, held = split(train, inner)
    trial = Trial.of(part, held, at_most=MAX_VALIDATION_USERS)
    if not len(trial.users):  # nobody has a second row: nothing can be chosen
        return Choices(epochs=task.config.epochs)
    choices = _choose_popularity(part, trial)
    if not {"ease", "blend", "two-tower"} & set(models):
        return choices
    fits = {value: Ease(part, regularisation=value) for value in EASE_REGULARISATIONS}
    best = max(fits, key=lambda value: trial.mean_ndcg(fits[value].scores))
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
    tower, neighbours = partial(tower_scores, fitted.model), fits[best].neighbours(NEIGHBOURS)
    weight = max(BLEND_WEIGHTS, key=lambda w: trial.mean_ndcg(blended(tower, neighbours, w)))
    progress = fitted.progress
    return replace(choices, epochs=progress.best_epoch, blend_weight=weight, curve=progress.curve)


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
    """What serving is made of: the towers, the item neighbours and the popular list."""

    fitted: Fitted
    neighbours: Neighbours
    popular: Scores  # (N,)
    choices: Choices

    def scores(self, histories: list[Rows]) -> Scores:
        return blended(
            partial(tower_scores, self.fitted.model), self.neighbours, self.choices.blend_weight
        )(histories)


def fit_model(
    phase: str, train: Interactions, encoded: NDArray[np.float32], task: Task, choices: Choices
) -> Model:
    """Everything refitted on the rows given, as the inner split chose."""
    ease = Ease(train, regularisation=choices.ease_regularisation)
    if choices.popular_decays:
        popular = recent_popularity(train, half_life_days=choices.half_life_days)
    else:
        popular = popularity(train)
    fitted = task.fit(phase, train, encoded, epochs=choices.epochs)
    return Model(fitted, ease.neighbours(NEIGHBOURS), popular, choices)


def scorers(
    models: Sequence[ModelName],
    train: Interactions,
    encoded: NDArray[np.float32],
    task: Task,
    choices: Choices,
) -> tuple[dict[ModelName, Scorer], Model | None]:
    """A scorer per name, fitted on the training part; and the model behind two-tower and blend."""
    model = None
    if {"two-tower", "blend"} & set(models):
        model = fit_model("evaluate", train, encoded, task, choices)
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
            made[name] = item_knn(train).scores
        elif name == "ease":
            made[name] = Ease(train, regularisation=choices.ease_regularisation).scores
        elif name == "als":
            made[name] = Als(train, seed=task.seed).scores
    return made, model


def constant(scores: Scores) -> Scorer:
    """The same scores for everybody."""
    return lambda histories: np.tile(scores, (len(histories), 1))


def blended(tower: Scorer, neighbours: Neighbours, weight: float) -> Scorer:
    return lambda histories: blend(tower(histories), neighbours.scores(histories), weight)
