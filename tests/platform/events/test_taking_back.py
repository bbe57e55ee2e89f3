"""What offers an undo, what the undo brings back, and whose it is."""

import json
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Title
from events.models import Event, Rating, Saved
from tests.factories import make_event, make_title, make_user
from tests.platform.events.buttons import HTMX, LIST, press

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_seen_offers_an_undo(member_client):
    answer = press(member_client, "finish", make_title(), **HTMX)
    assert answer.status_code == 204
    assert json.loads(answer["HX-Trigger"])["toast"]["undo_url"] == reverse(
        "undo_event", args=[Event.objects.get().pk]
    )


TAKEN_BACK = [
    ("rate", {"value": "3.5"}, {"value": "clear"}, Rating),
    ("rate", {"value": "like"}, {"value": "unlike"}, Rating),
    ("save", {"saved": "1"}, {"saved": "0"}, Saved),
    ("save", {"saved": "1", "big": "1"}, {"saved": "0", "big": "1"}, Saved),
]
SHOWN = {"list_id": LIST, "position": "3", "next": "/browse/"}


def without_tokens(answer) -> str:
    """The HTML but for what is another one in each answer."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())


@pytest.mark.parametrize(("name", "do", "take_back", "state"), TAKEN_BACK)
def test_what_is_cleared_offers_an_undo_that_brings_it_back(
    member_client, name, do, take_back, state
):
    title = make_title()
    do, take_back = (data | SHOWN for data in (do, take_back))
    stood = press(member_client, name, title, do, **HTMX)
    before = state.objects.values("title", "user").get()
    toast = json.loads(press(member_client, name, title, take_back, **HTMX)["HX-Trigger"])["toast"]
    assert "removed" in toast["message"].lower()
    assert not state.objects.exists()
    assert "HX-Trigger" not in press(member_client, name, title, take_back, **HTMX)
    undone = member_client.post(toast["undo_url"], headers=HTMX)
    assert "HX-Refresh" not in undone  # the page stays, with its buttons as they were
    assert without_tokens(undone) == without_tokens(stood)
    assert state.objects.values("title", "user").get() == before


@pytest.mark.parametrize(("name", "do", "take_back", "state"), TAKEN_BACK)
def test_what_is_rated_or_saved_offers_an_undo_that_answers_with_the_buttons_before(
    member_client, name, do, take_back, state
):
    title = make_title()
    do, take_back = (data | SHOWN for data in (do, take_back))
    stood = press(member_client, name, title, take_back, **HTMX)
    toast = json.loads(press(member_client, name, title, do, **HTMX)["HX-Trigger"])["toast"]
    assert state.objects.exists()
    undone = member_client.post(toast["undo_url"], headers=HTMX)
    assert "HX-Refresh" not in undone
    assert without_tokens(undone) == without_tokens(stood)
    assert not state.objects.exists()


def test_an_undo_address_says_what_its_buttons_need_and_no_more(member_client):
    data = {"saved": "1", "big": "1", "key": "phone-1"}
    answer = press(member_client, "save", make_title(), data | SHOWN, **HTMX)
    undo_url = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    sent = dict(parse_qsl(urlsplit(undo_url).query))
    assert sent == {"buttons": "save"} | SHOWN


def test_an_undo_leads_to_pages_of_this_site_only(member, member_client):
    url = reverse("undo_event", args=[make_event(member, make_title(), "save").pk])
    query = urlencode({"buttons": "save", "next": "https://elsewhere.example/"})
    undone = member_client.post(f"{url}?{query}", headers=HTMX)
    assert undone.context["next"] == reverse("home")


@pytest.mark.parametrize("query", ["", "?buttons=none", "?buttons=card&list_id=no-list"])
def test_an_undo_that_does_not_know_its_buttons_asks_for_the_page_anew(
    member, member_client, query
):
    event = make_event(member, make_title(), "save")
    url = reverse("undo_event", args=[event.pk])
    undone = member_client.post(url + query, headers=HTMX)
    assert (undone.status_code, undone["HX-Refresh"]) == (204, "true")


@pytest.mark.parametrize("change", [{"published": False}, {"minimum_age": 18}])
@pytest.mark.parametrize(
    ("name", "data"), [("save", {"saved": "1"}), ("dislike", {"big": "1"}), ("rate", {"value": 4})]
)
def test_an_undo_shows_no_buttons_of_a_title_that_one_may_not_see_any_more(
    member, member_client, name, data, change
):
    title = make_title("The Third Man")
    answer = press(member_client, name, title, data, **HTMX)
    User.objects.filter(pk=member.pk).update(age_limit=16)
    Title.objects.filter(pk=title.pk).update(**change)
    undo_url = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    undone = member_client.post(undo_url, headers=HTMX)
    assert not Event.objects.standing().exists()
    assert (undone.status_code, undone.content, undone["HX-Refresh"]) == (204, b"", "true")


def test_undoing_a_changed_rating_brings_the_one_before_back(member_client):
    title = make_title()
    press(member_client, "rate", title, {"value": "4.5"}, **HTMX)
    answer = press(member_client, "rate", title, {"value": "2.0"}, **HTMX)
    assert Rating.objects.get().stars == 2.0
    assert "saved: 2 of 5" in json.loads(answer["HX-Trigger"])["toast"]["message"]
    member_client.post(json.loads(answer["HX-Trigger"])["toast"]["undo_url"], headers=HTMX)
    assert Rating.objects.get().stars == 4.5
    page = member_client.get(title.get_absolute_url()).content.decode()
    assert 'value="4.5" id="star-' in page
    assert f'id="star-{title.pk}-45" checked' in page


def test_undoing_a_hide_leaves_the_page_as_it_is(member_client):
    answer = press(member_client, "hide", make_title(), **HTMX)
    undone = member_client.post(json.loads(answer["HX-Trigger"])["toast"]["undo_url"], headers=HTMX)
    assert "HX-Refresh" not in undone


def test_undoing_a_clear_brings_every_rating_back_the_latest_first(member, member_client):
    title = make_title()
    for stars in ("2.0", "4.5"):
        press(member_client, "rate", title, {"value": stars})
    answer = press(member_client, "rate", title, {"value": "clear"}, **HTMX)
    member_client.post(json.loads(answer["HX-Trigger"])["toast"]["undo_url"])
    assert Rating.objects.get().stars == 4.5
    assert Event.objects.standing().count() == 2


def test_restoring_is_for_the_owner_only(client, member, member_client):
    title = make_title()
    press(member_client, "save", title, {"saved": "1"})
    press(member_client, "save", title, {"saved": "0"})
    url = reverse("restore_event", args=[Event.objects.get().pk])
    stranger = Client()
    stranger.force_login(make_user())
    assert stranger.post(url).status_code == 404
    assert client.post(url).url.startswith(reverse("account_login"))
    assert not Saved.objects.exists()
    assert member_client.post(url, {"next": "/my-list/"}).url == "/my-list/"
    assert Saved.objects.exists()


def test_undo_is_for_the_owner_only(client, member, member_client):
    event = make_event(member, make_title(), "save")
    stranger = Client()
    stranger.force_login(make_user())
    url = reverse("undo_event", args=[event.pk])
    assert stranger.post(url).status_code == 404
    assert client.post(url).url.startswith(reverse("account_login"))
    assert Saved.objects.exists()
    assert member_client.post(url, {"next": "/history/"}).url == "/history/"
    assert not Saved.objects.exists()
