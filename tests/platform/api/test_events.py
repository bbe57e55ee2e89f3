from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from catalog.models import Hidden
from events.models import Event, Rating, Saved
from tests.factories import make_title


def event(title: Any, kind: str = "save", key: str = "one", **more: Any) -> dict[str, Any]:
    return {"title": title.pk, "kind": kind, "key": key, **more}


def test_an_event_is_written_down_as_sent(owner):
    title, list_id = make_title(), str(uuid4())
    sent = event(title, "click", shelf="popular", position=3, list_id=list_id)

    answer = owner.post("events/", sent)

    assert answer.status_code == 201
    assert sent.items() <= answer.json().items()
    written = Event.objects.get(pk=answer.json()["id"])
    assert (written.user, written.title, written.position) == (owner.user, title, 3)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("impression", None),
        ("click", None),
        ("play", None),
        ("finish", None),
        ("rate", 3.5),
        ("save", None),
        ("dislike", None),
        ("hide", None),
    ],
)
def test_the_same_key_again_is_the_same_event(owner, kind, value):
    sent = event(make_title(), kind, value=value)

    first, second = owner.post("events/", sent), owner.post("events/", sent)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Event.objects.count() == 1


def test_a_key_of_another_event_is_refused_and_that_event_stands(owner):
    first, second = make_title(), make_title()
    assert owner.post("events/", event(first, "dislike")).status_code == 201
    for other in (event(second, "dislike"), event(first, "click")):
        refused = owner.post("events/", other)
        assert refused.status_code == 409
        assert "key" in refused.json()["detail"]
    assert owner.post("events/", event(first, "dislike")).status_code == 200


def test_two_people_may_use_the_same_key(owner, stranger):
    title = make_title()

    assert owner.post("events/", event(title)).status_code == 201
    assert stranger.post("events/", event(title)).status_code == 201


@pytest.mark.parametrize(
    ("kind", "value", "state"), [("rate", 4, Rating), ("save", None, Saved), ("hide", None, Hidden)]
)
def test_undoing_takes_the_state_back(owner, kind, value, state):
    written = owner.post("events/", event(make_title(), kind, value=value)).json()
    assert state.objects.filter(user=owner.user).exists()

    assert owner.delete(f"events/{written['id']}/").status_code == 204
    assert owner.delete(f"events/{written['id']}/").status_code == 204

    assert not state.objects.exists()


def test_undoing_a_second_rating_brings_the_first_back(owner):
    title = make_title()
    owner.post("events/", event(title, "rate", "one", value=2))
    second = owner.post("events/", event(title, "rate", "two", value=5)).json()

    owner.delete(f"events/{second['id']}/")

    assert [row["stars"] for row in owner.get("ratings/").json()["results"]] == [2.0]


def test_only_the_owner_undoes(owner, stranger, staff, anonymous):
    written = owner.post("events/", event(make_title())).json()

    answers = [
        who.delete(f"events/{written['id']}/").status_code for who in (anonymous, stranger, staff)
    ]

    assert answers == [401, 404, 404]
    assert Saved.objects.exists()


def test_anonymous_visitors_write_nothing(anonymous):
    answer = anonymous.post("events/", event(make_title()))

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"]
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "extra", [{"user": 1}, {"user_id": 1}, {"id": 7}, {"undone_at": "2001-01-01T00:00:00Z"}]
)
def test_what_is_not_asked_for_is_ignored(owner, stranger, extra):
    extra = {name: stranger.user.pk if "user" in name else value for name, value in extra.items()}

    written = owner.post("events/", event(make_title()) | extra).json()

    kept = Event.objects.get(pk=written["id"])
    assert kept.user == owner.user
    assert kept.undone_at is None


def test_an_app_that_was_offline_says_when_it_was(owner):
    title, yesterday = make_title(), timezone.now() - timedelta(days=1)
    owner.post("events/", event(title, "rate", "today", value=5))

    late = event(title, "rate", "late", value=2, happened_at=yesterday.isoformat())
    answer = owner.post("events/", late)

    assert answer.status_code == 201
    assert datetime.fromisoformat(answer.json()["happened_at"]) == yesterday
    assert owner.post("events/", late).json() == answer.json()
    # what was said since still holds
    assert [row["stars"] for row in owner.get("ratings/").json()["results"]] == [5.0]


def test_what_was_taken_back_since_stays_taken_back(owner):
    title, yesterday = make_title(), timezone.now() - timedelta(days=1)
    owner.post("events/", event(title, "save", "today"))
    owner.delete(f"saved/{title.pk}/")

    late = event(title, "save", "late", happened_at=yesterday.isoformat())
    assert owner.post("events/", late).status_code == 201

    assert owner.get("saved/").json()["results"] == []


@pytest.mark.parametrize("ago", [timedelta(days=367), timedelta(minutes=-6)])
def test_an_event_is_neither_older_than_a_year_nor_yet_to_come(owner, ago):
    happened_at = (timezone.now() - ago).isoformat()

    answer = owner.post("events/", event(make_title(), happened_at=happened_at))

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["happened_at"]
    assert not Event.objects.exists()


def test_a_clock_that_is_a_little_fast_means_now(owner):
    happened_at = (timezone.now() + timedelta(minutes=4)).isoformat()

    answer = owner.post("events/", event(make_title(), happened_at=happened_at))

    assert answer.status_code == 201
    assert Event.objects.get(pk=answer.json()["id"]).happened_at <= timezone.now()


def test_unpublished_titles_take_no_events(owner):
    answer = owner.post("events/", event(make_title(published=False)))

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["title"]


@pytest.mark.parametrize(
    ("path", "kind", "value", "when"),
    [
        ("ratings", "rate", 4.5, "rated_at"),
        ("saved", "save", None, "saved_at"),
        ("hidden", "hide", None, "hidden_at"),
    ],
)
def test_states_are_listed_and_cleared(owner, stranger, anonymous, path, kind, value, when):
    title = make_title()
    owner.post("events/", event(title, kind, value=value))

    row = owner.get(f"{path}/").json()["results"][0]
    assert row["title"]["id"] == title.pk
    assert row[when]
    assert row.get("stars") == value
    assert anonymous.get(f"{path}/").status_code == 401
    assert stranger.get(f"{path}/").json()["results"] == []
    assert anonymous.delete(f"{path}/{title.pk}/").status_code == 401
    assert stranger.delete(f"{path}/{title.pk}/").status_code == 404

    assert owner.delete(f"{path}/{title.pk}/").status_code == 204
    assert owner.get(f"{path}/").json()["results"] == []
    assert owner.delete(f"{path}/{title.pk}/").status_code == 404
    assert not Event.objects.standing().exists()


def test_a_list_of_own_titles_costs_the_same_for_two_and_twenty(
    owner, django_assert_max_num_queries
):
    for number in range(20):
        owner.post("events/", event(make_title(), "save", str(number)))
    for limit in (2, 20):
        with django_assert_max_num_queries(3):
            owner.get("saved/", limit=limit)
