"""What one event writes: once per key, nothing that makes no sense."""

import pytest

from events.models import Event, Rating, Saved
from events.services import EventRefused, record_event, set_liked, set_state, undo_event
from tests.factories import make_event, make_title, make_user

pytestmark = pytest.mark.django_db


def test_the_same_key_again_gives_the_first_event_and_writes_nothing():
    user, title, other = make_user(), make_title(), make_title()
    first, created = record_event(user=user, title=title, kind="rate", value=4, key="a")
    again, created_again = record_event(user=user, title=other, kind="save", key="a")
    assert (created, created_again, again.pk) == (True, False, first.pk)
    assert Event.objects.count() == 1
    assert not Saved.objects.exists()


def test_a_key_belongs_to_one_person():
    title = make_title()
    for user in (make_user(), make_user()):
        assert record_event(user=user, title=title, kind="click", key="a")[1]


def test_events_without_a_key_are_all_written():
    user, title = make_user(), make_title()
    make_event(user, title, "click")
    make_event(user, title, "click")
    assert Event.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "dance"},
        {"kind": "rate"},
        {"kind": "rate", "value": 0},
        {"kind": "rate", "value": 5.5},
        {"kind": "rate", "value": 3.3},
        {"kind": "rate", "value": float("nan")},
        {"kind": "rate", "value": float("inf")},
        {"kind": "save", "value": 3},
        {"kind": "click", "position": -1},
        {"kind": "click", "position": 40_000},
        {"kind": "click", "shelf": "x" * 61},
        {"kind": "click", "key": "x" * 65},
        {"kind": "click", "key": ""},
    ],
)
def test_an_event_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(EventRefused):
        record_event(user=make_user(), title=make_title(), **wrong)
    assert not Event.objects.exists()


def test_undoing_twice_is_undoing_once():
    user, title = make_user(), make_title()
    make_event(user, title, "rate", value=2)
    second = make_event(user, title, "rate", value=5)
    undo_event(event=second)
    undo_event(event=second)
    assert Rating.objects.get().stars == 2


def test_saving_twice_writes_one_event():
    user, title = make_user(), make_title()
    first, changed = set_state(user=user, title=title, kind="save", wanted=True)
    assert changed
    assert set_state(user=user, title=title, kind="save", wanted=True) == (first, False)
    assert Event.objects.count() == 1


def test_a_like_never_lowers_the_stars():
    user, title = make_user(), make_title()
    make_event(user, title, "rate", value=5)
    assert set_liked(user=user, title=title, liked=True) is None
    assert Rating.objects.get().stars == 5


def test_a_like_lifts_low_stars_and_its_end_leaves_no_rating():
    user, title = make_user(), make_title()
    make_event(user, title, "rate", value=2)
    set_liked(user=user, title=title, liked=True)
    assert Rating.objects.get().stars == 4
    set_liked(user=user, title=title, liked=False)
    assert not Rating.objects.exists()
