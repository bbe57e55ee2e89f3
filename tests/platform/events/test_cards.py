"""Cards as HTML: small, escaped, and their buttons work as a plain form does."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils.html import escape

from events.models import Event, Rating, Saved
from recommendations.home import home
from tests.factories import make_event, make_title, make_titles
from tests.platform.recommendations.pages import text_of

pytestmark = pytest.mark.django_db
MOST_BYTES = 1_450  # of a card with four buttons and a name of 25 letters
TRICKY = "{pk} <b>& \"{name}\" 'x' {"


@dataclass
class Pressed:
    """A button and the fields that its form sends with it, in the order of the page."""

    action: str
    fields: dict[str, str]  # of fields of one name the last, as Django reads them
    is_on: bool


@dataclass
class Page(HTMLParser):
    """The forms of a page that post."""

    fields: dict[str, str] | None = None  # hidden, of the form that is open
    buttons: list[Pressed] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.fields = {} if has.get("method") == "post" else None
        elif self.fields is not None and tag == "input":
            self.fields[has["name"]] = has["value"]
        elif self.fields is not None and tag == "button" and "formaction" in has:
            sent = self.fields | {has["name"]: has["value"]}
            is_on = has.get("aria-pressed") == "true"
            self.buttons.append(Pressed(has["formaction"], sent, is_on))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.fields = None

    @classmethod
    def at(cls, client: Client, path: str) -> "Page":
        page = cls()
        page.feed(client.get(path).content.decode())
        return page

    def button(self, title, act: str) -> Pressed:
        return next(each for each in self.buttons if each.action == f"/titles/{title.pk}/{act}/")


@pytest.mark.parametrize(("act", "kind"), [("save", "save"), ("rate", "rate"), ("hide", "hide")])
def test_without_scripts_a_button_says_where_its_title_stood(
    member, member_client, act, kind, shelved
):
    shelf = home(member)[0]
    card = shelf.cards[2]
    button = Page.at(member_client, "/").button(card.title, act)
    answer = member_client.post(button.action, button.fields)
    assert (answer.status_code, answer.url) == (302, "/")
    event = Event.objects.get(kind=kind)
    assert (event.title_id, event.shelf, event.position) == (card.title.pk, shelf.key, 2)
    assert str(event.list_id) == button.fields["list_id"]


@pytest.fixture
def shelved():
    """More than a shelf of titles."""
    return make_titles(
        each=[{"name": f"Number {number}", "popularity": number} for number in range(9)]
    )


def test_without_scripts_what_is_on_is_taken_back(member, member_client):
    title = make_title()
    make_event(member, title, Event.Kind.SAVE)
    make_event(member, title, Event.Kind.RATE, value=5)
    for act, state in (("rate", Rating), ("save", Saved)):
        button = Page.at(member_client, "/my-list/").button(title, act)
        assert button.is_on
        answer = member_client.post(button.action, button.fields)
        assert (answer.status_code, answer.url) == (302, "/my-list/")
        assert not state.objects.exists()


@pytest.mark.parametrize("is_member", [True, False])
def test_on_a_phone_without_scripts_a_card_leads_to_plain_forms_of_its_actions(
    client, member, shelved, is_member
):
    """There a card shows no buttons: they are in a sheet that scripts open."""
    if is_member:
        client.force_login(member)
    title = shelved[0]
    assert f'class="card__link" href="{title.get_absolute_url()}"' in text_of(client, "/browse/")
    acts = {button.action for button in Page.at(client, "/browse/").buttons}
    page = text_of(client, title.get_absolute_url())
    for action in (each for each in acts if each.startswith(f"/titles/{title.pk}/")):
        form = page.split(f'method="post" action="{action}"')[-1].split("</form>")[0]
        assert 'name="csrfmiddlewaretoken"' in form, action
        assert re.search(r'<button (?!type="button")', form), action


def test_a_plain_form_is_refused_without_its_token(member, shelved):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    button = Page.at(client, "/browse/").button(shelved[0], "save")
    assert client.post(button.action, button.fields).status_code == 302
    button.fields.pop("csrfmiddlewaretoken")
    assert client.post(button.action, button.fields).status_code == 403


def test_a_visitor_is_offered_only_what_works_without_an_account(client, shelved):
    acts = {button.action.split("/")[-2] for button in Page.at(client, "/browse/").buttons}
    assert acts == {"dislike"}


def test_names_are_shown_as_they_are_and_escaped(member_client):
    title = make_title(TRICKY, genres=("<i>", "{name}"))
    page = member_client.get("/browse/").content.decode()
    assert page.count(escape(TRICKY)) >= 6  # the name, the label of each button, and of the sheet
    assert "<b>&" not in page
    assert "<i>" not in page
    assert title.get_absolute_url() in page


def test_a_card_is_small(member, member_client):
    for number in range(40):
        make_title(f"A name of {number:4d} letters, so", popularity=number, rating_count=9)
    page = member_client.get("/browse/").content
    cards = page[page.index(b'<li class="card"') : page.rindex(b"</li>")]
    assert len(cards) / page.count(b'<li class="card"') <= MOST_BYTES


def test_a_card_asks_the_database_nothing(member, rf, django_assert_num_queries, shelved):
    from django.template.loader import render_to_string

    from catalog.cards import cards_of
    from catalog.models import Title

    cards = cards_of(Title.objects.for_cards())
    request = rf.get("/")
    request.user = member
    with django_assert_num_queries(0):
        render_to_string("_cards.html", {"cards": cards, "shelf_key": "all"}, request)
