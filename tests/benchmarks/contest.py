"""Ours on MovieLens 1M after so many CPU-seconds of training, beside peers after as many."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys.baselines import Ease, popularity
from recsys.checkpoint import Progress
from recsys.contenders import Choices, Model, Task, constant, fit_model
from recsys.content import ContentEncoder
from recsys.fit import tower_scores
from recsys.interactions import Interactions, Rows, sha256_of
from recsys.splitting import leave_one_out
from recsys.threads import limited_threads
from recsys.trial import LIST_LENGTH, Scorer, Trial, of_liked
from recsys.two_tower import TwoTowerConfig
from tests.benchmarks import leaks, movielens_1m
from tests.benchmarks.comparison import report_of
from tests.benchmarks.record import ROOT, Bench, Found, Missing, write_whole

SEED = 0
OUR_FIT = "our fit"
OURS = ("blend", "two-tower", "sequential-rules")  # each over what comes after it
PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"


@dataclass(frozen=True)
class Contest:
    """What one row gives everybody to train with."""

    budget: float  # CPU-seconds of training, for each side
    config: TwoTowerConfig
    choices: Choices  # of the last row but one of each member, not of the test
    peers: tuple[str, ...] = ()
    looks_for_leaks: bool = False


def prepare(*, with_peers: bool) -> None:
    movielens_1m.files()
    if with_peers:
        make_peers_environment()


def make_peers_environment() -> None:
    made = subprocess.run(["make", "--no-print-directory", ".venv-bench/made"], cwd=ROOT)
    if made.returncode:
        raise Missing("the peers' environment could not be made: see above, then run this again")


def measure(bench: Bench, contest: Contest) -> Found:
    sha256 = sha256_of(*movielens_1m.files())
    interactions, items = movielens_1m.load()
    train, held = leave_one_out(interactions)
    trial = Trial.of(train, held)
    with limited_threads(1):
        lists, found = our_part(bench, contest, train, items, trial, sha256)
    facts = {"ours": found.pop("training")}
    rows = bench.folder / "rows.npz"
    np.savez(rows, users=train.users, items=train.items, n_users=len(train.user_ids))
    for name in contest.peers:
        ranked, facts[name] = peer_lists(bench, name, rows, contest.budget)
        lists[name] = ranked[trial.users]
    n_items = len(train.item_ids)
    report = report_of(lists, trial.relevant, n_items, ours=OURS, split="leave-one-out", seed=SEED)
    return {
        "data": movielens_1m.DATA,
        "data_sha256": sha256,
        "seed": SEED,
        "training": facts,
        "report": report,
        **found,
    }


def our_part(
    bench: Bench,
    contest: Contest,
    train: Interactions,
    items: pd.DataFrame,
    trial: Trial,
    sha256: str,
) -> tuple[dict[str, Rows], dict[str, Any]]:
    """Everybody's ten (U, 10) by each of our models, and facts; kept for a resumed row."""
    lists_file, facts_file = bench.folder / "ours.npz", bench.folder / "ours.json"
    if not facts_file.exists():
        with bench.step(OUR_FIT):
            model, ease = fit_ours(bench, contest, train, items, sha256)
        cpu = round(bench.spent.steps[OUR_FIT], 1)
        facts: dict[str, Any] = {
            "training": {"fit_cpu_seconds": cpu, "epochs": model.fitted.progress.epoch}
        }
        with bench.step("our lists"):
            made = scorers_of(model, ease)
            lists = {name: trial.lists(scorer, LIST_LENGTH) for name, scorer in made.items()}
            if contest.looks_for_leaks:
                facts["checks"] = leaks.look_for_leaks(model, trial, lists, seed=SEED)
        np.savez(lists_file, allow_pickle=False, **lists)
        write_whole(facts_file, json.dumps(facts))
    with np.load(lists_file) as stored:
        return dict(stored), json.loads(facts_file.read_text())


def scorers_of(model: Model, ease: Ease) -> dict[str, Scorer]:
    return {
        "blend": model.scores,
        "two-tower": partial(tower_scores, model.fitted.model),
        "sequential-rules": of_liked(model.sources.rules.scores),
        "ease": of_liked(ease.scores),
        "popularity": of_liked(constant(popularity(model.train.positives()))),
    }


def fit_ours(
    bench: Bench, contest: Contest, train: Interactions, items: pd.DataFrame, sha256: str
) -> tuple[Model, Ease]:
    """All that the blend needs; every second of it is within the budget."""
    task = Task(
        config=contest.config,
        seed=SEED,
        checkpoint_dir=bench.folder,
        fingerprint=sha256,
        on_epoch=within(bench, contest.budget),
    )
    encoded = ContentEncoder.fit(items).encode(items)
    ease = Ease(train.positives(), regularisation=contest.choices.ease_regularisation)
    return fit_model("tower", train, encoded, task, contest.choices, ease=ease), ease


def within(bench: Bench, budget: float) -> Callable[[str, Progress], None]:
    """Meters every epoch; the last is the one after which no other fits into the budget."""

    def on_epoch(phase: str, progress: Progress) -> None:
        bench.save()
        each = bench.spent.steps[OUR_FIT] / progress.epoch
        if bench.spent.steps[OUR_FIT] + each > budget:
            progress.planned_epochs = progress.epoch
        if progress.epoch < progress.planned_epochs:
            bench.pause_before(2 * each)

    return on_epoch


def peer_lists(bench: Bench, name: str, rows: Path, budget: float) -> tuple[Rows, dict[str, Any]]:
    """All users' lists, those of a user row at that row, and what the training took."""
    file = bench.folder / f"{name}.npz"
    if not file.exists():
        bench.pause_before(1.5 * budget)
        with bench.step(name):
            run_peer("peers.py", "--model", name, "--rows", rows, "--out", file,
                     "--seconds", budget, "--seed", SEED)  # fmt: skip
    with np.load(file) as stored:
        return stored["ranked"], json.loads(str(stored["facts"]))


def run_peer(script: str, *arguments: object) -> None:
    """In the peers' environment, isolated: nothing of ours on its path."""
    command = [PEERS_PYTHON, "-IW", "ignore", Path(__file__).with_name(script), *arguments]
    if subprocess.run([str(part) for part in command]).returncode:
        raise Missing(f"{script} failed: see above")
