"""Tables with a line per item row that grow at their end without being copied."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

LINES_AT_ONCE = 50_000
LENGTH_BYTES = 8  # of the header of a safetensors file, before it
DTYPES = {"F16": np.float16, "F32": np.float32, "I32": np.int32, "I64": np.int64}
Lines: TypeAlias = NDArray[Any]


def as_it_is(lines: Lines) -> Lines:
    return lines


@dataclass(frozen=True)
class Column:
    """Indexed like an array of N + M lines, by a row or by an array of rows.

    The N may lie in a file, in the form that `read` makes lines of; they are shared with every
    column that follows them.
    """

    base: Lines  # (N, …)
    tail: Lines  # (M, …) as read
    read: Callable[[Lines], Lines] = as_it_is

    @classmethod
    def of(cls, base: Lines, read: Callable[[Lines], Lines] = as_it_is) -> Column:
        return cls(base, read(base[:0]), read)

    def __len__(self) -> int:
        return len(self.base) + len(self.tail)

    def __getitem__(self, rows: Any) -> Any:
        rows = np.asarray(rows)
        if not rows.ndim:
            return self[rows[None]][0]
        late = rows >= len(self.base)
        if not late.any():
            return self.read(lines_of(self.base, rows))
        lines = self.read(lines_of(self.base, np.where(late, 0, rows)))
        lines[late] = self.tail[rows[late] - len(self.base)]
        return lines

    def __matmul__(self, other: Lines) -> Lines:
        """The products of all lines, as of an array."""
        return np.concatenate([self.read(self.base) @ other, self.tail @ other])

    def products(self, line: Lines) -> Lines:
        """Of every line with one, each summed by itself: to the last bit what it is of any choice.

        line: (D,) → (N + M,)
        """
        return np.concatenate([np.vecdot(self.read(self.base), line), np.vecdot(self.tail, line)])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Lines:
        return np.asarray(self[np.arange(len(self))], dtype=dtype)

    def followed_by(self, lines: Lines) -> Column:
        """With those of more rows behind. lines: as read"""
        return replace(self, tail=np.concatenate([self.tail, lines]))

    def blocks(self) -> Iterator[Lines]:
        """The lines of the N, so many at once that memory stays small."""
        for start in range(0, len(self.base), LINES_AT_ONCE):
            yield self.read(self.base[start : start + LINES_AT_ONCE])


Table: TypeAlias = Lines | Column


def lines_of(table: Table, rows: NDArray[np.integer]) -> Lines:
    """What table[rows] is; of an array in two thirds of the time."""
    if isinstance(table, np.ndarray) and table.flags.c_contiguous:  # else take copies it whole
        return table.take(rows, axis=0)
    return table[rows]


def column_of(table: Table) -> Column:
    return table if isinstance(table, Column) else Column.of(table)


def mapped_arrays(path: Path) -> dict[str, Lines]:
    """The arrays of a safetensors file, read when they are looked at; processes share the memory.

    KeyError or ValueError when it is none.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    everything = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))[LENGTH_BYTES + length :]
    arrays = {}
    for name, facts in header.items():
        start, stop = facts["data_offsets"]
        lines = everything[start:stop].view(DTYPES[facts["dtype"]])
        arrays[name] = lines.reshape(facts["shape"])
    return arrays
