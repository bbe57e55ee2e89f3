"""The weekly parts of the served-list log: made ahead, dropped when all in them is too old."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q

from events.models import VisitorEvent
from events.visitors import KEPT as VISITORS_KEPT
from recommendations.models import Experiment, LoggedList, LoggedPast

log = logging.getLogger(__name__)

TABLE = LoggedList._meta.db_table
DEFAULT = f"{TABLE}_default"  # takes what no week takes, so that nothing served is lost
WEEK = timedelta(days=7)
WEEKS_AHEAD = 4
LAST_SERVED_WITHIN = timedelta(days=2)  # a past notes once a day, and an hour, that it is served
MOVE = """
WITH moved AS (DELETE FROM {default} WHERE served_at >= %s AND served_at < %s RETURNING *)
INSERT INTO {week} SELECT * FROM moved
"""
LOCK_WAIT = "1s"  # pages wait behind us, so we give up soon; the next hour tries again


def keep_up(*, now: datetime) -> None:
    """Bring the weeks in line with now, however long nobody did; running it again changes nothing.

    What lies in the default part goes to its week, or is dropped when it is too old. Lists of
    visitors become nobody's when what those visitors did is forgotten, and pasts go with the last
    list that was made from them. While an experiment runs
    nothing since its start is too old: its members are judged by their first lists.
    """
    of_visitors = LoggedList.objects.exclude(visitor="")
    of_visitors.filter(served_at__lt=now - VISITORS_KEPT).update(visitor="", past=None)
    oldest = _oldest_kept(now)
    _forget_pasts(now, oldest)
    first, last = monday_of(oldest), monday_of(now) + WEEKS_AHEAD * WEEK
    try:
        for monday in [week for week in weeks() if week + WEEK <= oldest]:
            _drop(monday)
        strays = {monday_of(served_at) for served_at in _stray_days(oldest)}
        wanted = {monday_of(now) + ahead * WEEK for ahead in range(WEEKS_AHEAD + 1)}
        for monday in sorted((wanted | strays) - set(weeks())):
            if first <= monday <= last:
                _add(monday)
    except OperationalError as error:  # a lock that was not to be had
        log.warning("the served-list log keeps its old parts until the next run: %s", error)


def _forget_pasts(now: datetime, oldest: datetime) -> None:
    """Those of no list that is kept."""
    of_lists = Q(last_served_at__lt=monday_of(oldest) - LAST_SERVED_WITHIN)
    did = VisitorEvent.objects.filter(visitor=OuterRef("visitor"))
    gone = Q(last_served_at__lt=now - VISITORS_KEPT) | ~Exists(did)  # written as they were deleted
    LoggedPast.objects.filter(of_lists | ~Q(visitor="") & gone).delete()


def _oldest_kept(now: datetime) -> datetime:
    running = Experiment.objects.filter(state=Experiment.State.RUNNING)
    started_at = running.values_list("started_at", flat=True).first()
    return min(now - settings.SERVED_LISTS_KEPT, started_at or now)


def weeks() -> list[datetime]:
    """The Mondays of the parts there are, oldest first."""
    rows = _rows(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid "
        "WHERE inhparent = %s::regclass AND relname <> %s ORDER BY relname",
        [TABLE, DEFAULT],
    )
    return [
        datetime.strptime(name.removeprefix(f"{TABLE}_"), "%Y%m%d").replace(tzinfo=UTC)
        for (name,) in rows
    ]


def monday_of(moment: datetime) -> datetime:
    """The start of the week (UTC) that a moment lies in."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _name(monday: datetime) -> str:
    return f"{TABLE}_{monday:%Y%m%d}"


@transaction.atomic
def _stray_days(oldest: datetime) -> list[datetime]:
    """The days of what lies in the default part, which loses what is older than `oldest`."""
    _run(f"DELETE FROM {DEFAULT} WHERE served_at < %s", [oldest])  # noqa: S608  # our own name
    days = f"SELECT DISTINCT date_trunc('day', served_at, 'UTC') FROM {DEFAULT}"  # noqa: S608
    return [day for (day,) in _rows(days)]


@transaction.atomic
def _add(monday: datetime) -> None:
    """A week's part with what lay in the default part meanwhile.

    Attached, because making it in place would lock the whole log.
    """
    name, until = _name(monday), monday + WEEK
    _run(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
    _run("SELECT pg_advisory_xact_lock(hashtext(%s))", [TABLE])  # two runs at once make one
    if monday in weeks():
        return
    _run(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    _run(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE")
    _run(MOVE.format(default=DEFAULT, week=name), [monday, until])
    _run(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {name} "
        f"FOR VALUES FROM ('{monday.isoformat()}') TO ('{until.isoformat()}')"
    )


@transaction.atomic
def _drop(monday: datetime) -> None:
    _run(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
    _run(f"DROP TABLE IF EXISTS {_name(monday)}")
    log.info("served lists of the week of %s are forgotten", monday.date())


def _run(statement: str, values: Iterable[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, tuple(values) or None)


def _rows(statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, tuple(values) or None)
        return cursor.fetchall()
