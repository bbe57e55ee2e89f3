"""A reason says what the titles were really found by."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from recommendations import lists
from recommendations.home import home
from recommendations.reasons import reason
from tests.factories import make_event, make_title

pytestmark = pytest.mark.django_db


def test_popular_titles_of_a_genre_are_not_called_close(member):
    shown, kin = make_title("Shown"), make_title("Kin")
    near = lists.similar_titles(member, shown, limit=5)
    assert near.rung == "popular"
    assert [(pick.title, pick.why) for pick in near.picks] == [
        (kin, "Popular, and shares a genre with Shown")
    ]


def test_titles_like_one_that_somebody_chose_do_not_claim_all_their_taste():
    assert reason("similar", None) == "Close in genre, people and words to something you chose"


def test_a_later_page_names_the_artifact_that_made_the_list(live, go_live, titles, member):
    make_event(member, titles[0], Event.Kind.FINISH)
    first, cursor = lists.recommendation_page(member, limit=3, kind=None, cursor=None)
    go_live("newer")
    second, _ = lists.recommendation_page(member, limit=3, kind=None, cursor=cursor)
    fresh, _ = lists.recommendation_page(member, limit=3, kind=None, cursor=None)
    assert (first.artifact, second.artifact, fresh.artifact) == ("toy", "toy", "newer")
    assert second.list_id == first.list_id


@pytest.mark.parametrize(
    ("did", "value", "days", "words"),
    [
        (Event.Kind.RATE, 4.5, 1, "Because you liked"),
        (Event.Kind.FINISH, None, 1, "Because you finished"),
        (Event.Kind.PLAY, None, 2, "Because you played"),
        (Event.Kind.SAVE, None, 2, "Because you saved"),
    ],
)
def test_a_reason_says_no_more_than_what_they_did(
    did, value, days, words, live, titles, member, monkeypatch
):
    monkeypatch.setattr("recommendations.home.SHELF_LENGTH", 5)  # that more than the first are full
    for ago in reversed(range(days)):
        moment = timezone.now() - timedelta(days=ago)
        make_event(member, titles[0], did, value=value, now=moment)
    told = f"{words} {titles[0].name}"
    page, _ = lists.recommendation_page(member, limit=5, kind=None, cursor=None)
    assert told in {pick.why for pick in page.picks}
    shelves = {shelf.key: shelf for shelf in home(member)}
    assert shelves["because"].heading == told
    picked = shelves["picked"].cards[0]
    _, told_of = lists.title_page(member, picked.title, limit=5)
    assert told_of.sentence.startswith(told)
