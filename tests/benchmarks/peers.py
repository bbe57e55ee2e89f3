"""Trains one model of RecTools for so many CPU-seconds and writes everybody's list of ten.

Runs in an environment of its own (requirements-bench.txt) and imports nothing of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
STARTED_BY = os.getppid()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import torch  # noqa: E402
from pytorch_lightning import Callback, Trainer, seed_everything  # noqa: E402
from rectools import Columns  # noqa: E402
from rectools.dataset import Dataset  # noqa: E402
from rectools.models import SASRecModel  # noqa: E402
from rectools.models.nn.transformers.ligr import LiGRLayers  # noqa: E402

LIST_LENGTH = 10
NOTHING = -1
WARM_UP = 5  # batches
MANY = 10_000  # epochs: the budget stops the training
SHAPE = {"n_factors": 64, "n_blocks": 2, "n_heads": 2, "session_max_len": 100, "dropout_rate": 0.2}
MODELS: dict[str, dict[str, Any]] = {
    "rectools-esasrec": {
        "transformer_layers_type": LiGRLayers,
        "loss": "sampled_softmax",
        "n_negatives": 64,
    },
    "rectools-sasrec": {"loss": "softmax"},
}
PACKAGES = ("torch", "rectools", "pytorch-lightning", "numpy", "pandas", "implicit")


class Budget(Callback):
    """Stops after the batch in which the CPU-seconds are used up, or the row was killed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.started = 0.0
        self.used = 0.0
        self.batches = 0
        self.epochs = 0.0
        self.seen = 0  # interactions that were foreseen
        self.warm: tuple[float, int] | None = None  # seconds and interactions of the first batches

    def on_train_start(self, trainer: Trainer, module: Any) -> None:
        self.started = time.process_time()

    def on_train_batch_end(
        self,
        trainer: Trainer,
        module: Any,
        outputs: Any,
        batch: dict[str, torch.Tensor],
        number: int,
    ) -> None:
        self.batches += 1
        self.used = time.process_time() - self.started
        self.seen += int((batch["y"] != 0).sum())
        if self.batches == WARM_UP:
            self.warm = self.used, self.seen
        self.epochs = self.batches / trainer.num_training_batches
        if os.getppid() != STARTED_BY:
            sys.exit("the row that this training is for has ended")
        if self.used >= self.seconds:
            trainer.should_stop = True

    def __deepcopy__(self, memo: dict[int, Any]) -> Budget:
        """RecTools trains with a copy of the trainer: it shares this one, to be read afterwards."""
        return self


def main() -> None:
    options = parse()
    torch.set_num_threads(1)
    seed_everything(options.seed)
    with np.load(options.rows) as stored:
        users, items = stored["users"], stored["items"]
        n_users = int(stored["n_users"])
    dataset = dataset_of(users, items)
    budget = Budget(options.seconds)
    model = model_of(options.model, budget)
    model.fit(dataset)
    listed = model.recommend(
        users=np.unique(users), dataset=dataset, k=LIST_LENGTH, filter_viewed=True
    )
    ranked = np.full((n_users, LIST_LENGTH), NOTHING, dtype=np.int64)
    ranked[listed[Columns.User], listed[Columns.Rank] - 1] = listed[Columns.Item]
    part = options.out.with_name(f".{options.out.name}")
    np.savez(part, ranked=ranked, facts=json.dumps(facts_of(budget)))
    os.replace(part, options.out)  # there whole or not at all


def model_of(name: str, budget: Budget) -> SASRecModel:
    def trainer() -> Trainer:
        return Trainer(
            max_epochs=MANY,
            callbacks=[budget],
            enable_checkpointing=False,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            accelerator="cpu",
            devices=1,
        )

    return SASRecModel(
        **SHAPE,
        **MODELS[name],
        lr=0.003,
        batch_size=32,
        epochs=MANY,
        get_trainer_func=trainer,
        recommend_torch_device="cpu",
    )


def facts_of(budget: Budget) -> dict[str, Any]:
    used, seen = budget.warm or (0.0, 0)
    return {
        "interactions_per_cpu_second": (budget.seen - seen) / (budget.used - used),
        "fit_cpu_seconds": round(budget.used, 1),
        "epochs": round(budget.epochs, 2),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in PACKAGES}},
    }


def dataset_of(users: np.ndarray, items: np.ndarray) -> Dataset:
    """Each user's rows in order; the time is only the place in that order."""
    frame = pd.DataFrame(
        {
            Columns.User: users,
            Columns.Item: items,
            Columns.Weight: 1.0,
            Columns.Datetime: pd.to_datetime(np.arange(len(users)), unit="s"),
        }
    )
    return Dataset.construct(frame)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--rows", type=Path, required=True, help=".npz of users, items, n_users")
    parser.add_argument("--out", type=Path, required=True, help=".npz of ranked (U, 10) and facts")
    parser.add_argument("--seconds", type=float, required=True, help="of CPU time to train for")
    parser.add_argument("--seed", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
