"""Searches for a better config: Optuna proposes, an inner split of the training part judges.

The rows that evaluate holds back are split off first and never seen here, so a report on the config
found is as honest as one on a preset.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import torch
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.samplers import TPESampler
from optuna.trial import TrialState

from recsys.checkpoint import Progress
from recsys.choosing import MAX_VALIDATION_USERS
from recsys.content import ContentEncoder
from recsys.errors import DataError, Stopped
from recsys.fit import FitPlan, OnEpoch, fit_two_tower, tower_scores
from recsys.interactions import Interactions, load_dataset, sha256_of
from recsys.splitting import SplitName, default_split, split
from recsys.study import Row, history_of, opened_study, space_around, spent_seconds
from recsys.threads import limited_threads
from recsys.trial import Trial
from recsys.tuned import save_config, save_json
from recsys.two_tower import PRESETS, TwoTowerConfig

DEFAULT_MINUTES = 30.0
RANDOM_TRIALS = 8  # before the sampler has seen enough to propose from
MOST_TRIES = 3  # of a config whose trial dies with its process: it may be the reason
OnProgress = Callable[[float, str, list[Row]], None]


@dataclass(frozen=True)
class Tuning:
    """The best config of a search and every trial of it; both are files in its folder too."""

    config: TwoTowerConfig
    ndcg: float  # on the inner split, of its best epoch
    history: list[Row]
    seconds: float  # that the trials took, those of earlier calls included


def tune(
    interactions: Path,
    items: Path,
    out: Path,
    *,
    preset: str = "small",
    minutes: float | None = None,
    seed: int = 0,
    trials: int | None = None,
    min_rating: float | None = None,
    device: str = "cpu",
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Tuning:
    """The best of what minutes or trials allow; out keeps the search, a further call goes on.

    Both count all calls together. The preset itself is the first trial, so nothing worse than it
    is found. DataError on unusable files or another search's folder, Stopped when asked.
    """
    if preset not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, not {preset!r}")
    if minutes is None and trials is None:
        raise ValueError("a search needs an end: minutes or trials")
    started = time.monotonic()
    tell = on_progress or (lambda fraction, message, history: None)
    tell(0.0, "Reading the data", [])
    rows, all_items = load_dataset(interactions, items, min_rating=min_rating)
    config, sha256 = PRESETS[preset], sha256_of(interactions, items)
    space, (split_name, _) = space_around(config), default_split(rows.positives())
    about = {
        "data_sha256": sha256, "min_rating": min_rating, "preset": preset, "seed": seed,
        "split": split_name, "config": asdict(config),
        "space": {name: distribution_to_json(each) for name, each in space.items()},
    }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    with limited_threads(), opened_study(out / "study.db", about) as study:
        part, held = inner_split(rows, split_name)
        features = ContentEncoder.fit(all_items).encode(all_items)
        judge = Judge(part, held, features, out / "trial.safetensors", seed, device)
        budget = Budget(started - spent_seconds(study), minutes, trials)
        search = Search(study, judge, config, space, budget, out, about, tell, should_stop)
        return search.run()


def inner_split(rows: Interactions, name: SplitName) -> tuple[Interactions, Trial]:
    """What configs are fitted on and what they are judged by; both without what evaluate holds."""
    train, _ = split(rows, name)
    part, held = split(train, name)
    trial = Trial.of(part, held, at_most=MAX_VALIDATION_USERS)
    if not len(trial.users):
        raise DataError("nobody has enough rows to choose a config on")
    return part, trial


@dataclass(frozen=True)
class Judge:
    """Fits a config on the inner split; the same chance for all, so that only configs differ."""

    part: Interactions
    held: Trial
    features: NDArray[np.float32]  # (N, F)
    checkpoint: Path
    seed: int
    device: str

    def fit(
        self, config: TwoTowerConfig, on_epoch: OnEpoch, should_stop: Callable[[], bool]
    ) -> Progress:
        """Goes on where a trial of the same config was interrupted."""
        plan = FitPlan(
            epochs=config.epochs,
            seed=self.seed,
            device=self.device,
            checkpoint=self.checkpoint,
            fingerprint=f"{self.seed}:{config}",
        )
        return fit_two_tower(
            self.part, self.features, config, plan,
            validate=lambda model: self.held.mean_ndcg(partial(tower_scores, model)),
            on_epoch=on_epoch, should_stop=should_stop,
        ).progress  # fmt: skip


@dataclass(frozen=True)
class Budget:
    """When a search is over: after minutes, or trials that were judged, whichever is first."""

    started: float  # on the monotonic clock, as if all calls had been one
    minutes: float | None
    trials: int | None

    def share(self, judged: int) -> float:
        """How much of it is used up; over at 1."""
        by_time = (time.monotonic() - self.started) / (60 * self.minutes) if self.minutes else 0.0
        return max(by_time, judged / self.trials if self.trials else 0.0)


@dataclass(frozen=True)
class Search:
    """One trial after the other, until the budget is used up."""

    study: optuna.Study
    judge: Judge
    config: TwoTowerConfig
    space: dict[str, BaseDistribution]
    budget: Budget
    out: Path
    about: dict[str, Any]
    tell: OnProgress
    should_stop: Callable[[], bool] | None

    def run(self) -> Tuning:
        if not self.study.trials:
            own = asdict(self.config)
            self.study.enqueue_trial({name: own[name] for name in self.space})
        for trial in self.study.get_trials(states=(TrialState.RUNNING,)):
            tries = trial.user_attrs.get("tries", 1)
            self._interrupt(trial, tries + 1)
        while not (self.has_result() and self.share() >= 1):
            if self.should_stop and self.should_stop():
                raise Stopped("stopped on request")
            self._run_trial()
            self._save()
        self.judge.checkpoint.unlink(missing_ok=True)
        return self._result()

    def share(self) -> float:
        return self.budget.share(self._judged(TrialState.COMPLETE, TrialState.PRUNED))

    def has_result(self) -> bool:
        return self._judged(TrialState.COMPLETE) > 0

    def _judged(self, *states: TrialState) -> int:
        return len(self.study.get_trials(deepcopy=False, states=states))

    def _run_trial(self) -> None:
        """Chance comes from the seed and the trials before: a resumed search is the same."""
        judged = self._judged(TrialState.COMPLETE, TrialState.PRUNED)
        entropy = [self.about["seed"], judged, self.study.user_attrs.get("dropped", 0)]
        chance = np.random.SeedSequence(entropy).generate_state(1)
        self.study.sampler = TPESampler(
            seed=int(chance[0]), multivariate=True, n_startup_trials=RANDOM_TRIALS
        )
        trial = self.study.ask(self.space)
        watch = Watch(trial, self)
        try:
            progress = self.judge.fit(
                replace(self.config, **trial.params), watch.epoch, watch.should_stop
            )
            watch.epoch(progress)
        except optuna.TrialPruned:
            self.study.tell(trial, state=TrialState.PRUNED)
        except torch.OutOfMemoryError:  # too big for this device: nothing like it is proposed
            self.study.tell(trial, state=TrialState.PRUNED)
        except Stopped:
            if self.should_stop and self.should_stop():
                self._interrupt(trial, trial.user_attrs.get("tries", 1))
                raise
            if watch.best is None:
                self.study.tell(trial, state=TrialState.FAIL)
            else:  # the time is up: it counts with what it has reached
                self.study.tell(trial, watch.best)
        else:
            self.study.tell(trial, progress.best_ndcg)

    def _interrupt(self, trial: Any, tries: int) -> None:
        """Mark it as failed; its config comes again before any new one."""
        if tries <= MOST_TRIES:
            self.study.enqueue_trial(trial.params, user_attrs={"tries": tries})
        else:  # else the same chance would propose the same again
            self.study.set_user_attr("dropped", self.study.user_attrs.get("dropped", 0) + 1)
        self.study.tell(trial.number, state=TrialState.FAIL)

    def _save(self) -> None:
        """tuned.json only once there is a best trial."""
        history = history_of(self.study)
        save_json(self.out / "history.json", history)
        if self.has_result():
            result = self._result()
            found = {
                "ndcg": result.ndcg,
                "trials": len(history),
                **{name: self.about[name] for name in ("data_sha256", "preset", "seed")},
                "seconds": result.seconds,
            }
            save_config(self.out / "tuned.json", result.config, found)
        self.tell(min(1.0, self.share()), f"Trial {len(history)} has ended", history)

    def _result(self) -> Tuning:
        config = replace(self.config, **self.study.best_params)
        ndcg, history = self.study.best_value, history_of(self.study)
        return Tuning(config, ndcg, history, spent_seconds(self.study))


class Watch:
    """What one trial reaches, epoch by epoch; gives it up when it falls behind or time is up."""

    def __init__(self, trial: optuna.Trial, search: Search) -> None:
        self.trial = trial
        self.search = search
        self.started = time.monotonic()
        self.epochs = 0
        self.best: float | None = None

    def epoch(self, progress: Progress) -> None:
        """Raises TrialPruned, at the same epoch whether or not the trial was interrupted."""
        if len(progress.curve) == self.epochs:
            return
        is_behind = False
        for point in progress.curve[self.epochs :]:
            self.epochs += 1
            self.best = max(self.best or 0.0, point["ndcg"])
            self.trial.report(point["ndcg"], self.epochs)
            if is_behind := self.trial.should_prune():
                break
        self.trial.set_user_attr("epochs", self.epochs)
        self.trial.set_user_attr("seconds", round(time.monotonic() - self.started, 1))
        self._tell(progress)
        if is_behind:
            raise optuna.TrialPruned

    def _tell(self, progress: Progress) -> None:
        history = history_of(self.search.study)
        message = (
            f"Trial {self.trial.number + 1}, epoch {self.epochs} of {progress.planned_epochs}: "
            f"NDCG@10 {self.best or 0.0:.4f}"
        )
        if history and history[-1]["best_so_far"] is not None:
            message += f", best {history[-1]['best_so_far']:.4f}"
        self.search.tell(min(1.0, self.search.share()), message, history)

    def should_stop(self) -> bool:
        """Asked to, or out of time; but the first trial gets the epoch that makes it count."""
        if self.search.should_stop and self.search.should_stop():
            return True
        is_first = not self.search.has_result() and self.best is None
        return not is_first and self.search.budget.share(0) >= 1
