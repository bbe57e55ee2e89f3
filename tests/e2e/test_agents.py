"""An agent from its training to a member's match, and back to the one before."""

import secrets

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.harness import Site, log_in, sign_up, somebody_else

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("site")]

WORKER_SECONDS = 120_000  # milliseconds for what a worker does
GAME = "Tic-tac-toe"


def test_staff_train_an_agent_members_play_it_and_it_is_rolled_back(
    page: Page, browser: Browser, site: Site
) -> None:
    log_in(page, site, site.staff["email"], site.staff["password"])
    name = f"Noughts {secrets.token_hex(2)}"
    page.goto("/dashboard/agents/")
    page.get_by_label("Game").select_option(label=GAME)
    page.get_by_label("Size").select_option("tiny")
    page.get_by_label("Minutes of computing").fill("5")
    page.get_by_role("button", name="Start the training").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Agent run")
    expect(page.locator("#losses-title")).to_be_visible(timeout=WORKER_SECONDS)
    publish = page.get_by_role("main").get_by_role("button", name="Publish")
    expect(publish).to_be_visible(timeout=WORKER_SECONDS)
    page.get_by_role("textbox", name="Name").fill(name)
    publish.click()
    expect(page.get_by_text(f"{name} plays now.")).to_be_visible()

    with somebody_else(browser, site) as member:
        sign_up(member)
        choice = f"/arcade/new/?game={GAME.lower()}"
        about = member.get_by_role("link", name=f"About {name}")
        member.goto(choice)
        about.click()
        expect(member.get_by_role("heading", level=1)).to_have_text(name)
        expect(member.get_by_text("learnt by playing against itself")).to_be_visible()
        member.get_by_role("link", name="Play", exact=True).click()
        member.get_by_role("button", name="Start the game").click()
        expect(member.get_by_role("heading", level=1)).to_have_text(GAME)
        match = member.url

        page.goto("/dashboard/agents/")
        page.get_by_role("button", name=f"Roll back {GAME}").click()
        expect(page.get_by_text("plays now.")).to_be_visible()
        expect(page.get_by_role("row", name=name).get_by_text("withdrawn")).to_be_visible()

        def is_gone() -> bool:
            member.goto(choice)
            return about.count() == 0

        for _ in range(20):  # every process of the site looks once a second
            if is_gone():
                break
        assert is_gone()
        member.goto(match)
        expect(member.get_by_role("heading", level=1)).to_have_text(GAME)
