"""Which list led to a title: the browser alone, with no site behind it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.e2e
SCRIPT = Path(__file__).resolve().parents[2] / "platform" / "static" / "js" / "opened.js"
ORIGIN = "http://opened.test"
PAGE = """<!doctype html><ul data-shelf="new" data-list="l1"><li class="card" data-title="7"
data-position="3"><a class="card__link" href="#7">Heat</a></li></ul>
<article data-opened="7"></article><script type="module" src="/opened.js"></script>"""
LIST = {"shelf": "new", "position": "3", "list_id": "l1"}
SENT = """() => {
  const detail = { elt: document.querySelector("article"), parameters: {} };
  document.dispatchEvent(new CustomEvent("htmx:configRequest", { detail }));
  return detail.parameters;
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    script = {"body": SCRIPT.read_text(), "content_type": "text/javascript"}
    context.route("**/*", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    context.route("**/opened.js", lambda route: route.fulfill(**script))
    page = context.new_page()
    page.clock.install()
    page.goto(ORIGIN)
    yield page
    context.close()


def sent(page: Page) -> dict[str, Any]:
    """What the title page says about where it was opened from."""
    return page.evaluate(SENT)


def test_the_title_page_names_the_list_of_the_click_once(page: Page) -> None:
    page.locator(".card__link").click()
    page.clock.fast_forward("00:50")
    assert sent(page) == LIST
    assert sent(page) == {}


def test_a_click_of_more_than_a_minute_ago_led_to_nothing(page: Page) -> None:
    page.locator(".card__link").click()
    page.clock.fast_forward("01:10")
    assert sent(page) == {}
