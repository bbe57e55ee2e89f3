"""What a person's events say of a title: which of them counts, and how much."""

from datetime import UTC, datetime, timedelta

import pytest

from events.services import undo_event
from events.weights import LIKED
from recommendations.dataset import past_of
from tests.factories import make_event, make_title, make_user

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def said(member, *events):
    """The entry of one title on which these (kind, stars) happened, a minute apart."""
    title = make_title()
    for minute, (kind, stars) in enumerate(events):
        make_event(member, title, kind, value=stars, now=MONDAY + timedelta(minutes=minute))
    [entry] = [entry for entry in past_of(member).history if entry.item_id == title.pk]
    return entry.kind, round(entry.weight, 3)


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ([("finish", None)], ("finish", 1.0)),
        ([("play", None)], ("play", 0.4)),
        ([("save", None)], ("save", 0.4)),
        ([("click", None)], ("click", 0.2)),
        ([("rate", 5)], ("rate", 1.0)),
        ([("rate", 0.5)], ("rate", -1.0)),
        ([("hide", None)], ("hide", -0.3)),
        ([("dislike", None)], ("dislike", -1.0)),
        ([("finish", None), ("rate", 1)], ("rate", -0.778)),
        ([("rate", 1), ("finish", None)], ("rate", -0.778)),
        ([("rate", 5), ("dislike", None)], ("dislike", -1.0)),
        ([("dislike", None), ("rate", 5)], ("rate", 1.0)),
        ([("finish", None), ("hide", None)], ("finish", 1.0)),
        ([("click", None), ("hide", None)], ("hide", -0.3)),
        ([("save", None), ("finish", None), ("click", None)], ("finish", 1.0)),
    ],
)
def test_the_event_that_says_most_counts(member, events, counts):
    assert said(member, *events) == counts


@pytest.mark.parametrize(
    ("kind", "days", "weight"),
    [
        ("play", 2, 0.64),
        ("play", 3, 0.784),
        ("save", 2, 0.64),
        ("finish", 5, 1.0),
        ("click", 2, 0.36),
        ("click", 9, 0.4),
        ("dislike", 3, -1.0),
        ("hide", 3, -0.3),
    ],
)
def test_the_same_on_another_day_says_more(member, kind, days, weight):
    title = make_title()
    for day in range(days):
        make_event(member, title, kind, now=MONDAY + day * DAY)
    [entry] = past_of(member).history
    assert entry.weight == pytest.approx(weight)


def test_the_same_ten_times_a_day_says_it_once(member):
    title = make_title()
    for minute in range(10):
        make_event(member, title, "play", now=MONDAY + timedelta(minutes=minute))
    assert past_of(member).history[0].weight == pytest.approx(0.4)


def test_a_page_opened_for_weeks_is_not_said_to_be_liked(member):
    title = make_title()
    for day in range(30):
        make_event(member, title, "click", now=MONDAY + day * DAY)
    assert past_of(member).history[0].weight < LIKED


def test_what_was_put_away_is_not_recommended_again_and_is_told_apart(member):
    disliked, hidden, opened = make_title(), make_title(), make_title()
    event = make_event(member, disliked, "dislike")
    make_event(member, hidden, "hide")
    make_event(member, opened, "click")
    past = past_of(member)
    assert past.seen == {disliked.pk, hidden.pk}
    assert (past.disliked, past.hidden) == ({disliked.pk}, {hidden.pk})
    undo_event(event=event)
    assert (past_of(member).seen, past_of(member).disliked) == ({hidden.pk}, frozenset())


def test_a_past_is_three_queries(member, django_assert_num_queries):
    for kind in ("finish", "impression", "dislike"):
        make_event(member, make_title(), kind)
    make_event(make_user(), make_title())
    with django_assert_num_queries(3):  # its number, what was done, what tires
        past_of(member)
