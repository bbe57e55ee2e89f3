"""Notices with Undo: the browser alone, on a page of five cards, with no site behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

pytestmark = pytest.mark.e2e
STATIC = Path(__file__).resolve().parents[2] / "platform" / "static"
ORIGIN = "http://notices.test"
CARD = """<li class="card" data-title="{n}"><a class="card__link" href="#{n}">{n}</a>
<button type="button" data-hide id="hide-{n}">Not interested</button></li>"""
PAGE = f"""<!doctype html><body hx-headers='{{"X-CSRFToken": "t"}}'><main id="main" tabindex="-1">
<ul>{"".join(CARD.format(n=n) for n in "abcde")}</ul></main>
<div id="live" role="status" aria-atomic="false"></div>
<section id="toasts" data-undo-label="Undo" data-undone-label="Undone" data-error-label="Failed">
</section><dialog id="sheet"><div data-sheet-body></div></dialog>
<script type="module" src="/js/toast.js"></script>"""
HIDE = """n => {
  const button = document.getElementById(`hide-${n}`), bubbles = true;
  const detail = { message: `${n} is hidden`, undo_url: `/undo/${n}/` };
  button.dispatchEvent(new CustomEvent("toast", { bubbles, detail }));
  const sent = { bubbles, detail: { successful: true } };
  button.dispatchEvent(new CustomEvent("htmx:afterRequest", sent));
}"""


@pytest.fixture
def undone() -> list[str]:
    """What was asked to be undone; "b" is refused by the server."""
    return []


@pytest.fixture
def page(browser: Browser, undone: list[str]) -> Iterator[Page]:
    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN)
        if path.startswith("/undo/"):
            undone.append(path)
            route.fulfill(status=500 if "/b/" in path else 204)
        elif path.startswith("/js/"):
            route.fulfill(path=STATIC / path[1:], content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.route("**/*", answer)
    page.clock.install()
    page.goto(ORIGIN)
    yield page
    context.close()


def hide(page: Page, *names: str) -> None:
    for name in names:
        page.evaluate(HIDE, name)
    page.clock.run_for(300)


def test_each_of_two_notices_takes_back_its_own(page, undone):
    hide(page, "a", "c")
    expect(page.locator("[data-title=a]")).to_be_hidden()
    page.get_by_role("button", name="Undo: a is hidden").press("Enter")
    expect(page.locator("[data-title=a]")).to_be_visible()
    expect(page.locator("[data-title=a] .card__link")).to_be_focused()
    expect(page.locator("[data-title=c]")).to_be_hidden()
    page.get_by_role("button", name="Undo: c is hidden").click()
    expect(page.locator("[data-title=c]")).to_be_visible()
    assert undone == ["/undo/a/", "/undo/c/"]


def test_three_stay_in_sight_and_the_newest_is_last(page):
    hide(page, "a", "c", "d", "e")
    shown = page.locator("#toasts > div > span").all_inner_texts()
    assert shown == ["c is hidden", "d is hidden", "e is hidden"]


def test_each_leaves_after_its_own_eight_seconds(page):
    hide(page, "a")
    page.clock.run_for(5000)
    hide(page, "c")
    page.clock.run_for(3000)
    assert page.locator("#toasts > div > span").all_inner_texts() == ["c is hidden"]
    page.get_by_role("button", name="Undo").focus()
    page.clock.run_for(20_000)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()


def test_both_are_announced(page):
    hide(page, "a", "c")
    page.clock.run_for(100)
    assert page.locator("#live p").all_inner_texts() == ["a is hidden", "c is hidden"]


def test_what_the_server_did_not_take_back_can_be_tried_again(page):
    hide(page, "b")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Failed")
    expect(page.locator("[data-title=b]")).to_be_hidden()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()


def test_one_taken_back_at_once_does_not_leave_after_all(page):
    page.evaluate(HIDE, "a")
    page.get_by_role("button", name="Undo").press("Enter")
    page.clock.run_for(1000)
    expect(page.locator("[data-title=a]")).to_be_visible()


def test_a_newer_notice_on_the_same_thing_replaces_the_older(page: Page) -> None:
    tell = """([message, about]) => document.body.dispatchEvent(
      new CustomEvent("toast", { detail: { message, about } }))"""
    for message, about in [("3 of 5", "rate-1"), ("saved", "save-1"), ("4 of 5", "rate-1")]:
        page.evaluate(tell, [message, about])
    assert page.locator(".toast").all_inner_texts() == ["saved", "4 of 5"]
