from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyarrow import ArrowException

from recsys.errors import DataError

ItemId = str | int
Rows = NDArray[np.int64]
HEADER_ROWS = 1
ITEM_COLUMNS = ("title", "genres", "year", "description", "people", "kind")


class IdMap:
    """Ids as they came ↔ rows 0..n-1. "31" and 31 are one id; an unknown one is None, not row 0."""

    def __init__(self, ids: Sequence[ItemId]) -> None:
        self.ids = list(ids)
        self._rows: dict[ItemId, int] = {str(id_): row for row, id_ in enumerate(self.ids)}
        if len(self._rows) != len(self.ids):
            raise ValueError("ids must be unique")
        self._rows.update({id_: row for row, id_ in enumerate(self.ids)})

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, id_: ItemId) -> int | None:
        row = self._rows.get(id_)
        return self._rows.get(str(id_)) if row is None else row

    def known_rows(self, ids: Iterable[ItemId]) -> Rows:
        """Rows of those ids that are known, in the order given."""
        rows = (self.row(id_) for id_ in ids)
        return np.array([row for row in rows if row is not None], dtype=np.int64)

    def tie_order(self) -> Rows:
        """Place of each row when ids are sorted: as numbers if all are integers, else as text."""
        texts = [str(id_) for id_ in self.ids]
        numeric = all(text.isascii() and text.lstrip("-").isdigit() for text in texts)
        order = sorted(
            range(len(texts)), key=lambda row: int(texts[row]) if numeric else texts[row]
        )
        position = np.empty(len(texts), dtype=np.int64)
        position[order] = np.arange(len(texts))
        return position


@dataclass(frozen=True)
class Interactions:
    """Positives as rows: each user's together, oldest first; equal times keep the file's order."""

    users: Rows  # (n,)
    items: Rows  # (n,)
    times: Rows  # (n,) seconds
    places: Rows  # (n,) position in the file they came from: settles equal times
    user_ids: IdMap
    item_ids: IdMap

    def __len__(self) -> int:
        return len(self.users)

    def take(self, mask: NDArray[np.bool_]) -> Interactions:
        """Those rows only, over the same users and items."""
        kept = {name: getattr(self, name)[mask] for name in ("users", "items", "times", "places")}
        return replace(self, **kept)

    def histories(self) -> list[Rows]:
        """One array of item rows per user row, oldest first; empty for a user without rows."""
        ends = np.cumsum(np.bincount(self.users, minlength=len(self.user_ids)))
        return np.split(self.items, ends[:-1])

    def item_counts(self) -> Rows:
        """(N,)"""
        return np.bincount(self.items, minlength=len(self.item_ids))


def load_interactions(path: Path) -> pd.DataFrame:
    """Checked columns user_id, item_id, timestamp (int seconds), rating (float, NaN = none)."""
    frame = _read_table(path, required=("user_id", "item_id"))
    for column in ("user_id", "item_id"):
        frame[column] = _checked_ids(path, frame[column])
    if "timestamp" in frame:
        frame["timestamp"] = _seconds(path, frame["timestamp"])
    else:
        frame["timestamp"] = np.zeros(len(frame), dtype=np.int64)
    if "rating" in frame:
        frame["rating"] = _numbers(path, frame["rating"])
    else:
        frame["rating"] = np.nan
    return frame[["user_id", "item_id", "timestamp", "rating"]]


def load_items(path: Path) -> pd.DataFrame:
    """Checked columns item_id, then title, genres, year, description, people, kind as text."""
    frame = _read_table(path, required=("item_id", "title", "genres"))
    frame["item_id"] = _checked_ids(path, frame["item_id"])
    repeated = np.flatnonzero(frame["item_id"].astype(str).duplicated())
    if len(repeated):
        item_id = frame["item_id"].iloc[repeated[0]]
        raise DataError(f"{path}, row {_row(repeated[0])}: item_id {item_id} is there twice")
    return item_frame(frame)


def load_users(path: Path) -> list[ItemId]:
    """The distinct user_id of a file, in its order."""
    column = _checked_ids(path, _read_table(path, required=("user_id",))["user_id"])
    return list({str(id_): id_ for id_ in column.tolist()}.values())


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
    """Positives of a checked frame, and the items extended by those only the interactions name.

    The first of several rows of one user and item counts.
    """
    if min_rating is not None:
        frame = frame[~(frame["rating"] < min_rating)]
    if frame.empty:
        raise DataError("there is no positive interaction to learn from")
    items = _with_unlisted(items, frame["item_id"])
    item_ids = IdMap(items["item_id"].tolist())
    user_ids = IdMap(list({str(id_): id_ for id_ in frame["user_id"].tolist()}.values()))
    users = user_ids.known_rows(frame["user_id"].tolist())
    rows = item_ids.known_rows(frame["item_id"].tolist())
    times = frame["timestamp"].to_numpy(np.int64)
    order = np.lexsort((times, users))  # stable: equal times keep the file's order
    pairs = users[order] * len(item_ids) + rows[order]
    _, first = np.unique(pairs, return_index=True)
    order = order[np.sort(first)]
    positives = Interactions(users[order], rows[order], times[order], order, user_ids, item_ids)
    return positives, items


def sha256_of(*paths: Path) -> str:
    """One hash over the bytes of the files, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _with_unlisted(items: pd.DataFrame, item_ids: pd.Series) -> pd.DataFrame:
    known = set(items["item_id"].astype(str))
    extra = {str(id_): id_ for id_ in item_ids.tolist() if str(id_) not in known}
    if not extra:
        return items
    unlisted = item_frame(pd.DataFrame({"item_id": list(extra.values())}))
    return pd.concat([items, unlisted], ignore_index=True)


def _read_table(path: Path, *, required: tuple[str, ...]) -> pd.DataFrame:
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            frame = pd.read_parquet(path)
        else:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, ValueError, ArrowException) as error:  # pandas' parser errors are ValueErrors
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: cannot be read: {reason}") from error
    missing = [column for column in required if column not in frame.columns]
    if missing:
        raise DataError(f"{path}, row 1: no column {', '.join(missing)}")
    if frame.empty:
        raise DataError(f"{path}: has no rows")
    return frame.reset_index(drop=True)


def _row(position: int) -> int:
    """Row in the file as a person counts: the header is row 1."""
    return int(position) + 1 + HEADER_ROWS


def _checked_ids(path: Path, column: pd.Series) -> pd.Series:
    blank = np.flatnonzero(column.isna() | (column.astype(str) == ""))
    if len(blank):
        raise DataError(f"{path}, row {_row(blank[0])}: {column.name} is empty")
    if column.dtype.kind in "fbmM":
        raise DataError(f"{path}: {column.name} must be text or integers, not {column.dtype}")
    return column.astype(object)


def _seconds(path: Path, column: pd.Series) -> Rows:
    """Integer seconds from numbers or ISO 8601; a blank takes the time of the row before it."""
    if column.dtype.kind == "M":
        moments = column
    else:
        text = column.astype(object).where(column.notna(), "").map(str).str.strip()
        numbers = pd.to_numeric(text.where(text != "", np.nan), errors="coerce")
        numbers = numbers.where(np.isfinite(numbers))
        rest = (text != "") & numbers.isna()
        if not rest.any():
            return numbers.ffill().fillna(0).to_numpy().astype(np.int64)
        moments = pd.to_datetime(
            text.where(text != "", None), utc=True, format="ISO8601", errors="coerce"
        )
        wrong = np.flatnonzero((text != "") & moments.isna() & numbers.isna())
        if not len(wrong) and (numbers.notna() & moments.isna()).any():
            wrong = np.flatnonzero(numbers.notna() & moments.isna())
        if len(wrong):
            value = text.iloc[wrong[0]]
            raise DataError(
                f"{path}, row {_row(wrong[0])}: timestamp {value!r} is neither seconds nor ISO 8601"
            )
    moments = pd.to_datetime(moments, utc=True).ffill()
    seconds = (moments - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)
    return seconds.fillna(0).to_numpy().astype(np.int64)


def _numbers(path: Path, column: pd.Series) -> NDArray[np.float64]:
    text = column.astype(object).where(column.notna(), "").map(str).str.strip()
    numbers = pd.to_numeric(text.where(text != "", np.nan), errors="coerce")
    wrong = np.flatnonzero((text != "") & numbers.isna())
    if len(wrong):
        value = text.iloc[wrong[0]]
        raise DataError(f"{path}, row {_row(wrong[0])}: {column.name} {value!r} is not a number")
    return numbers.to_numpy(np.float64)


def _plain_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
