"""What the catalog holds by arrival and by genre, in memory: read again when it has changed."""

import threading
from dataclasses import dataclass
from time import monotonic
from typing import Any, Self, cast

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import TruncDate
from numpy.typing import NDArray

from catalog.census import Census, Mask
from catalog.models import Genre, Title

REREAD_SECONDS = 10.0  # as late a new title is "new here", and one of its genre on that shelf
Rows = NDArray[np.int64]  # of a census


@dataclass(frozen=True, eq=False)
class Holdings:
    """Over the rows of one census. Never changes."""

    census: Census
    days: list[list[Rows]]  # latest first; of a day each kind, its newest releases first
    years: NDArray[np.int64]  # (N,) 0: unknown
    genres: dict[Genre, Rows]  # by name; none is empty

    @classmethod
    def read(cls, census: Census) -> Self:
        """Two queries over the whole catalog."""
        day, newest = TruncDate("added_at"), F("year").desc(nulls_last=True)
        titles = Title.objects.filter(published=True).order_by(day.desc(), "kind", newest, "-pk")
        row_of = {pk: row for row, pk in enumerate(census.ids.tolist())}
        years = np.zeros(len(census), dtype=np.int64)
        days: dict[Any, dict[str, list[int]]] = {}
        for pk, added, kind, released in titles.values_list("pk", day, "kind", "year"):
            if pk in row_of:  # else it came after the census
                years[row_of[pk]] = released or 0
                days.setdefault(added, {}).setdefault(kind, []).append(row_of[pk])
        by_day = [[np.array(rows) for rows in kinds.values()] for kinds in days.values()]
        return cls(census, by_day, years, _by_genre(census))

    def over(self, census: Census) -> Self:
        """The same over the rows of another census; without the titles that it does not have."""
        if census.number == self.census.number:
            return self
        rows = np.full(len(self.census), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(census.ids, self.census.ids), max(len(census) - 1, 0))
        if len(census):
            there = census.ids[places] == self.census.ids
            rows[there] = places[there]
        years = np.zeros(len(census), dtype=np.int64)
        years[rows[rows >= 0]] = self.years[rows >= 0]
        days = [[_kept(rows[of_kind]) for of_kind in kinds] for kinds in self.days]
        genres = {genre: _kept(rows[own]) for genre, own in self.genres.items()}
        return type(self)(census, days, years, {g: own for g, own in genres.items() if len(own)})

    def newest(self, among: Mask, usable: Mask, k: int) -> Rows:
        """The first k that are usable: added last, on one day kinds in turn, newest releases first.

        among: (N,) the titles that take turns.
        """
        found = np.empty(0, dtype=np.int64)
        for kinds in self.days:
            found = np.concatenate([found, self._of_a_day(kinds, among, usable, k)])
            if len(found) >= k:
                break
        return found[:k]

    def _of_a_day(self, kinds: list[Rows], among: Mask, usable: Mask, k: int) -> Rows:
        taking = [rows[among[rows]] for rows in kinds]
        firsts = [np.flatnonzero(usable[rows])[:k] for rows in taking]
        turns = np.concatenate(firsts)
        rows = np.concatenate(
            [of_kind[first] for of_kind, first in zip(taking, firsts, strict=True)]
        )
        return rows[np.lexsort((-rows, -self.years[rows], turns))]


def _kept(rows: Rows) -> Rows:
    """Without those that are in no census."""
    return rows[rows >= 0]


def _by_genre(census: Census) -> dict[Genre, Rows]:
    own = Title.genres.through.objects.filter(genre=OuterRef("pk")).values("title_id")
    genres = Genre.objects.annotate(title_ids=ArraySubquery(own))
    found = {genre: census.places(genre.title_ids) for genre in genres}
    return {genre: rows for genre, rows in found.items() if len(rows)}


_holdings: Holdings | None = None
_read_at = 0.0
_reading = threading.Lock()


def holdings_of(census: Census) -> Holdings:
    """As they stand, or stood some seconds ago; as a rule without a query.

    While one thread reads them again, the others go on with what was read before.
    """
    kept = _holdings
    if kept is None or (kept.census.facts != census.facts and _is_old(kept, census)):
        with_it = kept is None  # nothing to go on with
        if _reading.acquire(blocking=with_it):
            try:
                kept = _read_again(census)
            finally:
                _reading.release()
    return cast(Holdings, kept).over(census)  # with nothing to go on with it was waited for


def _is_old(kept: Holdings, census: Census) -> bool:
    return kept.census.number <= census.number and monotonic() - _read_at >= REREAD_SECONDS


def _read_again(census: Census) -> Holdings:
    global _holdings, _read_at
    if _holdings is None or _is_old(_holdings, census):
        _holdings, _read_at = Holdings.read(census), monotonic()
    return _holdings
