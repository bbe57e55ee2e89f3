"""What it is worth that attention knows how long ago each item was, and when the list is wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from recsys.bootstrap import interval, paired
from recsys.choosing import choose
from recsys.contenders import Task, scorers
from recsys.content import ContentEncoder
from recsys.interactions import Interactions, Rows, sha256_of
from recsys.splitting import SplitName, split
from recsys.threads import limited_threads
from recsys.trial import LIST_LENGTH, ModelName, Trial
from recsys.two_tower import PRESETS
from tests.benchmarks.comparison import ndcg_of, shares_of
from tests.benchmarks.movielens_2016 import DATA, FILES, load
from tests.benchmarks.record import Bench, Found

SEED = 0
SPLITS: tuple[SplitName, ...] = ("member-time", "leave-one-out")
COMPARED: tuple[ModelName, ...] = ("blend", "two-tower")


def measure(bench: Bench) -> Found:
    interactions, items = load(bench.folder)
    sha256 = sha256_of(*FILES)
    with limited_threads(1):
        found = {name: with_and_without(bench, interactions, items, name) for name in SPLITS}
    return {"data": DATA, "data_sha256": sha256, "seed": SEED, "timed": found}


def with_and_without(
    bench: Bench, interactions: Interactions, items: pd.DataFrame, split_name: SplitName
) -> dict[str, Any]:
    """Per model the NDCG without times and with them, and their ratio, paired."""
    train, held = split(interactions, split_name)
    trial = Trial.of(train, held)
    shares = shares_of(len(trial.users), SEED)
    plain, timed = (
        {
            name: ndcg_of(ranked, trial.relevant)
            for name, ranked in lists_of(bench, train, items, trial, split_name, timed).items()
        }
        for timed in (False, True)
    )
    return {
        name: {
            "without": interval(plain[name], shares),
            "with": interval(timed[name], shares),
            "ratio": paired(timed[name], plain[name], shares),
        }
        for name in COMPARED
    }


def lists_of(
    bench: Bench,
    train: Interactions,
    items: pd.DataFrame,
    trial: Trial,
    split_name: SplitName,
    timed: bool,
) -> dict[str, Rows]:
    """Everybody's ten (U, 10) by each model; kept, so that a resumed row has them."""
    file = bench.folder / f"{split_name}-{'timed' if timed else 'plain'}.npz"
    if not file.exists():
        task = Task(
            config=replace(PRESETS["small"], time_bias=timed),
            seed=SEED,
            checkpoint_dir=bench.folder / file.stem,
            fingerprint=file.stem,
            on_epoch=lambda phase, progress: bench.save(),
        )
        encoded = ContentEncoder.fit(items).encode(items)
        with bench.step(file.stem):
            choices = choose(train, encoded, task, COMPARED, split_name)
            made, _ = scorers(COMPARED, train, encoded, task, choices)
            lists = {name: trial.lists(scorer, LIST_LENGTH) for name, scorer in made.items()}
        np.savez(file, allow_pickle=False, **lists)
    with np.load(file) as stored:
        return dict(stored)
