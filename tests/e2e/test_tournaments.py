"""Staff have levels play each other, a member sees the table, the ladder takes it over."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.harness import Site, log_in, sign_up, somebody_else

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("site")]
PLAYED_WITHIN = 120_000  # milliseconds, behind whatever else the worker does


def test_a_tournament_from_its_start_to_the_ladder(
    page: Page, browser: Browser, site: Site
) -> None:
    log_in(page, site, site.staff["email"], site.staff["password"])
    page.goto("/dashboard/")
    page.get_by_role("navigation", name="Dashboard").get_by_role("link", name="Tournaments").click()
    page.get_by_role("navigation", name="Games").get_by_role("link", name="Tic-tac-toe").click()
    page.get_by_role("checkbox", name="Random").check(force=True)
    page.get_by_label("Games of each pair").fill("4")
    page.get_by_role("button", name="Start the tournament").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tic-tac-toe")
    expect(page.get_by_role("heading", name="Table", exact=True)).to_be_visible(
        timeout=PLAYED_WITHIN
    )
    expect(page.get_by_role("rowheader", name=re.compile("Random"))).not_to_have_count(0)

    with somebody_else(browser, site) as member:
        sign_up(member)
        member.goto("/arcade/")
        member.get_by_role("link", name="Tournaments").click()
        member.get_by_role("link", name=re.compile("^Tic-tac-toe")).first.click()
        expect(member.get_by_role("heading", name="Everybody against everybody")).to_be_visible()
        expect(member.get_by_role("link", name="Take these ratings over")).to_have_count(0)

    page.get_by_role("link", name="Take these ratings over").click()
    page.get_by_role("button", name="Take them over").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ladder")
    expect(page.get_by_role("rowheader", name=re.compile("Minimax, Perfect"))).to_be_visible()
