"""The served-list log is cut by week, ahead of time, and forgets what is too old."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from recommendations import partitions
from recommendations.models import Experiment, LoggedList
from recommendations.tasks import keep_served_log
from tests.factories import make_experiment, make_served, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2031, 1, 15, 9, 0, tzinfo=UTC)  # a Wednesday, far from the weeks of the migration
MONDAY = datetime(2031, 1, 13, tzinfo=UTC)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
AHEAD = [MONDAY + ahead * WEEK for ahead in range(5)]


@pytest.fixture(autouse=True)
def kept(settings):
    settings.SERVED_LISTS_KEPT = timedelta(days=90)


def part_of(served: LoggedList) -> str:
    """The table that a row lies in."""
    statement = "SELECT tableoid::regclass::text FROM recommendations_loggedlist WHERE list_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(statement, [served.list_id])
        return cursor.fetchone()[0].removeprefix("recommendations_loggedlist_")


def test_this_week_and_four_more_have_a_part():
    partitions.keep_up(now=NOW)
    assert partitions.weeks() == AHEAD  # the old ones of the migration are gone
    assert part_of(make_served(None, [], at=MONDAY)) == "20310113"
    assert part_of(make_served(None, [], at=MONDAY + WEEK)) == "20310120"
    assert part_of(make_served(None, [], at=MONDAY - timedelta(microseconds=1))) == "default"


def test_running_it_again_changes_nothing():
    partitions.keep_up(now=NOW)
    member = make_user()
    served = make_served(member, [], at=NOW)
    for later in (NOW, NOW + DAY):
        partitions.keep_up(now=later)
    assert partitions.weeks() == AHEAD
    assert LoggedList.objects.get().pk == served.pk
    assert LoggedList.objects.filter(user=member).exists()


def test_a_week_is_dropped_when_all_of_it_is_too_old():
    partitions.keep_up(now=NOW)
    make_served(None, [], at=MONDAY + DAY)
    partitions.keep_up(now=MONDAY + WEEK + timedelta(days=90) - timedelta(seconds=1))
    assert LoggedList.objects.exists()
    partitions.keep_up(now=MONDAY + WEEK + timedelta(days=90))
    assert not LoggedList.objects.exists()
    assert MONDAY not in partitions.weeks()


def test_nothing_since_the_start_of_a_running_experiment_is_dropped():
    partitions.keep_up(now=NOW)
    start, later = NOW + WEEK, NOW + 30 * WEEK
    running = make_experiment(state=Experiment.State.RUNNING, started_at=start)
    make_served(None, [], at=NOW)  # in the week before
    first, caught = (make_served(None, [], at=at) for at in (start, NOW + 10 * WEEK))
    partitions.keep_up(now=later)
    assert {served.pk for served in LoggedList.objects.all()} == {first.pk, caught.pk}
    assert part_of(caught) == f"{partitions.monday_of(caught.served_at):%Y%m%d}"
    Experiment.objects.filter(pk=running.pk).update(state=Experiment.State.STOPPED)
    partitions.keep_up(now=later)
    assert not LoggedList.objects.exists()


def test_after_weeks_without_a_run_what_was_caught_goes_to_its_week_or_is_forgotten():
    member = make_user()
    partitions.keep_up(now=NOW)
    later = NOW + 30 * WEEK
    too_old = make_served(member, [], at=later - timedelta(days=91))
    kept = [make_served(member, [], at=later - days * DAY) for days in (89, 20, 0)]
    assert {part_of(served) for served in kept} == {"default"}
    partitions.keep_up(now=later)
    assert not LoggedList.objects.filter(list_id=too_old.list_id).exists()
    assert [part_of(served) for served in kept] == [
        f"{partitions.monday_of(served.served_at):%Y%m%d}" for served in kept
    ]
    assert LoggedList.objects.count() == 3
    assert partitions.weeks()[-5:] == [partitions.monday_of(later) + n * WEEK for n in range(5)]


def test_a_row_of_a_far_future_stays_where_it_was_caught():
    partitions.keep_up(now=NOW)
    stray = make_served(None, [], at=NOW + 50 * WEEK)
    partitions.keep_up(now=NOW)
    assert part_of(stray) == "default"
    assert partitions.weeks() == AHEAD


def test_a_part_has_the_indexes_and_the_rules_of_the_log():
    partitions.keep_up(now=NOW)
    with connection.cursor() as cursor:
        name = "recommendations_loggedlist_20310113"
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = %s", [name])
        assert cursor.fetchone()[0] == 4
        foreign = (
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass"
        )
        cursor.execute(foreign, [name])
        assert cursor.fetchone()[0] == 2


def test_a_query_of_one_week_reads_one_part():
    partitions.keep_up(now=NOW)
    week = LoggedList.objects.filter(served_at__gte=MONDAY, served_at__lt=MONDAY + WEEK)
    assert "recommendations_loggedlist_20310113" in week.explain()
    assert "recommendations_loggedlist_20310120" not in week.explain()


def test_the_daily_task_keeps_up_with_the_clock():
    keep_served_log()
    assert partitions.weeks()[-1] > datetime.now(UTC) + 3 * WEEK


def test_a_visitor_s_lists_are_nobody_s_after_thirty_days_and_a_member_s_stay_theirs():
    partitions.keep_up(now=NOW)
    member = make_user()
    make_served(member, [], at=NOW)
    for seconds in (0, 1):
        at = NOW + timedelta(seconds=seconds)
        make_served(None, [], at=at, visitor=str(seconds))
    partitions.keep_up(now=NOW + timedelta(days=30, seconds=1))
    of_visitors = LoggedList.objects.filter(user=None).order_by("served_at")
    assert list(of_visitors.values_list("visitor", flat=True)) == ["", "1"]
    assert LoggedList.objects.filter(user=member).exists()


def test_two_runs_at_once_make_and_drop_a_week_once(monkeypatch):
    old = partitions.weeks()
    partitions.keep_up(now=NOW)
    seen_before = iter([old, old])
    real = partitions.weeks
    monkeypatch.setattr(partitions, "weeks", lambda: next(seen_before, None) or real())
    partitions.keep_up(now=NOW)  # as one that has looked before the other was done
    assert real() == AHEAD


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_when_the_log_is_being_read_it_gives_up_soon_and_says_so(caplog, monkeypatch):
    monkeypatch.setattr(partitions, "LOCK_WAIT", "50ms")
    before = partitions.weeks()
    reader = connections.create_connection("default")
    try:
        with reader.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT count(*) FROM recommendations_loggedlist")
            with caplog.at_level(logging.WARNING):
                partitions.keep_up(now=NOW)
            cursor.execute("ROLLBACK")
    finally:
        reader.close()
    assert "until the next run" in caplog.text
    assert partitions.weeks() == before
