from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys import reading
from recsys.errors import DataError
from recsys.ids import IdMap, ItemId

Rows = NDArray[np.int64]
IDS = ("user_id", "item_id")
# what stands in a column that the file does not have
UNSAID: dict[str, str | float] = {"timestamp": 0, "rating": np.nan, "kind": "", "weight": 1.0}
MOST_KINDS = 100
ROW_COLUMNS = ("users", "items", "times", "places", "weights", "kinds")
ITEM_COLUMNS = ("title", "genres", "year", "description", "people", "kind")


@dataclass(frozen=True)
class Interactions:
    """Rows, each user's together, oldest first; equal times keep the file's order."""

    users: Rows  # (n,)
    items: Rows  # (n,)
    times: Rows  # (n,) seconds
    places: Rows  # (n,) position in the file they came from: settles equal times
    user_ids: IdMap
    item_ids: IdMap
    # (n,) -1..1 how much a row says for its item; below 0 a dislike; a single one holds for all
    weights: NDArray[np.float32] = field(default_factory=lambda: np.ones(1, np.float32))
    kinds: NDArray[np.int8] = field(default_factory=lambda: np.zeros(1, np.int8))  # of kind_names
    kind_names: tuple[str, ...] = ("",)  # "" first: the kind of a row that has none

    def __post_init__(self) -> None:
        for name in ("weights", "kinds"):
            if len(column := getattr(self, name)) != len(self):
                object.__setattr__(self, name, np.broadcast_to(column, len(self)).copy())

    def __len__(self) -> int:
        return len(self.users)

    def take(self, mask: NDArray[np.bool_]) -> Interactions:
        """Those rows only, over the same users and items."""
        return replace(self, **{name: getattr(self, name)[mask] for name in ROW_COLUMNS})

    def positives(self) -> Interactions:
        """The rows that are targets, are counted and are measured."""
        positive = self.weights > 0
        return self if positive.all() else self.take(positive)

    def ends(self) -> Rows:
        """(U,) the place after each user's last row."""
        return np.cumsum(np.bincount(self.users, minlength=len(self.user_ids)))

    def histories(self) -> list[Rows]:
        """One array of item rows per user row, oldest first; empty for a user without rows."""
        return np.split(self.items, self.ends()[:-1])

    def item_counts(self) -> Rows:
        """(N,)"""
        return np.bincount(self.items, minlength=len(self.item_ids))


class Codes:
    """The row of each id of a long column, chunk after chunk; ids keep the order they came in."""

    def __init__(self, ids: Iterable[ItemId] = ()) -> None:
        self.ids = list(ids)
        self._rows = {str(id_): row for row, id_ in enumerate(self.ids)}
        self._parts: list[NDArray[np.int32]] = []

    def add(self, column: pd.Series) -> None:
        places, found = pd.factorize(column)
        rows = np.array([self._row(id_) for id_ in found.tolist()], dtype=np.int32)
        self._parts.append(rows[places])

    def rows(self) -> NDArray[np.int32]:
        """(n,) of all that was added."""
        return np.concatenate(self._parts)

    def column(self) -> pd.Categorical:
        """All that was added: at most four bytes a row, however long the ids are."""
        return pd.Categorical.from_codes(self.rows(), pd.Index(self.ids, dtype=object))

    def _row(self, id_: ItemId) -> int:
        row = self._rows.setdefault(str(id_), len(self.ids))
        if row == len(self.ids):
            self.ids.append(id_)
        return row


def load_interactions(path: Path) -> pd.DataFrame:
    """Checked columns user_id, item_id, timestamp (int seconds), rating (float, NaN = none),
    kind (text, "" = none) and weight (-1..1). Ids and kinds are categories: each is kept once.
    """
    try:
        return _load_interactions(path, reading.seconds_of_numbers)
    except reading.NotNumbers:  # said at the first one, so a long file is hardly read twice
        return _load_interactions(path, reading.seconds_of_moments)


def _load_interactions(
    path: Path, seconds: Callable[[Path, pd.Series], NDArray[np.generic]]
) -> pd.DataFrame:
    codes = {"user_id": Codes(), "item_id": Codes(), "kind": Codes([""])}
    read = {"timestamp": seconds, "rating": reading.numbers, "weight": reading.weights}
    parts: dict[str, list[NDArray[np.generic]]] = {name: [] for name in read}
    for chunk in reading.chunks(path, required=IDS, optional=UNSAID):
        for name in IDS:
            codes[name].add(reading.checked_ids(path, chunk[name]))
        codes["kind"].add(reading.texts(chunk["kind"]))
        for name in read:
            parts[name].append(read[name](path, chunk[name]))
    if len(codes["kind"].ids) > MOST_KINDS:
        raise DataError(f"{path}: more than {MOST_KINDS} kinds")
    numbers = {name: np.concatenate(parts.pop(name)) for name in read}
    moments = pd.Series(numbers["timestamp"]).ffill()  # a blank takes the time before it
    numbers["timestamp"] = moments.fillna(0).to_numpy().astype(np.int64)
    return pd.DataFrame({name: of.column() for name, of in codes.items()} | numbers)


def load_dataset(
    interactions: Path, items: Path, *, min_rating: float | None = None
) -> tuple[Interactions, pd.DataFrame]:
    """Both files as build_interactions gives them; nothing else of them stays in memory."""
    frame, listed = load_interactions(interactions), load_items(items)
    return build_interactions(frame, listed, min_rating=min_rating)


def load_items(path: Path) -> pd.DataFrame:
    """Checked columns item_id, then title, genres, year, description, people, kind as text."""
    optional = dict.fromkeys(ITEM_COLUMNS, "")
    parts = reading.chunks(path, required=("item_id", "title", "genres"), optional=optional)
    frame = pd.concat(parts, ignore_index=True)
    frame["item_id"] = reading.checked_ids(path, frame["item_id"])
    repeated = np.flatnonzero(frame["item_id"].astype(str).duplicated())
    if len(repeated):
        item_id, place = frame["item_id"].iloc[repeated[0]], reading.place_in(path, repeated[0])
        raise DataError(f"{place}: item_id {item_id} is there twice")
    return item_frame(frame)


def load_users(path: Path) -> list[ItemId]:
    """The distinct user_id of a file, in its order."""
    users = Codes()
    for chunk in reading.chunks(path, required=("user_id",)):
        users.add(reading.checked_ids(path, chunk["user_id"]))
    return users.ids


def item_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """item_id and every item column as text, "" where absent: what the content encoder reads."""
    texts = {
        column: frame[column].astype(object).where(frame[column].notna(), "").map(_plain_text)
        if column in frame
        else ""
        for column in ITEM_COLUMNS
    }
    return pd.DataFrame({"item_id": frame["item_id"].astype(object), **texts}, index=frame.index)


def build_interactions(
    frame: pd.DataFrame, items: pd.DataFrame, *, min_rating: float | None = None
) -> tuple[Interactions, pd.DataFrame]:
    """A checked frame as rows, and the items extended by those only the interactions name.

    Of several rows of one user and item the first positive one counts, else the first.
    """
    weights = strengths(frame, min_rating)
    if not (weights > 0).any():
        raise DataError("there is no positive interaction to learn from")
    user_codes, item_codes, kind_codes = Codes(), Codes(items["item_id"].tolist()), Codes([""])
    user_codes.add(frame["user_id"])
    item_codes.add(frame["item_id"])
    kind_codes.add(frame["kind"] if "kind" in frame else pd.Series("", index=frame.index))
    users, rows = user_codes.rows(), item_codes.rows()
    times = frame["timestamp"].to_numpy(np.int64)
    order = np.lexsort((times, users))  # stable: equal times keep the file's order
    pairs = users[order] * np.int64(len(item_codes.ids)) + rows[order]
    order = order[_first_of_each(pairs, weights[order] > 0)]
    interactions = Interactions(
        users=users[order].astype(np.int64),
        items=rows[order].astype(np.int64),
        times=times[order],
        places=order,
        user_ids=IdMap(user_codes.ids),
        item_ids=IdMap(item_codes.ids),
        weights=weights[order],
        kinds=kind_codes.rows()[order].astype(np.int8),
        kind_names=tuple(str(kind) for kind in kind_codes.ids),
    )
    return interactions, _with_unlisted(items, item_codes.ids[len(items) :])


def strengths(frame: pd.DataFrame, min_rating: float | None) -> NDArray[np.float32]:
    """(n,) -1..1 how much each row of a checked frame says; no more than 0 if rated too low."""
    weights = np.ones(len(frame), np.float32)
    if "weight" in frame:
        weights = frame["weight"].to_numpy(np.float32)
    if min_rating is None:
        return weights
    return np.where(frame["rating"] < min_rating, np.minimum(weights, 0), weights)


def sha256_of(*paths: Path) -> str:
    """One hash over the bytes of the files, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _first_of_each(pairs: Rows, positive: NDArray[np.bool_]) -> Rows:
    """Places, rising, of each pair's first positive row, else of its first. pairs: (n,)"""
    by_pair = np.lexsort((~positive, pairs))
    new = np.diff(pairs[by_pair], prepend=-1) > 0
    return np.sort(by_pair[new])


def _with_unlisted(items: pd.DataFrame, item_ids: list[ItemId]) -> pd.DataFrame:
    if not item_ids:
        return items
    unlisted = item_frame(pd.DataFrame({"item_id": item_ids}))
    return pd.concat([items, unlisted], ignore_index=True)


def _plain_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
