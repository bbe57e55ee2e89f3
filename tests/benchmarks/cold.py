"""Titles that nobody had in training, and members of whom little is known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from recsys.contenders import Task
from recsys.interactions import Interactions, sha256_of
from recsys.threads import limited_threads
from recsys.two_tower import PRESETS
from tests.benchmarks import movielens_2016
from tests.benchmarks.cold_members import FOLDS, cold_members
from tests.benchmarks.cold_titles import cold_titles
from tests.benchmarks.record import ROOT, Bench, Found

SEED = 0
FACTS = ROOT / "fixtures" / "films" / "films.csv"


def measure(bench: Bench, *, preset: str = "small", folds: int = FOLDS) -> Found:
    interactions, items = load(bench.folder)
    task = Task(
        config=PRESETS[preset],
        seed=SEED,
        fingerprint=sha256_of(*movielens_2016.FILES, FACTS),
        on_epoch=lambda phase, progress: bench.save(),
    )
    with limited_threads(1):
        titles = cold_titles(bench, interactions, items, task)
        members = cold_members(bench, interactions, items, task, folds)
    return {
        "data": f"{movielens_2016.DATA}; with the film facts that ship",
        "data_sha256": task.fingerprint,
        "seed": SEED,
        "cold_titles": titles,
        "cold_members": members,
    }


def load(folder: Path) -> tuple[Interactions, pd.DataFrame]:
    """With the people and the synopsis of the films that have them, as the product trains."""
    interactions, items = movielens_2016.load(folder)
    facts = pd.read_csv(FACTS, dtype=str, keep_default_na=False).set_index("movie_id")
    known = items["item_id"].map(str)
    people = facts["directors"].str.cat(facts["actors"], sep="|").str.strip("|")
    items["people"] = known.map(people).fillna("")
    items["description"] = known.map(facts["synopsis"]).fillna("")
    return interactions, items
