"""The artifact this process serves from: what the newest promotion names, loaded once."""

import logging
import threading
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from pathlib import Path
from time import monotonic
from typing import Self

import numpy as np
from django.conf import settings
from django.db.models import OuterRef, Subquery
from numpy.typing import NDArray

from catalog.census import Census, Mask
from recommendations.models import Artifact, ColdVector, Promotion
from recsys.artifacts import read_manifest
from recsys.errors import RecsysError
from recsys.serving import Recommender, read_item_ids

log = logging.getLogger(__name__)

PROMOTIONS_TRIED = 10
REFUSED_SECONDS = 60.0
ARMS = 2  # of one experiment


@dataclass(frozen=True)
class Placed:
    """Where the rows of a recommender stand in one state of the census."""

    number: int  # of the census
    places: NDArray[np.int64]
    known: Mask  # those that are there at all

    @classmethod
    def of(cls, title_ids: NDArray[np.int64], census: Census) -> Self:
        """census: of one title at least."""
        places = np.minimum(np.searchsorted(census.ids, title_ids), len(census) - 1)
        return cls(census.number, places, census.ids[places] == title_ids)


@dataclass(eq=False)
class Live:
    """A loaded artifact with the cold titles encoded for it so far; only its notes change."""

    artifact_id: int
    name: str
    newest_cold: int
    base: Recommender
    recommender: Recommender
    _noted: Placed | None = field(default=None, init=False, repr=False)

    @cached_property
    def title_ids(self) -> NDArray[np.int64]:
        """Of the rows of the recommender."""
        return np.array([int(id_) for id_ in self.recommender.item_ids], dtype=np.int64)

    def allowed(self, census: Census, mask: Mask) -> Mask:
        """The same choice of titles, over the rows of the recommender. mask: (N,) of the census"""
        if not len(census):
            return np.zeros(len(self.title_ids), dtype=bool)
        placed = self._noted
        if placed is None or placed.number != census.number:
            placed = self._noted = Placed.of(self.title_ids, census)
        return mask[placed.places] & placed.known


_live: Live | None = None
_rivals: dict[int, Live] = {}  # what an experiment serves beside the live one, by artifact
_refused: dict[int, float] = {}  # artifacts that could not be loaded → when that was (monotonic)
_loading = threading.Lock()


def current() -> Live | None:
    """What the newest promotion names, swapped in at the first request after it; one query.

    An artifact that cannot be loaded is refused for a while, and the one before it keeps serving.
    """
    global _live
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
                _live = loaded
                return loaded
            _refused[artifact_id] = monotonic()
    return None


def named(name: str) -> Live | None:
    """An artifact that an experiment serves; the live one when it cannot be loaded."""
    live = current()
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
    base = known[0].base if known else load(Path(settings.ARTIFACTS_DIR) / name)
    if base is None:
        return None
    return Live(artifact_id, name, newest_cold, base, _with_cold_titles(base, artifact_id))


def load(folder: Path) -> Recommender | None:
    """The artifact in a folder; None, and one line in the log, when it is missing or corrupt."""
    try:
        return Recommender.load(folder)
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


def _with_cold_titles(base: Recommender, artifact_id: int) -> Recommender:
    rows = ColdVector.objects.filter(artifact=artifact_id).values_list("title_id", "vector")
    cold = [(title_id, vector) for title_id, vector in rows if not base.knows(title_id)]
    if not cold:
        return base
    vectors = np.stack([np.frombuffer(vector, dtype="<f4") for _, vector in cold])
    return base.with_cold_items([title_id for title_id, _ in cold], vectors)
