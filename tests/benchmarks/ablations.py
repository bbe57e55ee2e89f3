"""One choice of the two-tower model changed at a time, each after the same CPU-seconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recsys import fit, sampling, two_tower
from recsys.bootstrap import PerUser, interval, paired
from recsys.checkpoint import Progress
from recsys.contenders import Task
from recsys.content import ContentEncoder
from recsys.fit import tower_scores
from recsys.gru4rec import Gru4Rec
from recsys.interactions import Interactions, sha256_of
from recsys.splitting import leave_one_out
from recsys.threads import limited_threads
from recsys.trial import LIST_LENGTH, Trial
from recsys.two_tower import Block, TwoTower, TwoTowerConfig
from tests.benchmarks import movielens_1m
from tests.benchmarks.comparison import ndcg_of, shares_of
from tests.benchmarks.ml_1m import SHORT
from tests.benchmarks.record import Bench, Found, cpu_seconds, write_whole

SEED = 0
BUDGET = 600  # CPU-seconds for each
SAMPLE = 10  # every so many members are enough to time an epoch
WIDE_OPEN = 1e4  # what a gate says that lets all in
FULL = "full"
Encoded = NDArray[np.float32]


class _Open(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.full_like(x, WIDE_OPEN)


class Ungated(Block):
    """Plain residuals."""

    def __init__(self, config: TwoTowerConfig) -> None:
        super().__init__(config)
        self.attention_gate = _Open()  # type: ignore[assignment]
        self.feed_gate = _Open()  # type: ignore[assignment]


def random_vectors(train: Interactions, dim: int, *, seed: int) -> Encoded:
    """As an embedding begins that knows nothing."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, dim**-0.5, (len(train.item_ids), dim)).astype(np.float32)


@dataclass(frozen=True)
class Variant:
    """The full model with one change; instead: of a part that no setting changes."""

    name: str
    config: TwoTowerConfig = SHORT
    build: type[TwoTower] = TwoTower
    reads_content: bool = True
    instead: Callable[[], AbstractContextManager[Any]] = nullcontext


VARIANTS = (
    Variant(FULL),
    Variant("plain residuals", instead=partial(patch.object, two_tower, "Block", Ungated)),
    Variant("a GRU for the blocks", build=Gru4Rec),
    Variant("ids start at random",
            instead=partial(patch.object, fit, "spectral_vectors", random_vectors)),
    Variant("no content of titles", reads_content=False),
    Variant("negatives all uniform", instead=partial(patch.object, sampling, "UNIFORM_SHARE", 1.0)),
    Variant("negatives all popular", instead=partial(patch.object, sampling, "UNIFORM_SHARE", 0.0)),
    Variant("64 negatives", replace(SHORT, negatives=64)),
    Variant("1024 negatives", replace(SHORT, negatives=1024)),
    Variant("cosine, temperature 0.05", replace(SHORT, temperature=0.05)),
    Variant("3 blocks", replace(SHORT, blocks=3)),
    Variant("128 wide", replace(SHORT, dim=128)),
)  # fmt: skip


def measure(
    bench: Bench, *, variants: tuple[Variant, ...] = VARIANTS, budget: float = BUDGET
) -> Found:
    sha256 = sha256_of(*movielens_1m.files())
    interactions, items = movielens_1m.load()
    known, _ = leave_one_out(interactions)  # the last row of a member is never looked at
    train, held = leave_one_out(known)
    trial = Trial.of(train, held)
    found, ndcg = {}, {}
    with limited_threads(1):
        for variant in variants:
            found[variant.name], ndcg[variant.name] = measure_one(
                bench, variant, train, items, trial, budget, sha256
            )
    shares = shares_of(len(trial.users), SEED)
    for name, values in ndcg.items():
        found[name]["ndcg"] = interval(values, shares)
        found[name]["to_full"] = paired(values, ndcg[FULL], shares)
    return {
        "data": f"{movielens_1m.DATA}; the last rating but one held back, the last not used",
        "data_sha256": sha256,
        "seed": SEED,
        "budget": budget,
        "variants": found,
    }


def measure_one(
    bench: Bench,
    variant: Variant,
    train: Interactions,
    items: pd.DataFrame,
    trial: Trial,
    budget: float,
    sha256: str,
) -> tuple[dict[str, Any], PerUser]:
    folder = bench.folder / variant.name.replace(" ", "-")
    folder.mkdir(exist_ok=True)
    done, plan = folder / "done.npz", folder / "plan.json"
    encoded = ContentEncoder.fit(items).encode(items) * np.float32(variant.reads_content)
    if not done.exists():
        bench.pause_before(1.2 * budget)
        with variant.instead(), bench.step(variant.name):
            if not plan.exists():
                epochs = max(1, int(budget / seconds_of_epoch(variant, train, encoded)))
                write_whole(plan, json.dumps({"epochs": epochs}))
                bench.save()
                bench.spent.steps[variant.name] = 0.0  # the fit itself begins here
            epochs = json.loads(plan.read_text())["epochs"]
            task = Task(config=replace(variant.config, epochs=epochs), seed=SEED,
                        checkpoint_dir=folder, fingerprint=sha256,
                        on_epoch=lambda phase, progress: bench.save())  # fmt: skip
            fitted = task.fit("fit", train, encoded, epochs=epochs, build=variant.build)
            bench.save()
            cpu = bench.spent.steps[variant.name]
            lists = trial.lists(partial(tower_scores, fitted.model), LIST_LENGTH)
        values = ndcg_of(lists, trial.relevant)
        np.savez(done, ndcg=values, epochs=epochs, cpu=cpu)
    with np.load(done) as stored:
        facts = {"epochs": int(stored["epochs"]), "fit_cpu_seconds": round(float(stored["cpu"]), 1)}
        return facts, stored["ndcg"]


def seconds_of_epoch(variant: Variant, train: Interactions, encoded: Encoded) -> float:
    """CPU-seconds, from the second epoch on some of the members; the first warms up."""
    some = train.take(train.users % SAMPLE == 0)
    ends: list[float] = []

    def on_epoch(phase: str, progress: Progress) -> None:
        ends.append(cpu_seconds())

    task = Task(config=variant.config, seed=SEED, on_epoch=on_epoch)
    task.fit("time", some, encoded, epochs=2, build=variant.build)
    return (ends[1] - ends[0]) * len(train) / len(some)
