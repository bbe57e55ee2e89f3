"""A file's table in chunks and its columns checked: every DataError names the file and the row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow.parquet
from numpy.typing import NDArray
from pyarrow import ArrowException

from recsys.errors import DataError

ROWS_AT_ONCE = 1 << 20  # of a file of any length, so that memory does not grow with its texts
HEADER_ROWS = 1
NOTHING: Mapping[str, str | float] = MappingProxyType({})
EPOCH = pd.Timestamp(0, tz="UTC")


class NotNumbers(Exception):
    """The timestamps of a file are moments, not seconds."""


def chunks(
    path: Path, *, required: tuple[str, ...], optional: Mapping[str, str | float] = NOTHING
) -> Iterator[pd.DataFrame]:
    """Those columns ROWS_AT_ONCE rows at a time, indexed by place in the file.

    optional: what stands in a column that the file does not have.
    """
    start = 0
    for frame in _frames(path, (*required, *optional)):
        missing = [column for column in required if column not in frame.columns]
        if missing:
            raise DataError(f"{path}, row 1: no column {', '.join(missing)}")
        if len(frame):
            absent = {name: value for name, value in optional.items() if name not in frame.columns}
            frame = frame.assign(**absent).set_axis(range(start, start + len(frame)))
            yield frame[[*dict.fromkeys((*required, *optional))]]
        start += len(frame)
    if not start:
        raise DataError(f"{path}: has no rows")


def _frames(path: Path, columns: tuple[str, ...]) -> Iterator[pd.DataFrame]:
    """At least one, which may have no rows."""
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            with pyarrow.parquet.ParquetFile(path) as file:
                schema = file.schema_arrow
                there = [column for column in columns if column in schema.names]
                yield schema.empty_table().to_pandas(ignore_metadata=True)
                for batch in file.iter_batches(ROWS_AT_ONCE, columns=there):
                    yield batch.to_pandas(ignore_metadata=True)
        else:
            with pd.read_csv(
                path, dtype=str, keep_default_na=False, encoding="utf-8-sig", chunksize=ROWS_AT_ONCE
            ) as reader:
                yield from reader
    except (OSError, ValueError, ArrowException) as error:  # pandas' parser errors are ValueErrors
        reason = " ".join(str(error).split())
        raise DataError(f"{path}: cannot be read: {reason}") from error


def checked_ids(path: Path, column: pd.Series) -> pd.Series:
    """The same column, text or integers and nowhere blank."""
    blank = column.isna()
    if column.dtype.kind not in "iu":
        blank |= column.astype(str) == ""
    if blank.any():
        raise DataError(f"{_place(path, column, blank)}: {column.name} is empty")
    if column.dtype.kind in "fbmM":
        raise DataError(f"{path}: {column.name} must be text or integers, not {column.dtype}")
    return column


def seconds_of_numbers(path: Path, column: pd.Series) -> NDArray[np.generic]:
    """Seconds as they stand, NaN where blank; NotNumbers where moments stand."""
    if column.dtype.kind in "iu":
        return column.to_numpy(np.int64)
    if column.dtype.kind == "M":
        raise NotNumbers
    text = texts(column)
    found = pd.to_numeric(text.where(text != "", np.nan), errors="coerce")
    found = found.where(np.isfinite(found))
    rest = (text != "") & found.isna()
    if rest.any():
        seconds_of_moments(path, text[rest])  # what is neither is refused
        raise NotNumbers
    return found.to_numpy()


def seconds_of_moments(path: Path, column: pd.Series) -> NDArray[np.generic]:
    """Whole seconds of dates or of ISO 8601, NaN where blank."""
    moments = column
    if column.dtype.kind != "M":
        text = texts(column)
        moments = pd.to_datetime(
            text.where(text != "", None), utc=True, format="ISO8601", errors="coerce"
        )
        if (wrong := (text != "") & moments.isna()).any():
            place, value = _place(path, column, wrong), text[wrong].iloc[0]
            raise DataError(f"{place}: timestamp {value!r} is neither seconds nor ISO 8601")
    since = pd.to_datetime(moments, utc=True) - EPOCH
    return (since // pd.Timedelta(seconds=1)).to_numpy(np.float64)


def numbers(path: Path, column: pd.Series) -> NDArray[np.float64]:
    """NaN where blank."""
    if column.dtype.kind in "iuf":
        return column.to_numpy(np.float64)
    text = texts(column)
    found = pd.to_numeric(text.where(text != "", np.nan), errors="coerce")
    if (wrong := (text != "") & found.isna()).any():
        place, value = _place(path, column, wrong), text[wrong].iloc[0]
        raise DataError(f"{place}: {column.name} {value!r} is not a number")
    return found.to_numpy(np.float64)


def weights(path: Path, column: pd.Series) -> NDArray[np.float32]:
    """-1..1; a blank says as much as no column."""
    found = np.nan_to_num(numbers(path, column), nan=1.0)
    if (wrong := np.abs(found) > 1).any():
        place, value = _place(path, column, wrong), texts(column[wrong]).iloc[0]
        raise DataError(f"{place}: {column.name} {value!r} is not within -1 and 1")
    return found.astype(np.float32)


def texts(column: pd.Series) -> pd.Series:
    """Without blanks around; "" where there is nothing."""
    if isinstance(column.dtype, pd.StringDtype):
        return column.fillna("").str.strip()
    return column.astype(object).where(column.notna(), "").map(str).str.strip()


def place_in(path: Path, place: int) -> str:
    """File and row as a person counts them: the header is row 1."""
    return f"{path}, row {place + 1 + HEADER_ROWS}"


def _place(path: Path, column: pd.Series, wrong: pd.Series | NDArray[np.bool_]) -> str:
    return place_in(path, int(column.index[np.flatnonzero(wrong)[0]]))
