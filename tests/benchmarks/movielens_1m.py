"""MovieLens 1M as sequences without timestamps. It may not be redistributed: BENCH_DATA has it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from recsys.interactions import IdMap, Interactions, item_frame
from tests.benchmarks.record import Missing

FOLDER = "movielens-1m-sequences"
NAMES = ("ml1m_sequences.npz", "movies.dat")
DATA = (
    "MovieLens 1M as sequences in time order, without timestamps: 1,000,209 ratings, "
    "6,040 members, 3,706 titles; every rating counts as a positive"
)


def files() -> tuple[Path, Path]:
    """Missing, with the way out, unless both are there."""
    given = os.environ.get("BENCH_DATA")
    if not given:
        raise Missing(
            f"set BENCH_DATA to the folder that holds {FOLDER}/ with {' and '.join(NAMES)} "
            "(docs/benchmarks.md, Data)"
        )
    sequences, movies = (Path(given) / FOLDER / name for name in NAMES)
    for file in (sequences, movies):
        if not file.is_file():
            raise Missing(
                f"there is no {FOLDER}/{file.name} in the folder that BENCH_DATA names "
                "(docs/benchmarks.md, Data)"
            )
    return sequences, movies


def load() -> tuple[Interactions, pd.DataFrame]:
    """All rows, each user's in order; times are places. Items: those with a row, by id."""
    sequences, movies = files()
    with np.load(sequences) as stored:
        user_ids, offset, item_ids = stored["user"], stored["offset"], stored["item"]
    items = read_movies(movies)
    items = item_frame(items[items["item_id"].isin(item_ids)].reset_index(drop=True))
    known = IdMap([int(item) for item in items["item_id"]])
    users = np.repeat(np.arange(len(user_ids)), np.diff(offset))
    rows = known.known_rows([int(item) for item in item_ids])
    if len(rows) != len(users):
        raise Missing(f"{movies.name} does not name every item of {sequences.name}: take both anew")
    places = np.arange(len(users))
    times = places - offset[users]
    return Interactions(users, rows, times, places, IdMap(user_ids.tolist()), known), items


def read_movies(path: Path) -> pd.DataFrame:
    """item_id, title, genres, year of MovieID::Title (Year)::Genres lines in Latin-1."""
    lines = path.read_text(encoding="latin-1").splitlines()
    frame = pd.DataFrame(
        [line.split("::") for line in lines if line], columns=["item_id", "title", "genres"]
    )
    frame["item_id"] = frame["item_id"].astype(int)
    frame["year"] = frame["title"].str.extract(r"\((\d{4})\)")[0]
    frame["title"] = frame["title"].str.replace(r" \(\d{4}\)", "", regex=True)
    return frame
