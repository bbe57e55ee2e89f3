"""At log-in what a visitor did becomes the account's: once, whole, and nobody else's."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from events import visitors
from events.models import Event, Saved, VisitorEvent
from events.services import set_state
from events.visitors import merge_visitor, record_visit
from recommendations.dataset import NO_PAST, past_of, visitor_past_of
from tests.factories import make_event, make_title, make_titles, make_user
from tests.platform.events.buttons import HTMX, press
from tests.platform.events.visits import kinds_of, visit

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def sign_up(client):
    data = {"email": "ada@example.org", "password1": "a long new password"}
    return client.post(reverse("account_signup"), data)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_notice_from_before_logging_in_undoes_the_same_after_it(client, headers):
    user, title, other = make_user(password=PASSWORD), make_title(), make_title()
    theirs = make_event(user, other, "save")
    answer = press(client, "save", title, {"saved": "1"}, **HTMX)
    undo_url = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert Saved.objects.filter(user=user).count() == 2
    assert client.post(undo_url, headers=headers).status_code in {200, 302}
    assert Saved.objects.get(user=user).title == other
    assert Event.objects.standing().get() == theirs


def test_a_notice_from_before_logging_in_undoes_nothing_that_the_account_had_said(client):
    user, title = make_user(password=PASSWORD), make_title()
    make_event(user, title, "save")
    answer = press(client, "save", title, {"saved": "1"}, **HTMX)
    undo_url = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.post(undo_url, headers=HTMX).status_code == 404
    assert Saved.objects.get(user=user).title == title


def test_signing_up_keeps_what_the_visitor_did(client):
    saved, disliked, opened = make_titles(3)
    visit(client, opened)
    press(client, "save", saved, {"saved": "1"})
    press(client, "dislike", disliked)
    before = visitor_past_of(client.session)
    assert sign_up(client).status_code == 302
    [event, *_] = Event.objects.all()
    user = event.user
    assert user.email == "ada@example.org"
    assert past_of(user) == before
    assert list(Saved.objects.values_list("user", "title")) == [(user.pk, saved.pk)]
    assert not VisitorEvent.objects.exists()
    assert visitor_past_of(client.session) == NO_PAST


def test_logging_in_adds_it_to_what_the_account_had(client):
    user, old, new = make_user(password=PASSWORD), make_title(), make_title()
    make_event(user, old, "finish")
    visit(client, new)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert kinds_of(Event.objects.filter(user=user)) == [(old.pk, "finish"), (new.pk, "click")]
    assert not VisitorEvent.objects.exists()


def test_a_wrong_password_moves_nothing(client):
    user = make_user(password=PASSWORD)
    visit(client, make_title())
    client.post(reverse("account_login"), {"login": user.email, "password": "wrong"})
    assert not Event.objects.exists()
    assert VisitorEvent.objects.exists()


def test_logging_in_without_a_past_writes_nothing(client):
    user = make_user(password=PASSWORD)
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert not Event.objects.exists()


def test_the_next_person_at_the_browser_gets_nothing_of_it(client):
    first, second = make_user(password=PASSWORD), make_user(password=PASSWORD)
    visit(client, make_title())
    for user in (first, second):
        client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
        client.post(reverse("account_logout"))
    assert Event.objects.filter(user=first).count() == 1
    assert not Event.objects.filter(user=second).exists()


def test_merging_twice_is_merging_once(member):
    saved, played = make_title(), make_title()
    set_state(user=member, title=saved, kind="save", wanted=True)
    for _ in range(2):
        record_visit(visitor="v", title=saved, kind="save")
        record_visit(visitor="v", title=played, kind="play", key="one")
        merge_visitor(visitor="v", user=member)
    assert kinds_of(Event.objects) == [(saved.pk, "save"), (played.pk, "play")]
    assert not VisitorEvent.objects.exists()


def test_the_times_and_places_come_along(member):
    title, at, list_id = make_title(), timezone.now() - timedelta(days=3), uuid4()
    for kind in ("finish", "save"):
        where = {"shelf": "new", "position": 2, "list_id": list_id}
        record_visit(visitor="v", title=title, kind=kind, now=at, **where)
    merge_visitor(visitor="v", user=member)
    for event in Event.objects.all():
        assert (event.happened_at, event.shelf, event.position) == (at, "new", 2)
        assert event.list_id == list_id


def test_titles_that_the_account_may_not_see_are_left_out():
    child, grown_up, gone = make_user(age_limit=8), make_title(minimum_age=18), make_title()
    for title in (grown_up, gone):
        for kind in ("save", "click"):
            record_visit(visitor="v", title=title, kind=kind)
    gone.published = False
    gone.save()
    assert merge_visitor(visitor="v", user=child) == 0
    assert not Event.objects.exists()
    assert not VisitorEvent.objects.exists()


def test_a_merge_that_fails_leaves_everything_as_it_was(member, monkeypatch):
    record_visit(visitor="v", title=make_title(), kind="click")
    record_visit(visitor="v", title=make_title(), kind="save")

    def fails(**_):
        raise OSError

    monkeypatch.setattr(visitors, "set_state", fails)
    with pytest.raises(OSError):  # noqa: PT011  # it is the one above
        merge_visitor(visitor="v", user=member)
    assert not Event.objects.exists()
    assert VisitorEvent.objects.count() == 2


def test_five_hundred_events_are_merged_in_few_queries(member, django_assert_max_num_queries):
    titles = make_titles(20)
    rows = [
        VisitorEvent(visitor="v", title=titles[number % 20], kind="impression")
        for number in range(500)
    ]
    VisitorEvent.objects.bulk_create(rows)
    with django_assert_max_num_queries(8):
        assert merge_visitor(visitor="v", user=member) == 500
    assert Event.objects.count() == 500
