"""Ids of users and items, and the rows that tables have for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from recsys.columns import Column, Table

ItemId: TypeAlias = str | int


class IdMap:
    """Ids as they came ↔ rows 0..n-1. "31" and 31 are one id; an unknown one is None, not row 0."""

    def __init__(self, ids: Sequence[ItemId], *, before: IdMap | None = None) -> None:
        """before: whose rows come first; it is shared, not copied."""
        self._before, self._own = before, list(ids)
        self.ids: Sequence[ItemId] = Joined(before.ids, self._own) if before else self._own
        start = len(before) if before else 0
        self._rows = {id_: row for row, id_ in enumerate(self._own, start)}
        texts = self._rows.keys() if _of_one_kind(self._own) else {str(id_) for id_ in self._own}
        if len(texts) != len(self._own) or (before and len(before.known_rows(self._own))):
            raise ValueError("ids must be unique")

    def __len__(self) -> int:
        return len(self.ids)

    def followed_by(self, ids: Sequence[ItemId]) -> IdMap:
        """With the rows of more ids behind."""
        if self._before is None:
            return IdMap(ids, before=self)
        return IdMap([*self._own, *ids], before=self._before)

    def row(self, id_: ItemId) -> int | None:
        row = None if self._before is None else self._before.row(id_)
        if row is None:
            row = self._rows.get(id_)
        return self._rows.get(_other_form(id_)) if row is None else row

    def rows(self, ids: Sequence[ItemId]) -> list[int | None]:
        """What `row` says of each, at once."""
        first = self._before or self
        rows = list(map(first._rows.get, ids))
        if None not in rows:
            return rows
        return [self.row(id_) if row is None else row for id_, row in zip(ids, rows, strict=True)]

    def known_rows(self, ids: Iterable[ItemId]) -> NDArray[np.int64]:
        """Rows of those ids that are known, in the order given."""
        rows = self.rows(list(ids))
        return np.array([row for row in rows if row is not None], dtype=np.int64)

    def at(self, rows: NDArray[np.int64]) -> list[ItemId]:
        """The ids of these rows."""
        first = self._before._own if self._before else self._own
        size = len(first)
        return [first[row] if row < size else self._own[row - size] for row in rows.tolist()]

    @cached_property
    def numbers(self) -> Table | None:
        """(n,) the ids, if all of them are integers and none is too large."""
        if self._before is None or self._own_numbers is None:
            return self._own_numbers
        before = self._before.numbers
        return None if before is None else Column(np.asarray(before), self._own_numbers)

    @cached_property
    def sort_keys(self) -> Table:
        """(n,) that sort as the ids do: as numbers if all are integers, else as text."""
        if self.numbers is not None:
            return self.numbers
        texts = [str(id_) for id_ in self.ids]
        numeric = all(map(_is_integer, texts))
        order = sorted(
            range(len(texts)), key=lambda row: int(texts[row]) if numeric else texts[row]
        )
        places = np.empty(len(texts), dtype=np.int64)
        places[order] = np.arange(len(texts))
        return places

    @cached_property
    def _own_numbers(self) -> NDArray[np.int64] | None:
        if not all(isinstance(id_, int) or _is_integer(id_) for id_ in self._own):
            return None
        try:
            return np.array([int(id_) for id_ in self._own], dtype=np.int64)
        except OverflowError:
            return None


class Joined(Sequence[ItemId]):
    """Two sequences, one behind the other, without a copy."""

    def __init__(self, first: Sequence[ItemId], second: Sequence[ItemId]) -> None:
        self._first, self._second = first, second

    def __len__(self) -> int:
        return len(self._first) + len(self._second)

    @overload
    def __getitem__(self, place: int) -> ItemId: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ItemId]: ...
    def __getitem__(self, place: int | slice) -> ItemId | Sequence[ItemId]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        behind = place - len(self._first)
        if place < 0 or behind < 0:
            return self._first[place] if place >= 0 else self[range(len(self))[place]]
        return self._second[behind]


def _of_one_kind(ids: Sequence[ItemId]) -> bool:
    """All texts or all numbers: then no two of them that differ are one id."""
    return len({isinstance(id_, str) for id_ in ids}) < 2


def _other_form(id_: ItemId) -> ItemId:
    """31 for "31" and the reverse; itself when it has no other."""
    if not isinstance(id_, str):
        return str(id_)
    return number if _is_integer(id_) and str(number := int(id_)) == id_ else id_


def _is_integer(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit()
