"""Writing down what was served: one row a list, one statement a page."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Literal
from uuid import UUID

import orjson
from cachetools import TTLCache
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from catalog import changes
from recommendations.logged_pasts import PastRow

log = logging.getLogger(__name__)

Surface = Literal["home", "list", "similar"]
# NaN and the infinite ones are null in JSON, and 0 in the log
# one JSON of all rows: half the time of a parameter for every column of every row
INSERT = f"""
listed AS (INSERT INTO recommendations_loggedlist (
    list_id, served_at, user_id, visitor, surface, shelf, rung, artifact, experiment_id, arm,
    title_ids, scores, sources, past, recipe
)
SELECT list_id, %s, %s, %s, surface, shelf, rung, coalesce(artifact, ''), experiment_id, arm,
    title_ids, array_replace(scores, NULL, 0::real), sources,
    CASE WHEN recipe ->> 'by' = 'personal' THEN %s::uuid END, recipe
FROM json_to_recordset(%s::json) AS served (
    list_id uuid, surface text, shelf text, rung text, artifact text, experiment_id bigint,
    arm text, title_ids bigint[], scores real[], sources text[], recipe jsonb
))
SELECT ({changes.COUNT_SQL})
"""  # noqa: S608  # statements of our own
# in the statement of the lists; they name no row that is not there
KEEP_PAST = """
kept AS (
    INSERT INTO recommendations_loggedpast AS known
        (digest, user_id, visitor, entries, last_served_at)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (digest) DO UPDATE SET last_served_at = excluded.last_served_at
    WHERE known.last_served_at < excluded.last_served_at - interval '1 day'
),
"""
KEPT_PASTS = 10_000
# digests of members' pasts that this process has written; a visitor's may go at any time
kept_pasts: TTLCache[UUID, None] = TTLCache(maxsize=KEPT_PASTS, ttl=3600)
kept_lock = Lock()


@dataclass(frozen=True)
class ServedRow:
    """A list as it was ranked; title_ids, scores and sources are of one length, best first."""

    list_id: UUID
    surface: Surface
    shelf: str
    rung: str
    artifact: str | None
    title_ids: Sequence[int]
    scores: Sequence[float]
    sources: Sequence[str]
    experiment_id: int | None = None
    arm: str = ""
    recipe: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if not len(self.title_ids) == len(self.scores) == len(self.sources):
            raise ValueError(f"a score and a source for every title: {self}")


@dataclass(frozen=True)
class Written:
    """That lists were, and what was asked along with it."""

    notes: int  # of changes of titles (catalog.changes); to ask apart takes longer than to answer


def log_lists(
    *,
    user: Any,
    visitor: str = "",
    lists: Sequence[ServedRow],
    past: PastRow | None = None,
    now: datetime | None = None,
    since: str | None = None,
) -> Written | None:
    """Write the lists of one page, and the past that they were made from; None: they were not.

    A fault of the database is logged and costs only the log.

    user: who asked, signed in or not; visitor: keyed hash of the session of one who is not; past:
    of the lists that a model made by it; since: from where on changes of titles are counted.
    """
    if not lists:
        return None
    rows = orjson.dumps(lists, default=list, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    at, whose = now or timezone.now(), (user.pk, "" if user.pk else visitor)
    statement, values = INSERT, [at, *whose, past and past.digest, rows, since]
    if past is not None and not _is_kept(past.digest):
        statement, values = KEEP_PAST + INSERT, [past.digest, *whose, past.entries, at, *values]
    in_transaction = connection.in_atomic_block
    # outside of a transaction the statement is its own; inside, a fault must not end the page's
    own = transaction.atomic() if in_transaction else nullcontext()
    try:
        with own, connection.cursor() as cursor:
            cursor.execute(f"WITH {statement}", values)
            written = Written(*cursor.fetchone())
    except DatabaseError as error:
        log.warning("%d served lists were not written down: %s", len(lists), error)
        return None
    if past is not None and user.pk and not in_transaction:  # which may yet be rolled back
        with kept_lock:
            kept_pasts[past.digest] = None
    return written


def _is_kept(digest: UUID) -> bool:
    with kept_lock:
        return digest in kept_pasts
