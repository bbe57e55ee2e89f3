"""What is searched around a config, and where the trials of a search are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import MedianPruner
from optuna.trial import TrialState
from sqlalchemy.exc import DatabaseError

from recsys.errors import DataError
from recsys.two_tower import TwoTowerConfig

TEMPERATURES = (0.0, 0.03, 0.05, 0.07, 0.1, 0.2)  # 0: inner product
STUDY = "two-tower"
STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
UNPRUNED_TRIALS, UNPRUNED_EPOCHS = 4, 2  # the first of each say too little to give up on a trial
Row = dict[str, Any]  # number, state, ndcg, seconds, epochs, params, best_so_far


def space_around(config: TwoTowerConfig) -> dict[str, BaseDistribution]:
    """What is searched, by field of the config; the config's own values lie within."""
    return {
        # less learns nothing in the epochs there are, more jumps about; steps are ratios
        "learning_rate": FloatDistribution(3e-4, 1e-2, log=True),
        # half to double: a quarter as many weights, or four times the cost of an epoch
        "dim": IntDistribution(config.dim // 2, 2 * config.dim, step=config.dim // 4),
        "blocks": IntDistribution(1, 4),  # histories are short: deeper costs and overfits
        "dropout": FloatDistribution(0.0, 0.5),
        "weight_decay": FloatDistribution(1e-3, 0.3, log=True),
        "temperature": CategoricalDistribution(sorted({*TEMPERATURES, config.temperature})),
        # fewer see too little of the catalog, more cost time for a gradient that is the same
        "negatives": IntDistribution(config.negatives // 4, 4 * config.negatives, log=True),
    }


@contextmanager
def opened_study(path: Path, about: dict[str, Any]) -> Iterator[optuna.Study]:
    """SQLite: what was told is kept whatever happens to the process."""
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        storage = optuna.storages.RDBStorage(f"sqlite:///{path}")
    except DatabaseError as error:
        raise DataError(f"{path}: is not the database of a search") from error
    try:
        study = optuna.create_study(
            storage=storage,
            study_name=STUDY,
            direction="maximize",
            load_if_exists=True,
            pruner=MedianPruner(n_startup_trials=UNPRUNED_TRIALS, n_warmup_steps=UNPRUNED_EPOCHS),
        )
        held = study.user_attrs.get("about", about)
        if differing := [name for name in about if held.get(name) != about[name]]:
            raise DataError(
                f"{path.parent}: holds a search with another {', '.join(differing)}; "
                "choose another folder"
            )
        study.set_user_attr("about", about)
        yield study
    finally:
        storage.engine.dispose()


def history_of(study: optuna.Study) -> list[Row]:
    """A row per trial that has ended, in order; best_so_far is None before the first result."""
    rows: list[Row] = []
    best: float | None = None
    for trial in study.get_trials(deepcopy=False, states=tuple(STATES)):
        ndcg = max(trial.intermediate_values.values(), default=None)
        if trial.state == TrialState.COMPLETE and trial.value is not None:
            ndcg = trial.value
            best = ndcg if best is None else max(best, ndcg)
        rows.append(
            {
                "number": trial.number + 1,
                "state": STATES[trial.state],
                "ndcg": ndcg,
                "seconds": trial.user_attrs.get("seconds", 0.0),
                "epochs": trial.user_attrs.get("epochs", 0),
                "params": trial.params,
                "best_so_far": best,
            }
        )
    return rows


def spent_seconds(study: optuna.Study) -> float:
    return round(sum(each.user_attrs.get("seconds", 0.0) for each in study.trials), 1)
