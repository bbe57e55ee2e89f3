"""Writing down what was served: one row a list, one statement a page."""

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

log = logging.getLogger(__name__)

Surface = Literal["home", "list", "similar"]
# NaN and the infinite ones are null in JSON, and 0 in the log
# one JSON of all rows: half the time of a parameter for every column of every row
INSERT = """
INSERT INTO recommendations_loggedlist (
    list_id, served_at, user_id, visitor, surface, shelf, rung, artifact, experiment_id, arm,
    title_ids, scores, sources
)
SELECT list_id, %s, %s, %s, surface, shelf, rung, coalesce(artifact, ''), experiment_id, arm,
    title_ids, array_replace(scores, NULL, 0::real), sources
FROM json_to_recordset(%s::json) AS served (
    list_id uuid, surface text, shelf text, rung text, artifact text, experiment_id bigint,
    arm text, title_ids bigint[], scores real[], sources text[]
)
"""


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

    def __post_init__(self) -> None:
        if not len(self.title_ids) == len(self.scores) == len(self.sources):
            raise ValueError(f"a score and a source for every title: {self}")


def log_lists(
    *, user: Any, visitor: str = "", lists: Sequence[ServedRow], now: datetime | None = None
) -> bool:
    """Write the lists of one page; were they written?

    A fault of the database is logged and costs only the log.

    user: who asked, signed in or not; visitor: keyed hash of the session of one who is not.
    """
    if not lists:
        return False
    rows = orjson.dumps(lists, default=list, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    values = [now or timezone.now(), user.pk, "" if user.pk else visitor, rows]
    # outside of a transaction the statement is its own; inside, a fault must not end the page's
    own = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with own, connection.cursor() as cursor:
            cursor.execute(INSERT, values)
    except DatabaseError as error:
        log.warning("%d served lists were not written down: %s", len(lists), error)
        return False
    return True
