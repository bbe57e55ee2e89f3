"""What rate, save, like, hide, not interested and open do, and what they answer."""

import json
from uuid import uuid4

import pytest
from django.urls import reverse

from catalog.models import Hidden, Link
from events.models import Event, Rating, Saved
from tests.factories import make_title
from tests.platform.events.buttons import HTMX, LIST, press

pytestmark = pytest.mark.django_db


def test_rating_answers_with_the_stars_as_they_stand(member, member_client):
    title = make_title()
    answer = press(member_client, "rate", title, {"value": "3.5"}, **HTMX)
    assert answer.templates[0].name == "_stars.html"
    assert Rating.objects.get(user=member, title=title).stars == 3.5
    press(member_client, "rate", title, {"value": "clear"}, **HTMX)
    assert not Rating.objects.exists()


def test_saving_from_a_card_answers_with_its_buttons_and_notes_where_it_was(member_client):
    title = make_title()
    where = {"shelf": "popular", "position": "3", "list_id": LIST}
    answer = press(member_client, "save", title, {"saved": "1", **where}, **HTMX)
    assert answer.templates[0].name == "_card_actions.html"
    assert answer.context["card"].saved
    event = Event.objects.get()
    assert (event.shelf, event.position, str(event.list_id)) == ("popular", 3, LIST)
    answer = press(member_client, "save", title, {"saved": "0", **where}, **HTMX)
    assert not answer.context["card"].saved
    assert not Saved.objects.exists()


def test_the_big_button_answers_with_itself(member_client):
    answer = press(member_client, "save", make_title(), {"saved": "1", "big": "1"}, **HTMX)
    assert answer.templates[0].name == "_save_button.html"
    assert b'name="saved" value="0"' in answer.content


def test_a_like_from_a_card_can_be_taken_back(member_client):
    title = make_title()
    answer = press(member_client, "rate", title, {"value": "like"}, **HTMX)
    assert answer.context["card"].liked
    assert Rating.objects.get().stars == 4
    answer = press(member_client, "rate", title, {"value": "unlike"}, **HTMX)
    assert not answer.context["card"].liked
    assert not Rating.objects.exists()


def test_hiding_offers_an_undo_that_works_on_the_hidden_title(member_client):
    title = make_title("Heat")
    answer = press(member_client, "hide", title, **HTMX)
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert "Heat" in toast["message"]
    assert Hidden.objects.exists()
    undone = member_client.post(toast["undo_url"], headers=HTMX)
    assert undone.status_code == 204
    assert not Hidden.objects.exists()


def test_hiding_twice_is_hiding_once(member_client):
    title = make_title()
    for _ in range(2):
        assert press(member_client, "hide", title, **HTMX).status_code == 200
    assert Event.objects.count() == 1


def test_the_big_hide_button_takes_it_back_too(member_client):
    title = make_title()
    answer = press(member_client, "hide", title, {"big": "1", "hidden": "1"}, **HTMX)
    assert b'name="hidden" value="0"' in answer.content
    press(member_client, "hide", title, {"big": "1", "hidden": "0"}, **HTMX)
    assert not Hidden.objects.exists()


def test_hiding_on_the_title_page_does_not_lead_back_to_a_page_that_is_gone(member_client):
    title = make_title()
    assert press(member_client, "hide", title, {"next": title.get_absolute_url()}).url == reverse(
        "home"
    )


def test_not_interested_leaves_the_title_where_one_looks_for_it(member_client):
    title = make_title("Heat")
    answer = press(member_client, "dislike", title, {"list_id": LIST}, **HTMX)
    assert (answer.status_code, answer.content) == (200, b"")
    assert not Hidden.objects.exists()
    assert member_client.get(title.get_absolute_url()).status_code == 200
    for page in (reverse("browse"), f"{reverse('search')}?q=heat"):
        assert title.get_absolute_url() in member_client.get(page).content.decode()
    undo_url = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    undone = member_client.post(undo_url, headers=HTMX)
    assert (undone.status_code, "HX-Refresh" in undone) == (204, False)
    assert not Event.objects.standing().exists()


def test_not_interested_where_the_card_stays_shows_on_its_button_and_is_taken_back(member_client):
    title = make_title()
    answer = press(member_client, "dislike", title, {"disliked": "1"}, **HTMX)
    assert answer.templates[0].name == "_card_actions.html"
    assert b'name="disliked" value="0" aria-pressed="true"' in answer.content
    answer = press(member_client, "dislike", title, {"disliked": "0"}, **HTMX)
    assert b'aria-pressed="true"' not in answer.content
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert not Event.objects.standing().exists()
    member_client.post(toast["undo_url"], headers=HTMX)
    assert Event.objects.standing().get().kind == "dislike"


def test_the_big_button_of_not_interested_answers_with_itself(member_client):
    answer = press(member_client, "dislike", make_title(), {"disliked": "1", "big": "1"}, **HTMX)
    assert answer.templates[0].name == "_dislike_button.html"
    assert b'name="disliked" value="0"' in answer.content


def test_a_hidden_title_cannot_be_rated_or_saved(member_client):
    title = make_title()
    press(member_client, "hide", title)
    assert press(member_client, "rate", title, {"value": "4"}).status_code == 404
    assert press(member_client, "save", title, {"saved": "1"}).status_code == 404


def test_the_same_key_counts_once(member_client):
    title = make_title()
    for _ in range(2):
        press(member_client, "finish", title, {"key": "one-press"}, **HTMX)
    assert Event.objects.count() == 1


def test_opening_a_link_is_a_play_and_leads_there(member_client):
    title = make_title()
    link = Link.objects.create(title=title, label="Website", url="https://example.org/a?b=1&c=2")
    answer = press(member_client, "play", title, {"link": link.pk})
    assert (
        b'http-equiv="refresh" content="0;url=https://example.org/a?b=1&amp;c=2"' in answer.content
    )
    assert Event.objects.get().kind == "play"


def test_only_a_link_of_this_title_opens(member_client):
    link = Link.objects.create(title=make_title(), label="Website", url="https://example.org/")
    assert press(member_client, "play", make_title(), {"link": link.pk}).status_code == 404
    assert not Event.objects.exists()


def test_a_link_that_is_no_web_address_does_not_open(member_client):
    title = make_title()
    link = Link.objects.create(title=title, label="Trap", url="javascript:alert(1)")
    assert press(member_client, "play", title, {"link": link.pk}).status_code == 404


def test_a_page_opened_from_a_list_says_which_and_only_once(member, member_client):
    title, list_id = make_title(), uuid4()
    shown = {"shelf": "picked", "position": "3", "list_id": str(list_id)}
    for data in (shown, shown, {}):
        assert member_client.post(reverse("click", args=[title.pk]), data).status_code == 204
    told = Event.objects.order_by("id").values_list("kind", "shelf", "position", "list_id")
    assert list(told) == [("click", "picked", 3, list_id), ("click", "", None, None)]
    bad = {"list_id": "no list"}
    assert member_client.post(reverse("click", args=[make_title().pk]), bad).status_code == 204
