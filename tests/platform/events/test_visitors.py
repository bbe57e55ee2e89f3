"""What visitors do before they log in: kept by session, bounded, and their account's at log-in."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import Link
from events import visitors
from events.models import Event, Saved, VisitorEvent
from events.services import set_state
from events.tasks import forget_visitors
from events.visitors import merge_visitor, record_visit, visitor_of
from recommendations.dataset import NO_PAST, past_of, visitor_past_of
from tests.factories import make_event, make_title, make_titles, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PASSWORD = "correct horse battery"


def press(client, name, title, data=None, **headers):
    return client.post(reverse(name, args=[title.pk]), data or {}, headers=headers)


def kinds_of(rows):
    return sorted(rows.values_list("title", "kind"))


def visit(client, *titles):
    """Each title opened, so that the session has a past."""
    for title in titles:
        assert press(client, "click", title).status_code == 204


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("click", {}),
        ("finish", {}),
        ("save", {"saved": "1"}),
        ("dislike", {}),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_a_visitor_does_is_kept_for_their_session_alone(client, name, data, headers):
    title = make_title()
    assert press(client, name, title, data, **headers).status_code < 400
    row = VisitorEvent.objects.get()
    assert (row.kind, row.title) == (name, title)
    assert row.visitor == visitor_of(client.session)
    assert not Event.objects.exists()
    assert visitor_past_of(Client().session) == NO_PAST


def test_a_link_that_a_visitor_opens_is_a_play(client):
    title = make_title()
    link = Link.objects.create(title=title, label="Site", url="https://example.org/")
    assert press(client, "play", title, {"link": link.pk}).status_code == 200
    assert VisitorEvent.objects.get().kind == "play"


def test_what_a_visitor_was_shown_is_kept_once_a_list(client):
    item = {"title": make_title().pk, "shelf": "new", "position": 3, "list_id": str(uuid4())}
    for _ in range(2):
        answer = client.post(
            reverse("impressions"), json.dumps([item, item]), content_type="application/json"
        )
        assert answer.status_code == 204
    assert VisitorEvent.objects.get().position == 3


def test_the_key_of_the_session_is_not_kept(client):
    visit(client, make_title())
    kept = VisitorEvent.objects.values_list("visitor", flat=True).get()
    assert client.session.session_key not in kept
    assert len(kept) == 64


def test_reading_pages_begins_no_session(client):
    title = make_title()
    for path in (reverse("home"), title.get_absolute_url()):
        client.get(path)
    assert not Session.objects.exists()
    assert visitor_of(SessionStore()) is None


@pytest.mark.parametrize(
    ("path", "data", "kind"),
    [
        ("titles/{pk}/click/", {}, ""),  # of a title that is not published
        ("titles/{seen}/save/", {"saved": "perhaps"}, ""),
        ("titles/{seen}/save/", {"saved": "0"}, ""),
        ("titles/{seen}/dislike/", {"position": "x"}, ""),
        ("titles/{seen}/dislike/", {"disliked": "0"}, ""),
        ("titles/{seen}/hide/", {}, ""),
        ("titles/{seen}/play/", {"link": "1"}, ""),
        ("events/1/undo/", {}, ""),
        ("events/impressions/", "[]", "application/json"),
        ("events/impressions/", '[{{"title": {pk}}}]', "application/json"),
    ],
)
def test_what_writes_nothing_begins_no_session_and_costs_no_visit(
    client, settings, path, data, kind
):
    settings.ACCOUNT_RATE_LIMITS = {"visit": "1/m/ip"}
    seen = make_title()
    numbers = {"pk": make_title(published=False).pk, "seen": seen.pk}
    body = {"data": data.format(**numbers) if kind else data}
    client.post(f"/{path.format(**numbers)}", **body | ({"content_type": kind} if kind else {}))
    assert not Session.objects.exists()
    assert not VisitorEvent.objects.exists()
    assert press(Client(), "click", seen).status_code == 204  # the one visit there is


def test_hiding_needs_an_account_and_the_refusal_says_what_does_not(client):
    title = make_title()
    page, toast = press(client, "hide", title), press(client, "hide", title, **HTMX)
    assert (page.status_code, toast.status_code) == (403, 403)
    for said in (page.content.decode(), json.loads(toast["HX-Trigger"])["toast"]["message"]):
        assert "Log in, or press “Not interested”" in said
    assert not VisitorEvent.objects.exists()


def test_a_session_that_never_was_is_nobody_s(client):
    assert visitor_of(SessionStore("a" * 32)) is None
    client.cookies["sessionid"] = "a" * 32
    visit(client, make_title())
    assert client.cookies["sessionid"].value != "a" * 32


def test_forms_of_other_sites_are_refused_for_visitors_too():
    client = Client(enforce_csrf_checks=True)
    assert press(client, "dislike", make_title()).status_code == 403
    assert not VisitorEvent.objects.exists()


def test_one_address_cannot_be_any_number_of_visitors(settings):
    settings.ACCOUNT_RATE_LIMITS = {"visit": "2/m/ip"}
    answers = [press(Client(), "click", make_title()).status_code for _ in range(3)]
    assert answers == [204, 204, 429]
    assert VisitorEvent.objects.count() == 2


def test_what_a_visitor_takes_back_never_happened(client):
    title, other = make_title(), make_title()
    visit(client, other)
    before = visitor_past_of(client.session)
    answer = press(client, "dislike", title, {"list_id": str(uuid4())}, **HTMX)
    assert visitor_past_of(client.session).disliked == {title.pk}
    undo_url = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    assert client.post(undo_url, headers=HTMX).status_code == 204
    assert visitor_past_of(client.session) == before
    assert client.post(undo_url, headers=HTMX).status_code == 404


def test_a_visitor_undoes_nothing_of_others(client):
    visit(client, make_title())
    mine = make_event(make_user(), make_title(), "save")
    theirs = Client()
    visit(theirs, make_title())
    number = VisitorEvent.objects.get(visitor=visitor_of(theirs.session)).pk
    for pk in (mine.pk, number):
        assert client.post(reverse("undo_event", args=[pk]), headers=HTMX).status_code == 404
    assert Event.objects.standing().exists()
    assert VisitorEvent.objects.count() == 2


def test_a_number_means_an_event_of_a_member_or_of_a_visitor_never_both(client, member):
    for _ in range(3):
        visit(client, make_title())
        make_event(member, make_title(), "save")
    numbers = [*Event.objects.values_list("pk"), *VisitorEvent.objects.values_list("pk")]
    assert len(set(numbers)) == 6


def test_a_visitor_is_shown_what_they_put_away_on_the_button(client):
    title = make_title()
    answer = press(client, "dislike", title, {"disliked": "1"}, **HTMX)
    assert b'name="disliked" value="0"' in answer.content
    press(client, "dislike", title, {"disliked": "0"}, **HTMX)
    assert not VisitorEvent.objects.exists()


def test_the_past_of_a_visitor_is_shaped_like_a_member_s(client, member):
    titles = make_titles(6)
    now = timezone.now()
    kinds = ["finish", "play", "click", "dislike", "hide", "impression"]
    visit(client, titles[0])
    visitor = visitor_of(client.session)
    VisitorEvent.objects.all().delete()
    for minute, (title, kind) in enumerate(zip(titles, kinds, strict=True)):
        at = now + timedelta(minutes=minute)
        record_visit(visitor=visitor, title=title, kind=kind, now=at)
        make_event(member, title, kind, now=at)
    assert visitor_past_of(client.session) == past_of(member)
    assert visitor_past_of(client.session).hidden == {titles[4].pk}


def test_a_visitor_s_past_is_two_queries_and_none_without_a_session(
    client, django_assert_num_queries
):
    with django_assert_num_queries(0):
        visitor_past_of(SessionStore())
    visit(client, make_title())
    session = client.session
    visitor_of(session)
    with django_assert_num_queries(2):
        visitor_past_of(session)


def test_only_the_newest_of_one_visitor_are_kept_and_what_was_only_shown_goes_first(monkeypatch):
    monkeypatch.setattr(visitors, "MOST_EVENTS", 4)
    titles = make_titles(4)
    record_visit(visitor="v", title=titles[0], kind="hide")
    record_visit(visitor="other", title=titles[0], kind="hide")
    for title in titles:
        record_visit(visitor="v", title=title, kind="impression")
    kept = VisitorEvent.objects.filter(visitor="v")
    assert kinds_of(kept.exclude(kind="impression")) == [(titles[0].pk, "hide")]
    assert kinds_of(kept.filter(kind="impression")) == [
        (title.pk, "impression") for title in titles[1:]
    ]
    for title in titles:
        record_visit(visitor="v", title=title, kind="click")
    assert kinds_of(kept) == [(title.pk, "click") for title in titles]
    assert VisitorEvent.objects.filter(visitor="other").exists()


def test_after_thirty_days_nothing_is_left():
    for days in (31, 29):
        at = timezone.now() - timedelta(days=days)
        record_visit(visitor="v", title=make_title(), kind="click", now=at)
    forget_visitors()
    assert VisitorEvent.objects.count() == 1


# ── Logging in ────────────────────────────────────────────────────────────────────────────────────


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
