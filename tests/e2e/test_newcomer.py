"""A new person finds their way, and every promise on the way is kept."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.harness import PASSWORD, sign_up

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("site")]


def pick_tastes(page: Page, count: int = 4) -> None:
    boxes = page.locator(".pick label")
    for place in range(count):
        boxes.nth(place).click()
    page.get_by_role("button", name="Show my list").click()
    page.wait_for_url(lambda url: url.rstrip("/").count("/") == 2)


def names_on(page: Page, shelf: str) -> list[str]:
    return page.locator(
        f"#shelf-{shelf} >> xpath=ancestor::section >> .card__name"
    ).all_inner_texts()


def test_a_newcomer_gets_a_personal_list_and_their_clicks_count(page: Page) -> None:
    sign_up(page)
    pick_tastes(page)
    expect(page.get_by_role("heading", name="Picked for you")).to_be_visible()
    featured = page.locator("h1").inner_text()
    names = page.locator(".card__name").all_inner_texts()
    assert len(names) == len(set(names)) > 40
    assert featured not in names

    # not interested in the first: it goes, and undo brings it back
    first = names_on(page, "picked")[0]
    card = page.locator(".card", has=page.get_by_text(first, exact=True)).first
    card.hover()
    card.get_by_role("button", name="Not interested").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.goto("/")
    assert first not in page.locator(".card__name").all_inner_texts()
    page.goto("/history/")
    page.locator(".entry", has_text=first).get_by_role("button", name="Undo").first.click()
    page.goto("/")
    everything = [page.locator("h1").inner_text(), *page.locator(".card__name").all_inner_texts()]
    assert first in everything


def test_rating_from_the_keyboard_changes_the_next_list(page: Page) -> None:
    sign_up(page)
    pick_tastes(page)
    before = names_on(page, "picked")
    page.goto("/search/?q=alien")
    page.locator("a.result").first.click()
    with page.expect_response(
        lambda answer: "/rate/" in answer.url and answer.request.method == "POST"
    ):
        page.locator(".stars input[value='5.0']").focus()
        page.keyboard.press("Space")
    expect(page.locator(".stars__value")).to_contain_text("5")
    page.goto("/")
    assert names_on(page, "picked") != before


def test_search_forgives_a_typo(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("shawshenk redemtion")
    expect(page.get_by_role("link", name="The Shawshank Redemption").first).to_be_visible()


def test_saved_titles_are_in_my_list(page: Page) -> None:
    sign_up(page)
    page.get_by_role("button", name="Skip").click()
    page.goto("/search/?q=fargo")
    page.locator("a.result").first.click()
    page.get_by_role("button", name="Save to my list").first.click()
    expect(page.get_by_role("button", name="In my list").first).to_be_visible()
    page.goto("/my-list/")
    expect(page.get_by_text("Fargo").first).to_be_visible()


def test_people_leave_with_their_data_and_without_a_trace(page: Page) -> None:
    email = sign_up(page)
    pick_tastes(page)
    page.goto("/me/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").or_(
            page.get_by_role("button", name="Download my data")
        ).first.click()
    text = download.value.path().read_text()
    assert email in text
    assert json.loads(text)
    page.goto("/me/delete/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/goodbye/")
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    page.goto("/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_text("The email address and/or password you specified are")).to_be_visible()
    assert page.url.endswith("/account/login/")
