"""The whole product, started as `make run` starts it, and a browser in front of it."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.e2e.harness import CHROMIUM, FLAGS, Site, Watcher, leave, new_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One running Marquee with the demo catalog, for all browser tests."""
    with new_site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        if os.environ.get("MARQUEE_REQUIRE_CHROMIUM"):
            pytest.fail("Chromium is needed: apt-get install chromium")
        pytest.skip(
            "no Chromium on this machine: apt-get install chromium (or brew install chromium)"
        )
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
    context.set_default_timeout(15_000)
    watcher = Watcher(context, site)
    yield context
    leave(context)
    assert watcher.faults == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
