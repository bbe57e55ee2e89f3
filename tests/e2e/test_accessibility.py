"""Our pages, light and dark, wide and narrow: no axe violation, console error or other host."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.harness import Site, Watcher, log_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("site")]

ANONYMOUS = [
    "/",
    "/browse/",
    "/browse/?genre=drama",
    "/search/?q=star",
    "/search/?q=zzzzzzqqq",
    "TITLE",
    "PERSON",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/accessibility/",
    "/privacy/",
    "/no-such-page/",
]
STAFF = [
    "/",
    "TITLE",
    "/tastes/",
    "/my-list/",
    "/history/",
    "/me/",
    "/me/delete/",
    "/account/email/",
    "/account/password/change/",
    "/account/logout/",
    "/account/sessions/",
    "/dashboard/",
    "/dashboard/system/",
    "RUN",
]
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}


def address(page: Page, path: str) -> str:
    """The path itself, or the first title, person or run that the site links to."""
    if path == "TITLE":
        page.goto("/search/?q=heat")
        return page.locator("a.result[href*='/title/']").first.get_attribute("href") or ""
    if path == "PERSON":
        page.goto("/search/?q=scorsese")
        return page.locator("a.result[href*='/people/']").first.get_attribute("href") or ""
    if path == "RUN":
        page.goto("/dashboard/runs/")
        return page.locator("table a[href^='/dashboard/runs/']").first.get_attribute("href") or ""
    return path


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("who", ["anonymous", "staff"])
def test_every_page_is_accessible(
    browser: Browser, site: Site, who: str, scheme: str, width: int
) -> None:
    """axe brings styles of its own, so the policy is off here; the next test has it on."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        base_url=site.url,
        reduced_motion="reduce",
        bypass_csp=True,
    )
    faults = []
    for page, url in visits(context, site, who):
        faults += [
            f"{url}: {rule['id']}: {rule['nodes'][0]['html'][:160]}"
            for rule in Axe().run(page, options=RULES).response["violations"]
        ]
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if overflow > 0:
            faults.append(f"{url}: {overflow} px wider than the window")
    context.close()
    assert faults == []


@pytest.mark.parametrize("who", ["anonymous", "staff"])
def test_no_page_complains_or_asks_another_host(browser: Browser, site: Site, who: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
    watcher = Watcher(context, site)
    for page, _ in visits(context, site, who):
        page.wait_for_load_state("networkidle")
    context.close()
    assert [fault for fault in watcher.faults if "/no-such-page/" not in fault] == []


def visits(context: BrowserContext, site: Site, who: str) -> Iterator[tuple[Page, str]]:
    """Each page of the list, opened."""
    context.set_default_timeout(15_000)
    page = context.new_page()
    if who == "staff":
        log_in(page, site, site.staff["email"], site.staff["password"])
    for path in ANONYMOUS if who == "anonymous" else STAFF:
        url = address(page, path)
        assert url, f"{path} is linked from nowhere"
        page.goto(url)
        yield page, url
