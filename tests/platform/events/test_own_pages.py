"""My list and history: one's own, within the age limit, a constant number of queries."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from events.models import Event
from tests.factories import make_event, make_title, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["my_list", "history"])
def test_a_visitor_has_to_log_in(client, name):
    assert client.get(reverse(name)).url.startswith(reverse("account_login"))


@pytest.mark.parametrize("name", ["my_list", "history"])
def test_it_shows_one_s_own_titles_only(member, member_client, name):
    make_event(member, make_title("Mine"), "save")
    make_event(make_user(), make_title("Theirs"), "save")
    page = member_client.get(reverse(name)).content.decode()
    assert "Mine" in page
    assert "Theirs" not in page


@pytest.mark.parametrize("name", ["my_list", "history"])
def test_an_empty_page_says_what_to_do_next(member_client, name):
    assert "Find something" in member_client.get(reverse(name)).content.decode()


@pytest.mark.parametrize("name", ["my_list", "history"])
def test_a_new_age_limit_holds_there_too(member, member_client, name):
    for title in (make_title("Grown up", minimum_age=18), make_title("Unknown", minimum_age=None)):
        make_event(member, title, "save")
    get_user_model().objects.update(age_limit=13)
    page = member_client.get(reverse(name)).content.decode()
    assert "Grown up" not in page
    assert "Unknown" not in page


@pytest.mark.parametrize("name", ["my_list", "history"])
def test_two_titles_and_twenty_cost_the_same_queries(member, member_client, name):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert member_client.get(reverse(name)).status_code == 200
        return len(seen)

    for _ in range(2):
        make_event(member, make_title(director="Agnès Varda"), "save")
    few = queries()
    for _ in range(18):
        make_event(member, make_title(director="Agnès Varda"), "save")
    assert queries() == few


def test_the_newest_saved_title_comes_first(member, member_client):
    first, second = make_title(), make_title()
    make_event(member, first, "save")
    make_event(member, second, "save")
    cards = member_client.get(reverse("my_list")).context["cards"]
    assert [card.title for card in cards] == [second, first]


def test_a_saved_title_can_be_removed_without_javascript(member, member_client):
    title = make_title()
    make_event(member, title, "save")
    member_client.post(reverse("save", args=[title.pk]), {"saved": "0", "next": reverse("my_list")})
    assert not member_client.get(reverse("my_list")).context["cards"]


def test_history_shows_a_hidden_title_with_its_undo_and_no_dead_link(member, member_client):
    title = make_title("Heat")
    event = make_event(member, title, "hide")
    page = member_client.get(reverse("history")).content.decode()
    assert "Heat" in page
    assert reverse("undo_event", args=[event.pk]) in page
    assert f'href="{title.get_absolute_url()}"' not in page


@pytest.mark.parametrize(("kind", "words"), [("dislike", "Not interested ·"), ("hide", "Hidden ·")])
def test_what_was_put_away_is_listed_and_can_be_taken_back(member, member_client, kind, words):
    event = make_event(member, make_title("Heat"), kind)
    page = member_client.get(reverse("history"), {"kind": kind}).content.decode()
    assert words in page
    member_client.post(reverse("undo_event", args=[event.pk]))
    assert not Event.objects.standing().exists()


def test_history_leaves_out_what_was_undone_and_what_was_only_shown(member, member_client):
    make_event(member, make_title(), "impression")
    event = make_event(member, make_title(), "rate", value=3)
    member_client.post(reverse("undo_event", args=[event.pk]))
    assert not member_client.get(reverse("history")).context["page_obj"].object_list


def test_history_narrows_to_one_kind(member, member_client):
    make_event(member, make_title(), "save")
    rated = make_event(member, make_title(), "rate", value=3)
    page = member_client.get(reverse("history"), {"kind": "rate"}).context["page_obj"]
    assert list(page.object_list) == [rated]


def test_history_is_paged_and_keeps_its_kind(member, member_client):
    title = make_title()
    Event.objects.bulk_create(Event(user=member, title=title, kind="click") for _ in range(50))
    page = member_client.get(reverse("history"), {"kind": "click"})
    assert len(page.context["page_obj"].object_list) == 48
    assert "?kind=click&amp;page=2" in page.content.decode()
