"""Interactions learned from per CPU-second of training, in networks of the same shape."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from recsys.checkpoint import Progress
from recsys.contenders import Task
from recsys.content import ContentEncoder
from recsys.interactions import Interactions, sha256_of
from recsys.splitting import leave_one_out
from recsys.threads import limited_threads
from tests.benchmarks import movielens_1m
from tests.benchmarks.contest import run_peer
from tests.benchmarks.ml_1m import SHORT
from tests.benchmarks.record import Bench, Found, cpu_seconds

SEED = 0
STRETCHES = 5
SECONDS = 40  # of CPU, each stretch
EVERY = 5  # of the members are trained on
MANY = 1000  # epochs: the time ends a stretch
CONFIG = replace(SHORT, dropout=0.2, batch_size=32)  # as the peers have it
PEERS = ("rectools-sasrec", "rectools-esasrec")


def measure(bench: Bench, *, stretches: int = STRETCHES, seconds: float = SECONDS) -> Found:
    """Each model in turn, several times; the median and the extremes of its rates."""
    sha256 = sha256_of(*movielens_1m.files())
    interactions, items = movielens_1m.load()
    train, _ = leave_one_out(interactions)
    train = train.take(train.users % EVERY == 0)
    encoded = ContentEncoder.fit(items).encode(items)
    rows = bench.folder / "rows.npz"
    np.savez(rows, users=train.users, items=train.items, n_users=len(train.user_ids))
    rates: dict[str, list[float]] = {name: [] for name in ("ours", *PEERS)}
    for number in range(stretches):
        with limited_threads(1):
            rates["ours"].append(our_rate(train, encoded, seconds))
        for name in PEERS:
            rates[name].append(peer_rate(bench.folder, name, rows, number, seconds))
        bench.save()
    return {
        "data": f"{movielens_1m.DATA}; every {EVERY}th member, without the last rating",
        "data_sha256": sha256,
        "seed": SEED,
        "speed": {name: summary(each, rates["ours"]) for name, each in rates.items()},
    }


def our_rate(train: Interactions, encoded: np.ndarray, seconds: float) -> float:
    """Every row but a member's first is foreseen once an epoch; the first epoch warms up."""
    ends: list[float] = []

    def on_epoch(phase: str, progress: Progress) -> None:
        ends.append(cpu_seconds())
        if len(ends) > 1 and ends[-1] - ends[0] >= seconds:
            progress.planned_epochs = progress.epoch

    Task(config=CONFIG, seed=SEED, on_epoch=on_epoch).fit("speed", train, encoded, epochs=MANY)
    foreseen = len(train) - len(np.unique(train.users))
    return foreseen * (len(ends) - 1) / (ends[-1] - ends[0])


def peer_rate(folder: Path, name: str, rows: Path, number: int, seconds: float) -> float:
    file = folder / f"{name}-{number}.npz"
    run_peer("peers.py", "--model", name, "--rows", rows, "--out", file,
             "--seconds", seconds, "--seed", SEED)  # fmt: skip
    with np.load(file) as stored:
        return float(json.loads(str(stored["facts"]))["interactions_per_cpu_second"])


def summary(rates: list[float], ours: list[float]) -> dict[str, Any]:
    """ours_over: our rate over this one, of the stretches that followed each other."""
    ratios = [mine / theirs for mine, theirs in zip(ours, rates, strict=True)]
    return {
        "interactions_per_cpu_second": [round(rate, 1) for rate in rates],
        "median": round(median(rates), 1),
        "ours_over": {"ratio": median(ratios), "low": min(ratios), "high": max(ratios)},
    }
