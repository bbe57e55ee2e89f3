"""The ring of a card that the keyboard is at: the browser alone, with a shelf of three cards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from catalog.cards import Card
from catalog.models import Title
from catalog.posters.spec import PosterSpec
from events.templatetags.cards import Deck

pytestmark = pytest.mark.e2e
STATIC = Path(__file__).resolve().parents[2] / "platform" / "static"
ORIGIN = "http://ring.test"
SHEETS = ("tokens", "base", "controls", "components", "cards")
LINKS = "".join(f'<link rel="stylesheet" href="/css/{name}.css">' for name in SHEETS)
PAGE = """<!doctype html><html class="js"><head>{links}</head><body><main class="page">
<section class="shelf"><form><ul class="shelf__track">{cards}</ul></form></section></main></body>"""
RING = """() => {
  const focused = document.activeElement;
  const ringed = [focused, focused.parentElement].filter(
    (element) => getComputedStyle(element).outlineStyle === "solid");
  const { outlineOffset, outlineWidth } = getComputedStyle(ringed[0]);
  const reach = parseFloat(outlineOffset) + parseFloat(outlineWidth);
  const ring = ringed[0].getBoundingClientRect();
  const track = focused.closest(".shelf__track").getBoundingClientRect();
  const lines = [...focused.parentElement.querySelectorAll("p, button:not(.card__dots)")];
  return {
    rings: ringed.length,
    cut: lines.filter((line) => line.getBoundingClientRect().bottom > ring.bottom).length,
    hidden: ring.top - reach < track.top,
  };
}"""

AT_REST = """() => document.activeElement.matches(":focus-visible")
  && document.getAnimations().every((animation) => animation.playState === "finished")"""


def card_at(position: int) -> Card:
    title = Title(pk=10 + position, name=f"Number {position}", year=1994)
    title.poster = PosterSpec(title.name, 1994, ("Drama", "Comedy"))
    return Card(title=title, position=position, why="Because you liked Number 7")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    deck = Deck("l1", is_member=True)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path.startswith(("/css/", "/img/")):
            route.fulfill(path=STATIC / path[1:])
        elif path == "/":
            cards = "".join(deck.card(card_at(position)) for position in range(3))
            route.fulfill(body=PAGE.format(links=LINKS, cards=cards), content_type="text/html")
        else:
            route.fulfill(status=404)

    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{ORIGIN}/")
    yield page
    context.close()


def test_one_ring_goes_around_all_of_the_lifted_card_and_is_seen_whole(page: Page) -> None:
    page.keyboard.press("Tab")
    page.locator(".card__link").nth(1).focus()
    page.wait_for_function(AT_REST)
    assert page.evaluate(RING) == {"rings": 1, "cut": 0, "hidden": False}
