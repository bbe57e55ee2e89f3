"""What rate, save, like, hide, not interested and open do, and what they answer."""

import json
import re
from uuid import uuid4

import pytest
from django.urls import reverse

from catalog.models import Hidden, Link
<<<<<<< HEAD
from events.models import Event, Rating, Saved
from tests.factories import make_title
from tests.platform.events.buttons import HTMX, press
=======
from events.models import Event, Rating, Saved, VisitorEvent
from tests.factories import make_event, make_title, make_user
>>>>>>> e4f21c5a6b9a06a8cfded29a4f4e851ce3614dfb

pytestmark = pytest.mark.django_db
LIST = "0b9a2f0e-0000-4000-8000-000000000001"
<<<<<<< HEAD
=======
BUTTONS = [
    ("rate", {"value": "4.5"}),
    ("save", {"saved": "1"}),
    ("dislike", {}),
    ("hide", {}),
    ("finish", {}),
]
TAKING_BACK = [
    ("rate", {"value": "clear"}),
    ("save", {"saved": "0"}),
    ("dislike", {"disliked": "0"}),
    ("hide", {"hidden": "0"}),
]


def press(client, name, title, data=None, **headers):
    return client.post(reverse(name, args=[title.pk]), data or {}, headers=headers)


@pytest.mark.parametrize(("name", "data"), BUTTONS)
def test_a_plain_form_goes_back_to_its_page(member_client, name, data):
    answer = press(member_client, name, make_title(), data | {"next": "/browse/?page=2"})
    assert answer.status_code == 302
    assert answer.url == "/browse/?page=2"
    assert Event.objects.get().kind == name


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""]
)
@pytest.mark.parametrize(("name", "data"), BUTTONS)
def test_no_form_leads_to_another_site(member_client, name, data, elsewhere):
    assert press(member_client, name, make_title(), data | {"next": elsewhere}).url == reverse(
        "home"
    )


def test_a_visitor_who_rates_is_sent_to_log_in_and_then_back(client):
    answer = press(client, "rate", make_title(), {"value": "4.5", "next": "/browse/"})
    assert answer.url == f"{reverse('account_login')}?next=%2Fbrowse%2F"
    assert not Event.objects.exists()


def test_a_visitor_who_rates_with_htmx_is_sent_to_log_in_as_a_page(client):
    page = {"HX-Current-URL": "http://testserver/browse/?kind=film"}
    answer = press(client, "rate", make_title(), {"value": "4.5"}, **HTMX, **page)
    assert answer["HX-Redirect"] == f"{reverse('account_login')}?next=%2Fbrowse%2F%3Fkind%3Dfilm"
    assert not Event.objects.exists()


@pytest.mark.parametrize(("name", "data"), [*BUTTONS, ("play", {"link": "1"})])
def test_a_get_is_not_allowed(member_client, name, data):
    assert member_client.get(reverse(name, args=[make_title().pk]), data).status_code == 405


@pytest.mark.parametrize(("name", "data"), [*BUTTONS, ("play", {"link": "1"})])
def test_forms_of_other_sites_are_refused(member, name, data):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    assert press(client, name, make_title(), data).status_code == 403


@pytest.mark.parametrize(("name", "data"), [*BUTTONS, ("play", {"link": "1"})])
@pytest.mark.parametrize(
    "changes", [{"published": False}, {"minimum_age": 18}, {"minimum_age": None}]
)
def test_a_title_that_is_not_for_this_person_is_not_found(name, data, changes):
    user = make_user(age_limit=13)
    client = Client()
    client.force_login(user)
    assert press(client, name, make_title(**changes), data).status_code == 404
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rate", {}),
        ("rate", {"value": "6"}),
        ("rate", {"value": "3.3"}),
        ("rate", {"value": "nan"}),
        ("rate", {"value": "good"}),
        ("save", {}),
        ("save", {"saved": "perhaps"}),
        ("dislike", {"disliked": "2"}),
        ("hide", {"hidden": "2"}),
        ("finish", {"position": "-1"}),
        ("finish", {"position": "99999999999"}),
        ("finish", {"list_id": "no-uuid"}),
        ("finish", {"shelf": "x" * 61}),
        ("finish", {"key": "x" * 65}),
        ("finish", {"shelf": "a\0b"}),
        ("play", {}),
        ("play", {"link": "-1"}),
    ],
)
def test_a_wrong_value_is_a_400_that_says_why(member_client, name, data):
    for headers in ({}, HTMX):
        answer = press(member_client, name, make_title(), data, **headers)
        assert answer.status_code == 400
        assert answer.content
    assert not Event.objects.exists()
>>>>>>> e4f21c5a6b9a06a8cfded29a4f4e851ce3614dfb


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


<<<<<<< HEAD
=======
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


def without_tokens(answer) -> str:
    """The HTML but for what is another one in each answer."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())


@pytest.mark.parametrize(("name", "do", "take_back", "state"), TAKEN_BACK)
def test_what_is_cleared_offers_an_undo_that_brings_it_back(
    member_client, name, do, take_back, state
):
    title = make_title()
    do, take_back = ({**data, "list_id": LIST, "position": "3"} for data in (do, take_back))
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
    do, take_back = ({**data, "list_id": LIST, "position": "3"} for data in (do, take_back))
    stood = press(member_client, name, title, take_back, **HTMX)
    toast = json.loads(press(member_client, name, title, do, **HTMX)["HX-Trigger"])["toast"]
    assert state.objects.exists()
    undone = member_client.post(toast["undo_url"], headers=HTMX)
    assert "HX-Refresh" not in undone
    assert without_tokens(undone) == without_tokens(stood)
    assert not state.objects.exists()


@pytest.mark.parametrize("query", ["", "?buttons=none", "?buttons=card&list_id=no-list"])
def test_an_undo_that_does_not_know_its_buttons_asks_for_the_page_anew(
    member, member_client, query
):
    event = make_event(member, make_title(), "save")
    url = reverse("undo_event", args=[event.pk])
    undone = member_client.post(url + query, headers=HTMX)
    assert (undone.status_code, undone["HX-Refresh"]) == (204, "true")


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


@pytest.mark.parametrize(
    ("name", "data"), [("save", {"saved": "1", "big": "1"}), ("rate", {"value": "like"})]
)
def test_what_changes_nothing_offers_no_undo_of_what_stood_before(member_client, name, data):
    title = make_title()
    press(member_client, name, title, data, **HTMX)
    assert "HX-Trigger" not in press(member_client, name, title, data, **HTMX)


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


@pytest.mark.parametrize(
    ("name", "data"), [("save", {"saved": "0"}), ("dislike", {"disliked": "0"})]
)
def test_without_scripts_what_changed_nothing_offers_no_undo(member_client, name, data):
    press(member_client, name, make_title(), data | {"next": "/browse/"})
    assert undo_addresses(member_client, "/browse/") == []


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


>>>>>>> e4f21c5a6b9a06a8cfded29a4f4e851ce3614dfb
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
