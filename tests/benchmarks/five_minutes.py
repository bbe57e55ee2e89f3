"""After five CPU-minutes of training each: ours against RecTools on MovieLens 1M."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys import metrics
from recsys.baselines import Ease, popularity
from recsys.contenders import NEIGHBOURS, Choices, Model, Sources, Task, constant, fit_rules
from recsys.content import ContentEncoder
from recsys.evaluate import RESAMPLES, paired
from recsys.fit import tower_scores
from recsys.interactions import Interactions, Rows, sha256_of
from recsys.pipeline import Blend
from recsys.splitting import leave_one_out
from recsys.threads import limited_threads
from recsys.trial import LIST_LENGTH, Scorer, Trial
from recsys.two_tower import TwoTowerConfig
from tests.benchmarks import movielens_1m
from tests.benchmarks.record import ROOT, Bench, Found, Missing

BUDGET = 300  # CPU-seconds of training
SEED = 0
OUR_FIT = "our fit"
OURS = ("blend", "two-tower", "sequential-rules")  # each over what comes after it
PEERS = ("rectools-esasrec", "rectools-sasrec")
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
CONFIG = TwoTowerConfig(
    dim=64,
    length=100,
    blocks=2,
    heads=2,
    dropout=0.2,
    id_dropout=0.0,  # no cold titles in this question
    negatives=256,
    batch_size=64,
    learning_rate=0.003,
    weight_decay=0.01,
    epochs=10,  # what fits into the budget, with the two other sources
)
# Chosen on the last row but one of each member, with that and the last held back; not on the test.
CHOICES = Choices(
    epochs=CONFIG.epochs,
    blend=Blend(tower=0.7, neighbours=0.1, followers=0.2, fade=0.8),
    ease_regularisation=500.0,
    rule_reach=0.8,
    rule_fade=0.8,
)


def prepare() -> None:
    movielens_1m.files()
    made = subprocess.run(["make", "--no-print-directory", ".venv-bench/made"], cwd=ROOT)
    if made.returncode:
        raise Missing("the peers' environment could not be made: see above, then run this again")


def measure(bench: Bench) -> Found:
    sha256 = sha256_of(*movielens_1m.files())
    interactions, items = movielens_1m.load()
    train, held = leave_one_out(interactions)
    trial = Trial.of(train, held)
    with limited_threads(1):
        lists = our_lists(bench, train, items, trial, sha256)
    our_cpu = round(bench.spent.steps[OUR_FIT], 1)
    facts: dict[str, Any] = {"ours": {"fit_cpu_seconds": our_cpu, "epochs": CONFIG.epochs}}
    rows = bench.folder / "rows.npz"
    np.savez(rows, users=train.users, items=train.items, n_users=len(train.user_ids))
    for name in PEERS:
        ranked, facts[name] = peer_lists(bench, name, rows)
        lists[name] = ranked[trial.users]
    return {
        "data": movielens_1m.DATA,
        "data_sha256": sha256,
        "seed": SEED,
        "training": facts,
        "report": report_of(lists, trial, len(train.item_ids)),
    }


def our_lists(
    bench: Bench, train: Interactions, items: pd.DataFrame, trial: Trial, sha256: str
) -> dict[str, Rows]:
    """Everybody's ten (U, 10) by each of our models; kept, so that a resumed row has them."""
    file = bench.folder / "ours.npz"
    if not file.exists():
        with bench.step(OUR_FIT):
            model, ease = fit_ours(bench, train, items, sha256)
        with bench.step("our lists"):
            made: dict[str, Scorer] = {
                "blend": model.scores,
                "two-tower": partial(tower_scores, model.fitted.model),
                "sequential-rules": model.sources.rules.scores,
                "ease": ease.scores,
                "popularity": constant(model.sources.popular),
            }
            lists = {name: trial.lists(scorer, LIST_LENGTH) for name, scorer in made.items()}
            np.savez(file, allow_pickle=False, **lists)
    with np.load(file) as stored:
        return dict(stored)


def fit_ours(
    bench: Bench, train: Interactions, items: pd.DataFrame, sha256: str
) -> tuple[Model, Ease]:
    """All that the blend needs; every second of it is within the budget."""
    task = Task(
        config=CONFIG,
        seed=SEED,
        checkpoint_dir=bench.folder,
        fingerprint=sha256,
        on_epoch=lambda phase, progress: bench.save(),
    )
    encoded = ContentEncoder.fit(items).encode(items)
    fitted = task.fit("tower", train, encoded, epochs=CHOICES.epochs)
    ease = Ease(train, regularisation=CHOICES.ease_regularisation)
    sources = Sources(ease.neighbours(NEIGHBOURS), fit_rules(train, CHOICES), popularity(train))
    return Model(fitted, sources, CHOICES, train, encoded), ease


def peer_lists(bench: Bench, name: str, rows: Path) -> tuple[Rows, dict[str, Any]]:
    """All users' lists, those of a user row at that row, and what the training took."""
    file = bench.folder / f"{name}.npz"
    if not file.exists():
        script = Path(__file__).with_name("peers.py")
        # isolated: nothing of ours on its path
        command: list[str | Path] = [PEERS_PYTHON, "-IW", "ignore", script, "--model", name]
        command += ["--rows", rows, "--out", file]
        with bench.step(name):
            done = subprocess.run([*command, "--seconds", str(BUDGET), "--seed", str(SEED)])
        if done.returncode:
            raise Missing(f"{name} could not be trained: see above")
    with np.load(file) as stored:
        return stored["ranked"], json.loads(str(stored["facts"]))


def report_of(lists: dict[str, Rows], trial: Trial, n_items: int) -> dict[str, Any]:
    """Every model by the same scorer; ours over each peer with the same members drawn for both."""
    n_users = len(trial.users)
    draws = np.random.default_rng(SEED).multinomial(
        n_users, np.full(n_users, 1 / n_users), size=RESAMPLES
    )
    shares = draws / n_users
    scored = {name: score(ranked, trial.relevant) for name, ranked in lists.items()}
    return {
        "split": "leave-one-out",
        "k": LIST_LENGTH,
        "n_users": n_users,
        "models": {
            name: {metric: interval(values, shares) for metric, values in of.items()}
            | {"coverage": len(np.unique(lists[name])) / n_items}
            for name, of in scored.items()
        },
        "paired": [
            {"a": a, "b": b, "metric": metric, **paired(scored[a][metric], values, shares)}
            for a in OURS
            for b in scored
            if b not in OURS[: OURS.index(a) + 1]
            for metric, values in scored[b].items()
        ],
    }


def score(ranked: Rows, relevant: list[Rows]) -> dict[str, NDArray[np.float64]]:
    """One value per user. ranked: (U, K)"""
    hits = metrics.find_hits(ranked, relevant)
    n_relevant = np.array([len(rows) for rows in relevant])
    return {"ndcg": metrics.ndcg(hits, n_relevant), "hit_rate": metrics.hit_rate(hits)}


def interval(values: NDArray[np.float64], shares: NDArray[np.float64]) -> dict[str, float]:
    """Mean with its 95 % bootstrap interval. values: (U,); shares: (R, U)"""
    low, high = np.quantile(shares @ values, (0.025, 0.975))
    return {"value": float(values.mean()), "low": float(low), "high": float(high)}
