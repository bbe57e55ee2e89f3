"""Small made-up data: two camps of people, each fond of the films of one genre."""

from pathlib import Path

import numpy as np
import pandas as pd

from recsys.ids import IdMap
from recsys.interactions import Interactions

GENRES = ("Horror", "Romance")
PER_GENRE = 12
FIRST_ID = 100  # ids are not rows


def make_items(*, n_cold: int = 1) -> pd.DataFrame:
    """PER_GENRE films of each genre, then n_cold of each that nobody has seen."""
    rows = []
    for number in range(2 * (PER_GENRE + n_cold)):
        warm = number < 2 * PER_GENRE
        genre = GENRES[number // PER_GENRE if warm else (number - 2 * PER_GENRE) // n_cold]
        rows.append(
            {
                "item_id": str(FIRST_ID + number),
                "title": f"{genre} night {number}",
                "genres": genre,
                "year": "1990" if genre == "Horror" else "2005",
                "description": "",
                "people": f"{genre} Star",
                "kind": "film",
            }
        )
    return pd.DataFrame(rows)


def make_interactions(*, n_users: int = 40, length: int = 7, seed: int = 0) -> pd.DataFrame:
    """User u is of camp u % 2 and walks through that genre's films in order from a random start."""
    rng = np.random.default_rng(seed)
    rows = []
    for user in range(n_users):
        start = int(rng.integers(PER_GENRE))
        for step in range(length):
            item = FIRST_ID + (user % 2) * PER_GENRE + (start + step) % PER_GENRE
            rows.append((f"u{user}", str(item), 1_000_000 + 86_400 * step + user))
    return pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"])


def write_toy(folder: Path, **changes: int) -> tuple[Path, Path]:
    """interactions.csv and items.csv in the form of the contract."""
    interactions, items = folder / "interactions.csv", folder / "items.csv"
    make_interactions(**changes).to_csv(interactions, index=False)
    make_items().to_csv(items, index=False)
    return interactions, items


def make_rows(*histories: list[int], times: list[list[int]] | None = None) -> Interactions:
    """Interactions of user 0, 1, … over item rows; times default to the place in the history."""
    users = np.repeat(np.arange(len(histories)), [len(history) for history in histories])
    items = np.array([item for history in histories for item in history], dtype=np.int64)
    moments = times or [list(range(len(history))) for history in histories]
    flat = np.array([moment for line in moments for moment in line], dtype=np.int64)
    n_items = int(items.max()) + 1
    return Interactions(
        users,
        items,
        flat,
        np.arange(len(users)),
        IdMap(list(range(len(histories)))),
        IdMap(list(range(n_items))),
    )
