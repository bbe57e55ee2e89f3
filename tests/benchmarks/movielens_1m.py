"""MovieLens 1M as sequences without timestamps. It may not be redistributed: BENCH_DATA has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from recsys.ids import IdMap
from recsys.interactions import Interactions, item_frame
from tests.benchmarks.record import Missing, given_file

FOLDER = "movielens-1m-sequences"
NAMES = ("ml1m_sequences.npz", "movies.dat")
AGES = {
    "1": "under 18",
    "18": "18-24",
    "25": "25-34",
    "35": "35-44",
    "45": "45-49",
    "50": "50-55",
    "56": "56 and over",
}  # as its README codes them
DATA = (
    "MovieLens 1M as sequences in time order, without timestamps: 1,000,209 ratings, "
    "6,040 members, 3,706 titles; every rating counts as a positive"
)


def files() -> tuple[Path, Path]:
    """Missing, with the way out, unless both are there."""
    sequences, movies = (given_file(f"{FOLDER}/{name}") for name in NAMES)
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


def groups_file() -> Path:
    return given_file(f"{FOLDER}/users.dat")


def groups() -> pd.DataFrame:
    """Text columns gender and age by user id, as the members said."""
    lines = groups_file().read_text(encoding="latin-1").splitlines()
    frame = pd.DataFrame([line.split("::")[:3] for line in lines if line])
    frame.columns = pd.Index(["user_id", "gender", "age"])
    frame["gender"] = frame["gender"].map({"F": "women", "M": "men"})
    frame["age"] = frame["age"].map(AGES)
    return frame.set_index("user_id")


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
