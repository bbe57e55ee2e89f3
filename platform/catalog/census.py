"""Who may see what, in memory: a row a published title, kept up to the moment.

The database decides (`visible_to`); this says the same of a million titles in a millisecond.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from accounts.models import NO_AGE_LIMIT
from catalog.changes import changes, notes_since, now
from catalog.models import Title

Mask = NDArray[np.bool_]
UNKNOWN_AGE = 255  # above every limit
KINDS = [kind.value for kind in Title.Kind]
POLL_SECONDS = (
    1.0  # what is shown is asked of the database again, so a second too late does no harm
)
STALE_SECONDS = 86_400.0  # older than this it is read anew: the feed keeps twice as much
COLUMNS = ("pk", "minimum_age", "kind")


@dataclass(frozen=True)
class Census:
    """Published titles, by id. Never changes; `updated` makes another."""

    ids: NDArray[np.int64]  # (N,) rising
    minimum_ages: NDArray[np.uint8]  # (N,)
    kinds: NDArray[np.int8]  # (N,) place in KINDS
    until: str  # where the feed of changes was read to: not past a transaction that still runs
    notes: int = 0  # of the feed from that moment on that are in it already
    number: int = 0  # of this state, for what is made from it

    @classmethod
    def of(
        cls,
        rows: Collection[tuple[int, int | None, str]],
        until: str,
        notes: int = 0,
        number: int = 0,
    ) -> Self:
        """rows: (id, minimum age, kind)"""
        columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
        ids = np.array(columns[0], dtype=np.int64)
        ages = [UNKNOWN_AGE if age is None else age for age in columns[1]]
        kinds = [KINDS.index(kind) for kind in columns[2]]
        order = np.argsort(ids, kind="stable")
        return cls(
            ids[order],
            np.array(ages, dtype=np.uint8)[order],
            np.array(kinds, dtype=np.int8)[order],
            until,
            notes,
            number,
        )

    @classmethod
    def read(cls, number: int = 0) -> Self:
        """Of the whole catalog."""
        until = now()
        notes = notes_since(until)
        rows = Title.objects.filter(published=True).order_by().values_list(*COLUMNS)
        return cls.of(list(rows.iterator(chunk_size=20_000)), until, notes, number)

    def updated(self) -> Census:
        """With what has changed since; itself if nothing has. A query, a second if there is."""
        changed = changes(self.until)
        if changed.notes == self.notes:
            return self  # what is told again while a transaction runs is no news
        if changed.everything:
            return Census.read(self.number + 1)
        if not changed.title_ids:
            return replace(self, notes=changed.notes)
        fresh = Title.objects.filter(published=True, pk__in=changed.title_ids).order_by()
        part = Census.of(list(fresh.values_list(*COLUMNS)), changed.until)
        told = np.isin(self.ids, np.fromiter(changed.title_ids, dtype=np.int64))
        if self._says(told, part):  # told before, while its transaction still ran
            return replace(self, until=changed.until, notes=changed.known)
        ids = np.concatenate([self.ids[~told], part.ids])
        order = np.argsort(ids, kind="stable")
        return Census(
            ids[order],
            np.concatenate([self.minimum_ages[~told], part.minimum_ages])[order],
            np.concatenate([self.kinds[~told], part.kinds])[order],
            changed.until,
            changed.known,
            self.number + 1,
        )

    def _says(self, rows: Mask, other: Census) -> bool:
        """Those rows are the whole of another one."""
        return (
            np.array_equal(self.ids[rows], other.ids)
            and np.array_equal(self.minimum_ages[rows], other.minimum_ages)
            and np.array_equal(self.kinds[rows], other.kinds)
        )

    @property
    def facts(self) -> tuple[int, str, int]:
        """Another one as soon as anything that the feed tells of a title has changed."""
        return self.number, self.until, self.notes

    def is_current(self) -> bool:
        """Nothing was noted since it was read. One small query."""
        return notes_since(self.until) == self.notes

    def __len__(self) -> int:
        return len(self.ids)

    def places(self, ids: Collection[int]) -> NDArray[np.int64]:
        """Rows of those of the ids that are in it, in no order."""
        wanted = np.fromiter(ids, dtype=np.int64, count=len(ids))
        places = np.searchsorted(self.ids, wanted)
        inside = places < len(self.ids)
        places, wanted = places[inside], wanted[inside]
        return places[self.ids[places] == wanted]

    def of_kind(self, kind: str) -> Mask:
        """(N,)"""
        return self.kinds == KINDS.index(kind)

    def visible_to(self, user: Any, *, hidden: Collection[int]) -> Mask:
        """What `Title.objects.visible_to` says. hidden: ids of what they hid. (N,)"""
        if user.is_authenticated and user.age_limit < NO_AGE_LIMIT:
            visible = self.minimum_ages <= user.age_limit
        else:
            visible = np.ones(len(self), dtype=bool)
        visible[self.places(hidden)] = False
        return visible


_census: Census | None = None
_read_at = 0.0
_reading = threading.Lock()


def current_census() -> Census:
    """What stands now, or stood a second ago; as a rule without a query."""
    kept = _census
    if kept is not None and monotonic() - _read_at < POLL_SECONDS:
        return kept
    with_it = kept is None or monotonic() - _read_at > STALE_SECONDS  # nothing to go on with
    if not _reading.acquire(blocking=with_it):
        return cast(Census, kept)  # another thread is asking already
    try:
        return _read_again()
    finally:
        _reading.release()


def _read_again() -> Census:
    global _census, _read_at
    age = monotonic() - _read_at
    if _census is None or age > STALE_SECONDS:
        _census = Census.read(0 if _census is None else _census.number + 1)
    elif age >= POLL_SECONDS:
        _census = _census.updated()
    _read_at = monotonic()
    return _census


def forget_census() -> None:
    """As a process that starts now."""
    global _census
    _census = None
