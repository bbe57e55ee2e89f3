"""Titles shown in vain tire: by hand-worked figures, bounded, and without a trace after undo."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from events import fatigue
from events.fatigue import HALF_TIRED, fatigue_of
from events.models import Event
from recommendations.taste import taste_of
from tests.factories import make_event, make_title, make_user

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def show(user, title, *, times=1, now=MONDAY, **where):
    for _ in range(times):
        shown = {"shelf": "popular", "position": 0, "list_id": uuid4()} | where
        make_event(user, title, "impression", now=now, **shown)


def test_each_view_at_the_top_takes_the_same_share_of_what_is_left(member):
    once, five, ten = make_title(), make_title(), make_title()
    for title, times in ((once, 1), (five, 5), (ten, 10)):
        show(member, title, times=times)
    assert HALF_TIRED == 5
    assert fatigue_of(member) == pytest.approx({once.pk: 1 - 0.5**0.2, five.pk: 0.5, ten.pk: 0.75})


def test_a_place_further_down_counts_less(member):
    first, third, unsaid = make_title(), make_title(), make_title()
    for title, position in ((first, 0), (third, 2), (unsaid, None)):
        show(member, title, times=5, position=position)
    tired = fatigue_of(member)
    assert tired[first.pk] == pytest.approx(0.5)
    assert tired[third.pk] == pytest.approx(1 - 0.5**0.5)  # 1 / log2(4) = 0.5 a view
    assert 0 < tired[unsaid.pk] < tired[third.pk]


def test_one_list_counts_once_at_its_best_place(member):
    title, same = make_title(), uuid4()
    for position in (6, 0, 3):
        show(member, title, list_id=same, position=position)
    assert fatigue_of(member)[title.pk] == pytest.approx(1 - 0.5**0.2)


@pytest.mark.parametrize(
    ("kind", "value", "tires"),
    [
        ("click", None, False),
        ("play", None, False),
        ("save", None, False),
        ("finish", None, False),
        ("rate", 4, False),
        ("rate", 2.5, True),
        ("hide", None, True),
        ("dislike", None, True),
    ],
)
def test_only_what_was_shown_after_a_yes_tires(member, kind, value, tires):
    title = make_title()
    show(member, title, times=5)
    make_event(member, title, kind, value=value, now=MONDAY + DAY)
    assert (title.pk in fatigue_of(member)) == tires
    show(member, title, now=MONDAY + 2 * DAY)
    assert fatigue_of(member)[title.pk] == pytest.approx(
        1 - 0.5 ** ((6 if tires else 1) / HALF_TIRED)
    )


def test_only_the_newest_thirty_days_on_which_something_was_shown_count(member):
    old, new, last = make_title(), make_title(), make_title()
    show(member, old, now=MONDAY)
    show(member, new, now=MONDAY + 365 * DAY)
    for day in range(29):
        show(member, last, now=MONDAY + (366 + day) * DAY)
    assert set(fatigue_of(member)) == {new.pk, last.pk}


def test_only_the_newest_views_are_read(member, monkeypatch):
    monkeypatch.setattr(fatigue, "MOST_IMPRESSIONS", 3)
    old, new = make_title(), make_title()
    show(member, old)
    show(member, new, times=3)
    assert set(fatigue_of(member)) == {new.pk}


def test_nobody_tires_of_what_others_saw_or_of_what_was_undone(member):
    title = make_title()
    show(make_user(), title)
    show(member, title)
    Event.objects.filter(user=member).update(undone_at=MONDAY)
    assert fatigue_of(member) == {}


def test_what_tires_is_asked_only_of_somebody_who_was_shown_a_title(member):
    title = make_title()
    taste_of(member)  # what this process keeps of the catalog is read
    with CaptureQueriesContext(connection) as asked:
        assert taste_of(member).fatigue == {}
    assert not any("dense_rank" in query["sql"] for query in asked)
    show(make_user(), title)
    assert taste_of(member).fatigue == {}
    show(member, title, times=5)
    assert taste_of(member).fatigue == pytest.approx({title.pk: 0.5})
    Event.objects.filter(user=member).update(undone_at=MONDAY)
    assert taste_of(member).fatigue == {}
