"""Library against library for one user of MovieLens 1M: the larger the data, the dearer a peer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.interactions import Interactions, sha256_of
from recsys.train import train
from tests.benchmarks import movielens_1m
from tests.benchmarks.contest import make_peers_environment
from tests.benchmarks.ml_1m import SHORT as SHAPE
from tests.benchmarks.one_user import Row, beside_rectools, one_user_figure
from tests.benchmarks.record import Bench, Found, is_smoke

SEED = 0


@dataclass(frozen=True)
class Effort:
    members: int | None = None  # everybody
    rounds: int = 9


SHORT = Effort(members=100, rounds=2)


def prepare() -> None:
    make_peers_environment()
    movielens_1m.files()


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    interactions, items = movielens_1m.load()
    rows = rows_of(interactions, effort.members)
    artifact = trained(bench, rows, items)
    with bench.step("one user"):
        one_user = beside_rectools(bench, artifact, rows, rounds=effort.rounds)
    return {
        "data": movielens_1m.DATA,
        "data_sha256": sha256_of(*movielens_1m.files()),
        "seed": SEED,
        "one_user": one_user,
        "figures": [one_user_figure(one_user, among="members of MovieLens 1M")],
    }


def rows_of(interactions: Interactions, members: int | None) -> list[Row]:
    """Of the first so many members, each a full like; times are places."""
    ids = np.array(interactions.item_ids.ids)[interactions.items]
    some = interactions.users < (members or len(interactions.user_ids))
    columns = (interactions.users[some], ids[some], interactions.times[some])
    return [
        (user, item, at, 1.0, "")
        for user, item, at in zip(*(column.tolist() for column in columns), strict=True)
    ]


def trained(bench: Bench, rows: list[Row], items: pd.DataFrame) -> Path:
    """An artifact with all sources; one epoch, as what the network learns costs no time here."""
    artifact = bench.folder / "artifact"
    if artifact.exists():
        return artifact
    files = (bench.folder / "interactions.csv", bench.folder / "items.csv")
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp", "weight", "kind"])
    frame[["user_id", "item_id", "timestamp"]].to_csv(files[0], index=False)
    items.to_csv(files[1], index=False)
    with bench.step("training"):
        train(*files, artifact, config=replace(SHAPE, epochs=1), seed=SEED, refit=False)
    return artifact
