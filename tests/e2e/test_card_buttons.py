"""The buttons of a card, sent by scripts: the browser alone, with answers made up here."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import django_htmx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from catalog.cards import Card
from catalog.models import Title
from catalog.posters.spec import PosterSpec
from events.templatetags.cards import Deck

pytestmark = pytest.mark.e2e
STATIC = Path(__file__).resolve().parents[2] / "platform" / "static"
HTMX = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
ORIGIN = "http://cards.test"
SHOWN = {"shelf": ["new"], "list_id": ["l1"], "saved": ["1"], "value": ["like"]}
SAVED = json.dumps({"toast": {"message": "Saved", "undo_url": "/events/5/undo/?buttons=card"}})
PAGE = """<!doctype html><html class="js"><body hx-headers='{{"X-CSRFToken": "t"}}'>
<main id="main" tabindex="-1"><form method="post">
<input type="hidden" name="shelf" value="new"><input type="hidden" name="list_id" value="l1">
<input type="hidden" name="saved" value="1"><input type="hidden" name="value" value="like">
<ul data-shelf="new" data-list="l1">{cards}</ul></form></main>
<div id="live" role="status"></div>
<section id="toasts" data-undo-label="Undo" data-undone-label="Undone" data-error-label="Failed" \
data-gone-label="Gone">
</section><dialog id="sheet"><h2></h2><div data-sheet-body></div></dialog>
<script src="/htmx.js"></script><script type="module" src="/js/cards.js"></script>
<script type="module" src="/js/toast.js"></script></body></html>"""


def card_at(position: int, *, saved: bool = False) -> Card:
    title = Title(pk=10 + position, name=f"Number {position}", year=1994)
    title.poster = PosterSpec(title.name, 1994, ("Drama",))
    return Card(title=title, position=position, saved=saved)


@pytest.fixture
def sent() -> list[tuple[str, dict[str, list[str]]]]:
    """Address and fields of each form, in the order of sending."""
    return []


@pytest.fixture
def page(browser: Browser, sent: list[tuple[str, dict[str, list[str]]]]) -> Iterator[Page]:
    deck = Deck("l1", is_member=True)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if route.request.method == "POST":
            sent.append((path, parse_qs(route.request.post_data or "")))
            if path.startswith("/titles/12/"):
                route.fulfill(status=404)
                return
            goes = path.endswith(("/hide/", "/dislike/"))
            saved = path.endswith("/save/")
            body = "" if goes else deck.actions(card_at(1, saved=saved), disliked=False)
            headers = {"HX-Trigger": SAVED} if saved else {}
            route.fulfill(body=body, content_type="text/html", headers=headers)
        elif path == "/htmx.js":
            route.fulfill(path=HTMX)
        elif path.startswith("/js/"):
            route.fulfill(path=STATIC / path[1:])
        else:
            cards = "".join(deck.card(card_at(position)) for position in range(3))
            route.fulfill(body=PAGE.format(cards=cards), content_type="text/html")

    context = browser.new_context()
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{ORIGIN}/")
    yield page
    context.close()


def button(page: Page, name: str, number: int):
    return page.get_by_role("button", name=f"{name}, Number {number}", exact=True)


def test_a_button_sends_its_place_and_keeps_the_focus_when_it_is_replaced(page, sent) -> None:
    button(page, "Save to my list", 1).focus()
    page.keyboard.press("Enter")
    expect(button(page, "In my list", 1)).to_be_focused()
    assert sent == [("/titles/11/save/", SHOWN | {"position": ["1"]})]
    assert page.url == f"{ORIGIN}/"
    with page.expect_response("**/save/"):
        page.keyboard.press("Enter")
    assert sent[1][1]["saved"] == ["0"]
    assert sent[1][1]["position"] == ["1"]


@pytest.mark.parametrize("in_sheet", [False, True])
def test_undo_puts_the_buttons_back_and_leaves_the_page_as_it_is(page, sent, in_sheet) -> None:
    page.evaluate("window.isTheSame = true")
    if in_sheet:
        page.locator("[data-title='11'] .card__dots").click()
    button(page, "Save to my list", 1).click()
    expect(button(page, "In my list", 1)).to_be_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(button(page, "Save to my list", 1)).to_be_focused()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert page.evaluate("window.isTheSame")
    assert [path for path, _ in sent] == ["/titles/11/save/", "/events/5/undo/?buttons=card"]


def test_a_title_that_is_turned_down_leaves_and_the_next_one_has_the_focus(page, sent) -> None:
    button(page, "Not interested", 1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-title='11']")).to_be_hidden()
    expect(page.locator("[data-title='12'] .card__link")).to_be_focused()
    assert [path for path, _ in sent] == ["/titles/11/dislike/"]


def test_a_button_in_the_sheet_sends_the_same(page, sent) -> None:
    page.locator("[data-title='11'] .card__dots").click()
    page.locator("#sheet").get_by_role("button", name="Save to my list").click()
    expect(page.locator("#sheet").get_by_role("button", name="In my list")).to_be_focused()
    assert sent == [("/titles/11/save/", SHOWN | {"position": ["1"]})]


def test_a_notice_stands_before_the_sheet_and_goes_back_behind_it(page) -> None:
    page.locator("[data-title='11'] .card__dots").click()
    expect(page.locator("#sheet #toasts")).to_be_attached()
    page.keyboard.press("Escape")
    expect(page.locator("#sheet #toasts")).not_to_be_attached()
    expect(page.locator("#toasts")).to_be_attached()


def test_a_title_that_is_gone_meanwhile_is_said_to_be(page) -> None:
    button(page, "Save to my list", 2).click()
    expect(page.locator(".toast")).to_have_text("Gone")
