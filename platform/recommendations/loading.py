"""The artifact this process serves from: what the newest promotion names, loaded once."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from time import monotonic
from typing import Self

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, Subquery
from numpy.typing import NDArray

from catalog.census import Census, Mask
from config.memory import give_back
from recommendations.models import Artifact, ColdVector, Promotion
from recsys.artifacts import read_manifest
from recsys.errors import RecsysError
from recsys.item_encoder import ItemEncoder
from recsys.loaded import read_item_ids
from recsys.serving import Recommender

log = logging.getLogger(__name__)

PROMOTIONS_TRIED = 10
REFUSED_SECONDS = 60.0
ARMS = 2  # of one experiment
MOST_RUNS = 1000  # that are copied one by one: a millionth part of a second each
Run = slice | NDArray[np.int64]


@dataclass(frozen=True)
class Placed:
    """Where the rows of a recommender stand in one state of the census."""

    number: int  # of the census
    size: int  # how many rows there are
    runs: Sequence[tuple[Run, Run]]  # rows of the recommender and of the census that go together

    @classmethod
    def of(cls, title_ids: NDArray[np.int64], census: Census) -> Self:
        size = len(title_ids)
        if not len(census):
            return cls(census.number, size, [])
        places = np.minimum(np.searchsorted(census.ids, title_ids), len(census) - 1)
        rows = np.flatnonzero(census.ids[places] == title_ids)
        places = places[rows]
        starts = np.flatnonzero((np.diff(rows) != 1) | (np.diff(places) != 1)) + 1
        if len(starts) > MOST_RUNS:
            return cls(census.number, size, [(rows, places)])
        pairs = zip(np.split(rows, starts), np.split(places, starts), strict=True)
        runs = [(_whole(some), _whole(others)) for some, others in pairs if len(some)]
        return cls(census.number, size, runs)

    def over_rows(self, mask: Mask) -> Mask:
        """mask: (N,) of the census; False where a row is not in it."""
        found = np.zeros(self.size, dtype=bool)
        for rows, places in self.runs:
            found[rows] = mask[places]
        return found

    def met(self, n_titles: int) -> Mask:
        """(N,) of the census: titles that have a row."""
        found = np.zeros(n_titles, dtype=bool)
        for _rows, places in self.runs:
            found[places] = True
        return found


def _whole(run: NDArray[np.int64]) -> slice:
    """run: numbers that follow each other."""
    return slice(int(run[0]), int(run[-1]) + 1)


@dataclass(eq=False)
class Live:
    """A loaded artifact with the cold titles encoded for it so far; only its notes change."""

    artifact_id: int
    name: str
    newest_cold: int
    recommender: Recommender
    _noted: Placed | None = field(default=None, init=False, repr=False)

    @property
    def title_ids(self) -> NDArray[np.int64]:
        """Of the rows of the recommender."""
        return self.recommender.item_numbers

    def allowed(self, census: Census, mask: Mask) -> Mask:
        """The same choice of titles, over the rows of the recommender. mask: (N,) of the census"""
        return self._placed(census).over_rows(mask)

    def met(self, census: Census) -> Mask:
        """(N,) of the census: titles that the model, or what was encoded since, knows."""
        return self._placed(census).met(len(census))

    def _placed(self, census: Census) -> Placed:
        placed = self._noted
        if placed is None or placed.number != census.number:
            placed = self._noted = Placed.of(self.title_ids, census)
        return placed


# by hand, as every list asks it: Django takes ten times as long to write it as it takes to answer
NEWEST_SQL = """
SELECT ARRAY[artifact_id, coalesce(
    (SELECT max(id) FROM recommendations_coldvector WHERE artifact_id = newest.artifact_id), 0
)]
FROM recommendations_promotion AS newest ORDER BY id DESC LIMIT 1
"""

_live: Live | None = None
_rivals: dict[int, Live] = {}  # what an experiment serves beside the live one, by artifact
_refused: dict[int, float] = {}  # artifacts that could not be loaded → when that was (monotonic)
_loading = threading.Lock()


def current(asked: Sequence[int] | None = None) -> Live | None:
    """What the newest promotion names, swapped in at the first request after it; one query.

    An artifact that cannot be loaded is refused for a while, and the one before it keeps serving.
    asked: what NEWEST_SQL has just answered, if it was asked.
    """
    global _live
    if (live := _live) and [live.artifact_id, live.newest_cold] == (asked or _newest()):
        return live
    newest_cold = ColdVector.objects.filter(artifact=OuterRef("artifact")).order_by("-id")
    rows = (
        Promotion.objects.newest_first()
        .annotate(newest_cold=Subquery(newest_cold.values("id")[:1]))
        .values_list("artifact_id", "artifact__name", "newest_cold")[:PROMOTIONS_TRIED]
    )
    for artifact_id, name, newest in rows:
        wanted = (artifact_id, newest or 0)
        if _is_refused(artifact_id):
            continue
        if (live := _live) and (live.artifact_id, live.newest_cold) == wanted:
            return live
        with _loading:
            if (live := _live) and (live.artifact_id, live.newest_cold) == wanted:
                return live  # another thread has loaded it meanwhile
            if _is_refused(artifact_id):
                continue
            loaded = _load_live(artifact_id, name, newest or 0)
            if loaded:
                live, _live = None, loaded  # nothing here holds the one before any more
                give_back()
                return loaded
            _refused[artifact_id] = monotonic()
    return None


def _newest() -> Sequence[int] | None:
    """What should serve: an artifact's id and that of the newest cold title encoded for it."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_SQL)
        row = cursor.fetchone()
    return row and row[0]


def named(name: str, asked: Sequence[int] | None = None) -> Live | None:
    """An artifact that an experiment serves; the live one when it cannot be loaded.

    asked: as in `current`.
    """
    live = current(asked)
    if live is not None and live.name == name:
        return live
    newest_cold = ColdVector.objects.filter(artifact=OuterRef("pk")).order_by("-id")
    found = (
        Artifact.objects.filter(name=name)
        .annotate(newest_cold=Subquery(newest_cold.values("id")[:1]))
        .values_list("pk", "newest_cold")
        .first()
    )
    if found is None or _is_refused(found[0]):
        return live
    wanted = (found[0], found[1] or 0)
    with _loading:
        rival = _rivals.get(wanted[0])
        if rival is None or rival.newest_cold != wanted[1]:
            rival = _load_live(wanted[0], name, wanted[1])
            if rival is None:
                _refused[wanted[0]] = monotonic()
                return live
            _rivals.pop(wanted[0], None)
            while len(_rivals) >= ARMS:
                _rivals.pop(next(iter(_rivals)))
            _rivals[wanted[0]] = rival
        return rival


def forget_rivals() -> None:
    """No experiment runs: only the live artifact stays in memory."""
    _rivals.clear()


def _is_refused(artifact_id: int) -> bool:
    """For a minute: said once then, not at every request, and a mended folder serves again."""
    return monotonic() - _refused.get(artifact_id, -inf) < REFUSED_SECONDS


def _load_live(artifact_id: int, name: str, newest_cold: int) -> Live | None:
    held = [_live, *_rivals.values()]
    known = [each for each in held if each and each.artifact_id == artifact_id]
    loaded = known[0].recommender if known else load(Path(settings.ARTIFACTS_DIR) / name)
    if loaded is None:
        return None
    return Live(artifact_id, name, newest_cold, _with_cold_titles(loaded, artifact_id))


def load(folder: Path) -> Recommender | None:
    """The artifact in a folder; None, and one line in the log, when it is missing or corrupt."""
    try:
        return Recommender.load(folder)
    except RecsysError as error:
        log.error("artifact %s refused: %s", folder.name, error)
        return None


def item_encoder(folder: Path) -> ItemEncoder | None:
    """What encodes new titles for an artifact; None, and a line in the log, if it is broken."""
    try:
        return ItemEncoder.load(folder)
    except RecsysError as error:
        log.error("artifact %s refused: %s", folder.name, error)
        return None


def is_whole(folder: Path) -> bool:
    """Every file of this artifact is there and is what was written."""
    try:
        read_manifest(folder)
    except RecsysError as error:
        log.error("artifact %s is damaged: %s", folder.name, error)
        return False
    return True


def item_ids(folder: Path) -> set[int]:
    """Titles that the artifact in this folder knows, without loading it; none if unreadable."""
    try:
        return set(map(int, read_item_ids(folder)))
    except RecsysError:
        return set()


def _with_cold_titles(known: Recommender, artifact_id: int) -> Recommender:
    """With those of this artifact that it does not know yet; only their vectors are read."""
    cold = ColdVector.objects.filter(artifact=artifact_id).order_by("title_id")
    ids = [pk for pk in cold.values_list("title_id", flat=True) if not known.knows(pk)]
    if not ids:
        return known
    rows = cold.filter(title__in=ids).values_list("title_id", "vector")
    new = {title_id: np.frombuffer(vector, dtype="<f4") for title_id, vector in rows}
    return known.with_cold_items(list(new), np.stack(list(new.values())))
