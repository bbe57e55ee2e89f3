"""What a list says of its titles, in memory: read once, and again when the title changed."""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from time import monotonic

from django.db import connection

from catalog.census import current_census
from catalog.changes import changes, now
from catalog.models import Credit
from catalog.posters.spec import PosterSpec

MAX_BRIEFS = 20_000
BLOCK = 512  # ids that are read together where all titles have room: these are then soon read
KEPT_SECONDS = 3_600.0
POLL_SECONDS = 1.0  # as late a changed name is seen
# by hand, as many lists have a title that was not read yet: Django takes four times as long
READ_SQL = """
SELECT id, name, year, kind,
    ARRAY(
        SELECT genre.name FROM catalog_title_genres AS own
        JOIN catalog_genre AS genre ON genre.id = own.genre_id
        WHERE own.title_id = title.id ORDER BY genre.name
    ),
    coalesce((
        SELECT person.name FROM catalog_credit AS credit
        JOIN catalog_person AS person ON person.id = credit.person_id
        WHERE credit.title_id = title.id AND credit.role = ANY(%s)
        ORDER BY credit.role, credit.position, credit.id LIMIT 1
    ), '')
FROM catalog_title AS title WHERE id = ANY(%s) AND published
"""


@dataclass(frozen=True)
class Brief:
    """A title in a line. Says nothing of who may see it: lists know that (catalog.census)."""

    pk: int
    name: str
    year: int | None
    kind: str
    genre_names: tuple[str, ...]  # by name
    maker: str  # the first of those who made it, "" when nobody is known

    @cached_property
    def poster(self) -> PosterSpec:
        """What `Title.poster` is."""
        return PosterSpec(self.name, self.year, self.genre_names, self.maker, self.kind)


_briefs: dict[int, Brief] = {}  # the first read first; bare, as a list looks thirty of them up
_begun_at = 0.0  # when all were forgotten last
_lock = threading.Lock()
_until = ""  # where the feed of changes was read to; "": nothing was read yet
_polled_at = 0.0
_generation = 0  # counts what the feed told: a brief read before that is not kept


def briefs_of(ids: Collection[int]) -> Mapping[int, Brief]:
    """By id, those that are published; as a rule without a query."""
    _poll()
    with _lock:
        generation = _generation
        found = {pk: brief for pk in ids if (brief := _briefs.get(pk)) is not None}
    missing = [pk for pk in ids if pk not in found]
    if missing:
        fresh = _read(_with_neighbours(missing))
        found |= {pk: fresh[pk] for pk in missing if pk in fresh}
        with _lock:
            if generation == _generation:
                _keep(fresh)
    return found


def _keep(fresh: Mapping[int, Brief]) -> None:
    """In place of the oldest, where there is no more room."""
    _briefs.update(fresh)
    for pk in list(islice(_briefs, max(0, len(_briefs) - MAX_BRIEFS))):
        del _briefs[pk]


def _with_neighbours(ids: Collection[int]) -> Collection[int]:
    """The ids about these too, so that a small catalog is soon read; of a large one these alone."""
    if len(current_census()) > MAX_BRIEFS:
        return ids
    blocks = {pk // BLOCK for pk in ids}
    return [pk for block in blocks for pk in range(BLOCK * block, BLOCK * (block + 1))]


def _read(ids: Collection[int]) -> dict[int, Brief]:
    with connection.cursor() as cursor:
        cursor.execute(READ_SQL, [[str(role) for role in Credit.MAKERS], list(ids)])
        rows = cursor.fetchall()
    return {
        pk: Brief(pk, name, year, kind, tuple(genres), maker)
        for pk, name, year, kind, genres, maker in rows
    }


def _poll() -> None:
    """Forget what the feed says has changed."""
    global _until, _polled_at, _generation, _begun_at
    with _lock:
        if monotonic() - _polled_at < POLL_SECONDS and _until:
            return
        _polled_at, since = monotonic(), _until
        if monotonic() - _begun_at > KEPT_SECONDS:
            _begun_at = monotonic()
            _briefs.clear()
        if not since:
            _until = now()
            return
    told = changes(since)
    with _lock:
        if not (told.everything or told.title_ids):
            return
        _until = told.until
        _generation += 1
        if told.everything:
            _briefs.clear()
        for pk in told.title_ids:
            _briefs.pop(pk, None)


def forget_briefs() -> None:
    """As a process that starts now."""
    global _until
    with _lock:
        _briefs.clear()
        _until = ""
