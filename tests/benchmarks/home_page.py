"""The home page as members open it, however slow it is; what a browser loads and sees move."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.clients import Ask, Person, arrivals, latencies, open_loop
from tests.benchmarks.record import ROOT, Bench, Found, Missing, is_smoke
from tests.benchmarks.site import Site, about, running

SEED = 0
RATE = 8.0  # pages a second
WORKERS = 2  # as `make run` starts them
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SCREENS = {"wide": (1440, 900), "narrow": (390, 844)}
KB = 1000
SETTLED_MS = 3000
# the sum of all shifts that no input caused; the browser's own measure takes the worst five seconds
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) window.shifts.push(entry.value);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@dataclass(frozen=True)
class Effort:
    seconds: float = 300.0
    members: int = 500
    screens: tuple[str, ...] = tuple(SCREENS)


SHORT = Effort(seconds=15, members=20, screens=("wide",))


def prepare() -> None:
    """A browser and its driver: what the tests need, too."""
    if browser_program() is None:
        raise Missing("Chromium is needed: apt-get install chromium, then run this again")
    made = subprocess.run(["make", "--no-print-directory", ".venv/tests"], cwd=ROOT)
    if made.returncode:
        raise Missing("playwright could not be installed: see above, then run this again")


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    rng = random.Random(SEED)
    with running(bench, workers=WORKERS, everywhere=True) as site:
        people = site.people(effort.members)
        with bench.step("pages"):
            due = arrivals(rng, rate=RATE, seconds=effort.seconds)
            answers = open_loop(site.address, pages(people, rng), due)
        logged = site.error_lines()
        with bench.step("browser"):
            seen = {name: in_a_browser(site, people[0], name) for name in effort.screens}
    home = {"seconds": effort.seconds, "rate": RATE, "workers": WORKERS, **latencies(answers)}
    home["error_lines"] = logged
    return {**about(), "seed": SEED, "home": home, "browser": seen, "figures": figures(home, seen)}


def pages(people: Sequence[Person], rng: random.Random) -> Iterator[Ask]:
    """Any member's home page, without end."""
    while True:
        yield Ask("home", "/", rng.choice(people).browser)


def browser_program() -> str | None:
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def in_a_browser(site: Site, person: Person, screen: str) -> dict[str, Any]:
    """What a first visit loads, compressed, and how much of the page moves by itself."""
    from playwright.sync_api import Request, sync_playwright

    loaded: list[Request] = []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=browser_program(), args=FLAGS)
        width, height = SCREENS[screen]
        context = browser.new_context(viewport={"width": width, "height": height})
        url = f"http://{site.address}/"
        context.add_cookies([{"name": "sessionid", "value": person.session, "url": url}])
        context.add_init_script(SHIFTS)
        page = context.new_page()
        page.on("requestfinished", lambda request: loaded.append(request))
        page.goto(url, wait_until="networkidle")
        page.wait_for_timeout(SETTLED_MS)
        page.mouse.wheel(0, 3 * height)
        page.wait_for_timeout(SETTLED_MS)
        shifts = page.evaluate("window.shifts")
        sizes = [
            (request.resource_type, request.sizes()["responseBodySize"])
            for request in loaded
            if request.resource_type in ("script", "stylesheet")
        ]
        browser.close()
    return weighed(sizes) | {"layout_shift": round(sum(shifts), 4), "shifts": len(shifts)}


def weighed(sizes: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """kB of each kind and of both. sizes: bytes as they came over the wire"""
    kinds = {kind: sum(size for each, size in sizes if each == kind) / KB for kind, _ in sizes}
    return {
        "files": len(sizes),
        "kb": {kind: round(size, 1) for kind, size in sorted(kinds.items())},
        "js_and_css_kb": round(sum(kinds.values()), 1),
    }


def figures(home: dict[str, Any], seen: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"what": "home pages asked for", "value": home["count"], "unit": ""},
        {"what": "p50", "value": home["p50_ms"], "unit": "ms"},
        {"what": "p95", "value": home["p95_ms"], "unit": "ms", "asked": {"below": 150}},
        {"what": "errors", "value": home["errors"] + home["refused"], "unit": "",
         "asked": {"most": 0}},
    ]  # fmt: skip
    for name, found in seen.items():
        rows += [
            {"what": f"JS and CSS, compressed, {name} screen", "value": found["js_and_css_kb"],
             "unit": "kB", "asked": {"most": 100}},
            {"what": f"layout shift, {name} screen", "value": found["layout_shift"], "unit": "",
             "asked": {"below": 0.1}},
        ]  # fmt: skip
    return rows
