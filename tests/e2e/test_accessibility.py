"""Our pages, light and dark, wide and narrow: no axe violation, console error or other host."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.e2e.harness import Site, Watcher, leave
from tests.e2e.needs import Values, prepare
from tests.e2e.pages import VISITS, visits

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("site")]

LOOKS = [(width, scheme) for width in (1440, 360) for scheme in ("light", "dark")]
# preload would fetch style sheets anew for a rule that is not among these
RULES = """{
    runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    resultTypes: ["violations"],
    preload: false,
}"""
VIOLATIONS = f"async () => (await axe.run({RULES})).violations"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
REFUSAL = "Failed to load resource: the server responded with a status of 4"
# two seconds at most for each: a busy machine may draw no frame and never be idle
IDLE = """async () => {
    const sooner = (ask) => new Promise((done) => { ask(done); setTimeout(done, 2000); });
    for (let frame = 0; frame < 3; frame += 1) await sooner(requestAnimationFrame);
    await sooner(requestIdleCallback);
}"""
# a colour on its way to the other scheme is no fault
STILL = "*, ::before, ::after { transition-property: none !important; }"


@pytest.fixture(scope="module")
def values(site: Site) -> Values:
    return prepare(site)


@pytest.mark.parametrize("who", VISITS)
def test_every_page_is_accessible(browser: Browser, site: Site, values: Values, who: str) -> None:
    """axe brings styles of its own, so the policy is off here; the next test has it on."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        base_url=site.url,
        reduced_motion="reduce",
        bypass_csp=True,
    )
    faults = []
    for page, visit in visits(context, site, who, values):
        page.add_style_tag(content=STILL)
        page.evaluate(Axe().axe_script)
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(IDLE)
            look = f"{visit.template}, {width} {scheme}, {page.url[:100]}"
            faults += [f"{look}: {fault}" for fault in faults_of(page)]
    leave(context)
    assert not faults, "\n".join(faults)


def faults_of(page: Page) -> list[str]:
    """What axe finds on a page that has its script, and what juts out of the window."""
    found = [
        f"{rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in page.evaluate(VIOLATIONS)
    ]
    wider = page.evaluate(WIDER)
    return [*found, f"{wider} px wider than the window"] if wider > 0 else found


@pytest.mark.parametrize("who", VISITS)
def test_no_page_complains_or_asks_another_host(
    browser: Browser, site: Site, values: Values, who: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
    watcher = Watcher(context, site)
    faults = []
    for page, visit in visits(context, site, who, values, leading_away=False):
        page.evaluate(IDLE)
        faults += [fault for fault in watcher.faults if not (visit.is_refused and REFUSAL in fault)]
        watcher.faults.clear()
    leave(context)
    assert not faults, "\n".join(faults)
