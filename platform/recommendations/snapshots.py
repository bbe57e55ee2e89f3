"""Lists paged through as they were served: the log holds them, a cursor says where one is."""

from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.utils import timezone

from recommendations.models import LoggedList
from recommendations.rankers import Scored, Source

SCORE_DIGITS = 6  # what single precision keeps of a score
KEPT = timedelta(hours=1)  # how long a list can be paged through


class CursorRefused(ValueError):
    """This cursor is not ours, or its list is no longer kept: ask again without one."""


def cursor_to(list_id: UUID, served_at: datetime, start: int) -> str:
    """start: place of the first title of the next page"""
    return f"{start}.{list_id.hex}.{served_at.isoformat()}"


def snapshot_at(cursor: str, user: Any, visitor: str) -> tuple[LoggedList, list[Scored], int]:
    """A list that was served to this person of late, its titles, and where to go on.

    Raises CursorRefused.
    """
    list_id, served_at, start = _read(cursor)
    own = {"user": user.pk} if user.is_authenticated else {"user": None, "visitor": visitor}
    lists = LoggedList.objects.filter(list_id=list_id, served_at=served_at, **own)
    kept = lists.first() if served_at > timezone.now() - KEPT else None
    if kept is None:
        raise CursorRefused("this list is no longer kept: ask again without a cursor")
    rows = zip(kept.title_ids, kept.scores, kept.sources, strict=True)
    found = [
        Scored(pk, round(score, SCORE_DIGITS), cast(Source, source)) for pk, score, source in rows
    ]
    return kept, found, start


def _read(cursor: str) -> tuple[UUID, datetime, int]:
    """What it says need not be true: the list is looked for among one's own."""
    try:
        start, list_id, served_at = cursor.split(".", 2)
        found = UUID(hex=list_id), datetime.fromisoformat(served_at), int(start)
    except ValueError as error:
        raise CursorRefused("this cursor was not made by this site") from error
    if found[1].tzinfo is None or found[2] < 0:
        raise CursorRefused("this cursor was not made by this site")
    return found
