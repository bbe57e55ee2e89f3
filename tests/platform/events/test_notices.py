"""What a notice says after a button, and what it undoes where no script runs."""

import json
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template.loader import render_to_string
from django.test import RequestFactory

from events.models import Event, VisitorEvent
from events.templatetags.notices import undo_tag
from tests.factories import make_event, make_title
from tests.platform.events.buttons import BUTTONS, HTMX, TAKING_BACK, press

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WORDS = [
    ("save", {"saved": "1"}, "Saved to your list: The Third Man."),
    ("save", {"saved": "0"}, "Removed from your list: The Third Man."),
    ("rate", {"value": "like"}, "You like The Third Man."),
    ("rate", {"value": "unlike"}, "Your like is removed: The Third Man."),
    ("rate", {"value": "3.5"}, "Your rating of The Third Man is saved: 3.5 of 5."),
    ("rate", {"value": "5"}, "Your rating of The Third Man is saved: 5 of 5."),
    ("rate", {"value": "clear"}, "Your rating is removed: The Third Man."),
    ("finish", {}, "Marked as seen: The Third Man."),
]


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize(("name", "data", "words"), WORDS)
def test_a_notice_names_its_title(member, member_client, name, data, words, headers):
    title = make_title("The Third Man")
    if data.get("saved") == "0" or data.get("value") in {"unlike", "clear"}:
        make_event(member, title, name, value=4 if name == "rate" else None)
    answer = press(member_client, name, title, data | {"next": "/history/"}, **headers)
    if headers:
        assert json.loads(answer["HX-Trigger"])["toast"]["message"] == words
    else:
        assert words in member_client.get("/history/").content.decode()


def test_without_scripts_the_page_alone_says_what_was_done(member_client):
    title = make_title()
    answer = press(member_client, "rate", title, {"value": "2", "next": "/browse/"})
    assert (answer.status_code, answer.url) == (302, "/browse/")
    assert "HX-Trigger" not in answer
    words = f"Your rating of {title.name} is saved: 2 of 5."
    assert words in member_client.get("/browse/").content.decode()


def undo_addresses(client, path: str) -> list[str]:
    """Where the forms of the page's notices send to."""
    page = client.get(path).content.decode()
    return re.findall(r'<form method="post" action="(/events/[^"]+)">', page)


def page_that_says(extra_tags: str) -> str:
    """A page with a notice of these tags."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    notice = Message(constants.SUCCESS, "Saved.", extra_tags)
    return render_to_string("base.html", {"messages": [notice]}, request=request)


def test_a_notice_is_a_form_only_when_it_says_where_it_is_undone():
    page = page_that_says(undo_tag("/events/5/undo/"))
    assert '<form method="post" action="/events/5/undo/">' in page
    assert '<li class="notice notice--good" role="status">' in page
    for tags in ("", undo_tag(""), "/events/5/undo/", "safe"):
        assert "notice__undo" not in page_that_says(tags)


@pytest.mark.parametrize(("name", "data"), [*BUTTONS, *TAKING_BACK])
def test_without_scripts_the_notice_carries_a_form_that_undoes(member, member_client, name, data):
    title = make_title()
    takes_back = (name, data) in TAKING_BACK
    if takes_back:
        make_event(member, title, name, value=4 if name == "rate" else None)
    press(member_client, name, title, data | {"next": "/browse/"})
    assert Event.objects.standing().exists() is not takes_back
    (undo,) = undo_addresses(member_client, "/browse/")
    assert member_client.post(undo, {"next": "/browse/"}).url == "/browse/"
    assert Event.objects.standing().exists() is takes_back
    assert undo_addresses(member_client, "/browse/") == []


def test_a_visitor_without_scripts_undoes_not_interested_from_the_notice(client):
    press(client, "dislike", make_title(), {"next": "/browse/"})
    (undo,) = undo_addresses(client, "/browse/")
    assert client.post(undo, {"next": "/browse/"}).url == "/browse/"
    assert not VisitorEvent.objects.exists()


CHANGED_NOTHING = [
    ("save", {"saved": "0"}),
    ("save", {"saved": "1", "big": "1"}),
    ("dislike", {"disliked": "0"}),
    ("dislike", {}),
    ("hide", {}),
    ("hide", {"hidden": "0"}),
    ("finish", {"key": "phone-1"}),
    ("rate", {"value": "3.5", "key": "phone-1"}),
    ("rate", {"value": "like"}),
    ("rate", {"value": "clear"}),
]


@pytest.mark.parametrize(("name", "data"), CHANGED_NOTHING)
def test_without_scripts_what_changed_nothing_offers_no_undo(member_client, name, data):
    title = make_title()
    press(member_client, name, title, data | {"next": "/browse/"})
    member_client.get("/browse/")
    press(member_client, name, title, data | {"next": "/browse/"})
    assert undo_addresses(member_client, "/browse/") == []


@pytest.mark.parametrize(("name", "data"), CHANGED_NOTHING)
def test_what_changed_nothing_offers_no_undo(member_client, name, data):
    title = make_title()
    press(member_client, name, title, data, **HTMX)
    assert "HX-Trigger" not in press(member_client, name, title, data, **HTMX)


def test_a_like_sent_again_after_its_undo_offers_none(member_client):
    title, like = make_title(), {"value": "like", "key": "phone-1"}
    answer = press(member_client, "rate", title, like, **HTMX)
    member_client.post(json.loads(answer["HX-Trigger"])["toast"]["undo_url"], headers=HTMX)
    assert "HX-Trigger" not in press(member_client, "rate", title, like, **HTMX)
