"""Whole games in the browser: by mouse, by keyboard alone, on a phone, over a reload."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.harness import Site, Watcher, leave, sign_up, somebody_else

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("site")]
MOST_MOVES = 21  # of one side in Connect Four
MOST_WALKED = 54  # moves of one side in Breakthrough 6×6: six pieces by 4 rows, six by 5
ENDED = re.compile("You won|You lost|A draw")  # the random agent is not seeded: any of them
FINGER = 40  # pixels
SQUARES = "[data-board] .square__hit"


def start(page: Page, game: str, *, level: str, side: str = "I begin") -> None:
    page.goto("/arcade/")
    page.get_by_role("link", name=game, exact=True).click()
    page.get_by_role("radio", name=re.compile(f"^{level}")).first.check(force=True)
    page.get_by_role("radio", name=side).check(force=True)
    page.get_by_role("button", name="Start the game").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(game)


def moves(page: Page) -> int:
    return page.locator(".moves__move").count()


def is_over(page: Page) -> bool:
    return page.locator(".outcome").count() > 0


def wait_for_turn(page: Page) -> None:
    expect(page.locator("#match-status")).to_contain_text(
        re.compile("It is your turn|You won|You lost|A draw")
    )


def test_a_game_by_mouse_with_replay_and_a_rematch(page: Page) -> None:
    sign_up(page)
    start(page, "Connect Four", level="Random")
    page.locator(SQUARES).nth(3).click()  # anywhere in the column
    expect(page.locator(".moves__move")).to_have_count(2)
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".moves__move")).to_have_count(0)
    for _ in range(MOST_MOVES):
        before = moves(page)
        page.locator(".square--hint button").first.click()
        expect(page.locator(".moves__move").nth(before)).to_be_visible()
        wait_for_turn(page)
        if is_over(page):
            break
    verdict = page.get_by_role("heading", name=ENDED)
    expect(verdict).to_be_visible()
    if verdict.inner_text() != "A draw":
        expect(page.locator(".square--wins")).not_to_have_count(0)

    page.locator(".moves__move").first.click()
    expect(page.locator("#match-status")).to_have_text("After move 1.")
    page.get_by_role("link", name="Last move").click()
    page.get_by_role("button", name="Rematch").click()
    expect(page.locator("#match-status")).to_contain_text("You play white crosses")


def test_a_game_by_keyboard_alone_is_read_out(page: Page) -> None:
    sign_up(page)
    start(page, "Tic-tac-toe", level="Beginner")
    live = page.locator("#live")
    for _ in range(9):
        if page.locator(f"{SQUARES}:focus").count() == 0:
            _tab_to_board(page)
        _arrow_to_free_square(page)
        before = moves(page)
        page.keyboard.press("Enter")
        expect(page.locator(".moves__move").nth(before)).to_be_visible()
        wait_for_turn(page)
        expect(live).to_contain_text(re.compile("^You: [abc][123]"))
        assert page.locator(f"{SQUARES}:focus").count() == 1  # it stays where one is
        if is_over(page):
            break
    expect(live).to_contain_text(re.compile("You won|You lost|A draw"))
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name="Your chance to win")).to_be_hidden()
    page.reload()
    expect(page.get_by_role("heading", name="Your chance to win")).to_be_hidden()


def _tab_to_board(page: Page) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.locator(f"{SQUARES}:focus").count():
            return
    raise AssertionError("the tabulator never comes to the board")


def _arrow_to_free_square(page: Page) -> None:
    """Row by row, as somebody does who does not see where the free ones are."""
    page.keyboard.press("Control+Home")
    for step in range(1, 10):
        if "can be played" in (page.locator(":focus").get_attribute("aria-label") or ""):
            return
        if step % 3:
            page.keyboard.press("ArrowRight")
        else:
            page.keyboard.press("Home")
            page.keyboard.press("ArrowDown")
    raise AssertionError("no free square")


@pytest.fixture
def phone(browser: Browser, site: Site) -> Page:
    context: BrowserContext = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, base_url=site.url
    )
    context.set_default_timeout(15_000)
    watcher = Watcher(context, site)
    yield context.new_page()
    leave(context)
    assert watcher.faults == []


def test_a_finger_hits_every_square_and_the_end_is_in_sight_on_a_phone(phone: Page) -> None:
    sign_up(phone)
    start(phone, "Breakthrough 8×8", level="Random")
    for side in ("Width", "Height"):
        found = phone.locator(SQUARES).evaluate_all(f"all => all.map(one => one.offset{side})")
        assert min(found) >= FINGER
    expect(phone.locator(".keys")).to_be_hidden()
    link = phone.locator("#share-link")
    assert link.evaluate("one => one.scrollHeight <= one.clientHeight")
    phone.locator("#resign").tap()
    phone.get_by_role("button", name="Resign the game").tap()
    again = phone.get_by_role("button", name="Rematch")
    expect(again).to_be_visible()
    phone.evaluate("scrollTo(0, 0)")
    bar = phone.get_by_role("navigation", name="Main, bottom").bounding_box()
    place = again.bounding_box()
    assert place
    assert bar
    assert place["y"] + place["height"] < bar["y"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_game_on_a_phone_goes_on_after_a_reload(phone: Page) -> None:
    sign_up(phone)
    start(phone, "Breakthrough 6×6", level="Random", side="The agent begins")
    wait_for_turn(phone)
    for turn in range(MOST_WALKED):
        before = moves(phone)
        phone.locator(".square--origin a").first.tap()
        expect(phone.locator(".square--chosen")).to_have_count(1)
        phone.locator(".square--hint button").first.tap()
        expect(phone.locator(".moves__move").nth(before)).to_be_attached()
        wait_for_turn(phone)
        if turn == 1:
            position = phone.locator(SQUARES).evaluate_all("all => all.map(one => one.ariaLabel)")
            phone.reload()
            again = phone.locator(SQUARES).evaluate_all("all => all.map(one => one.ariaLabel)")
            assert again == position
        if is_over(phone):
            break
    expect(phone.get_by_role("heading", name=re.compile("You won|You lost"))).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_moves_by_typing_and_by_number_keys(page: Page) -> None:
    sign_up(page)
    start(page, "Connect Four", level="Random")
    page.get_by_label("Type a move").fill("4")
    page.keyboard.press("Enter")
    expect(page.locator(".moves__move")).to_have_count(2)
    page.locator("h1").click()
    page.keyboard.press("7")
    expect(page.locator(".moves__move")).to_have_count(4)
    expect(page.locator(".moves__move").nth(2)).to_have_text("column 7")
    page.get_by_label("Type a move").fill("12")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("“12” is not a move")


def test_a_link_is_marked_where_the_browser_copies_nothing(page: Page) -> None:
    """As over plain http in a network at home."""
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    sign_up(page)
    start(page, "Othello", level="Random")
    page.get_by_role("button", name="Copy").click()
    link = page.locator("#share-link")
    marked = "one => one.value.slice(one.selectionStart, one.selectionEnd)"
    assert link.evaluate(marked) == page.url
    expect(page.get_by_role("button", name="Copy")).to_be_visible()


def test_somebody_watches_the_moves_as_they_come(page: Page, browser: Browser, site: Site) -> None:
    sign_up(page)
    start(page, "Othello", level="Random")
    with somebody_else(browser, site) as watcher:
        watcher.goto(page.url)
        expect(watcher.locator(".moves__move")).to_have_count(0)
        page.locator(".square--hint button").first.click()
        wait_for_turn(page)
        expect(watcher.locator(".moves__move").first).to_be_visible(timeout=15_000)
