"""The demo data, through the same function that every training run is measured by."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from recsys.contenders import Task
from recsys.evaluate import evaluate
from recsys.interactions import Interactions, load_dataset, sha256_of
from recsys.splitting import SplitName
from recsys.threads import limited_threads
from recsys.trial import MODELS
from recsys.two_tower import PRESETS
from tests.benchmarks.record import ROOT, Bench, Found

FILES = (
    ROOT / "fixtures" / "movielens" / "ratings.csv.gz",
    ROOT / "fixtures" / "movielens" / "movies.csv",
)
SEED = 0
DATA = (
    "MovieLens 2016: 100,004 ratings, 671 members, 9,066 titles; every rating counts as a positive"
)


def measure(bench: Bench, split_name: SplitName) -> Found:
    interactions, items = load(bench.folder)
    sha256 = sha256_of(*FILES)
    task = Task(
        config=PRESETS["small"],
        seed=SEED,
        checkpoint_dir=bench.folder,
        fingerprint=f"{sha256}:{split_name}:{SEED}",
        on_epoch=lambda phase, progress: bench.save(),
    )
    with limited_threads(1):
        report, _, _ = evaluate(
            interactions, items, task, split_name=split_name, models=MODELS, data_sha256=sha256
        )
    return {"data": DATA, "data_sha256": sha256, "seed": SEED, "report": report}


def load(folder: Path) -> tuple[Interactions, pd.DataFrame]:
    """By the library's own reader, from copies in the folder with the columns it wants."""
    copies = (folder / "interactions.csv", folder / "items.csv")
    for frame, copy in zip(frames(), copies, strict=True):
        frame.to_csv(copy, index=False)
    return load_dataset(*copies)


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratings and films as they ship, in text, with the columns that the reader wants."""
    names = {"userId": "user_id", "movieId": "item_id"}
    ratings, films = (pd.read_csv(file, dtype=str, keep_default_na=False) for file in FILES)
    return ratings.rename(columns=names), films.rename(columns=names)
