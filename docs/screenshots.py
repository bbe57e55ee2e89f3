"""Every page of a running site as a picture: `.venv/bin/python docs/screenshots.py [http://127.0.0.1:8000]`.

Needs Chromium and the packages of requirements-dev.txt; logs in with var/staff-login.json, rates
a few films and plays a few moves as that member, and writes
docs/screenshots/<page>-<scheme>-<width>.jpg and posters.jpg.
"""

import json
import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "screenshots"
LOGIN = Path(os.environ.get("MARQUEE_STATE", ROOT / "var")) / "staff-login.json"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LIKED = ["Heat", "Fargo", "Chinatown", "Alien", "The Big Lebowski"]
ANONYMOUS = {
    "welcome": "/",
    "login": "/account/login/",
    "signup": "/account/signup/",
    "not-found": "/no-such-page/",
}
MEMBER = {
    "home": "/",
    "browse": "/browse/",
    "search": "/search/?q=star+wras",
    "title": "L.A. Confidential",
    "person": "Martin Scorsese",
    "tastes": "/tastes/",
    "my-list": "/my-list/",
    "history": "/history/",
    "studio": "/studio/",
    "arcade": "/arcade/",
    "agent": "/arcade/agents/connect-four/shipped/",
    "account": "/me/",
    "delete": "/me/delete/",
    "accessibility": "/accessibility/",
    "dashboard": "/dashboard/",
    "run": "/dashboard/runs/ RUN",
    "generators": "/dashboard/generators/",
    "agents": "/dashboard/agents/",
    "system": "/dashboard/system/",
}
HEIGHTS = {1440: 1000, 390: 844}


def main() -> None:
    site = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        first = open_page(browser, site, scheme="dark", width=1440, member=True)
        rate_some(first)
        wall_of_posters(first, site)
        member_pages = MEMBER | {"match": play_some(first)}
        for scheme in ("dark", "light"):
            for width in HEIGHTS:
                for member, pages in ((False, ANONYMOUS), (True, member_pages)):
                    page = open_page(browser, site, scheme=scheme, width=width, member=member)
                    for name, path in pages.items():
                        go(page, path)
                        page.wait_for_timeout(900)
                        picture = OUT / f"{name}-{scheme}-{width}.jpg"
                        page.screenshot(path=picture, type="jpeg", quality=72)
        browser.close()


def open_page(browser: Browser, site: str, *, scheme: str, width: int, member: bool) -> Page:
    context = browser.new_context(
        base_url=site, color_scheme=scheme, viewport={"width": width, "height": HEIGHTS[width]}
    )
    page = context.new_page()
    if member:
        login = json.loads(LOGIN.read_text())
        page.goto("/account/login/")
        page.get_by_label("Email").fill(login["email"])
        page.get_by_label("Password").fill(login["password"])
        page.get_by_role("main").get_by_role("button", name="Log in").click()
        page.wait_for_url(lambda url: "/login/" not in url)
    return page


def go(page: Page, path: str) -> None:
    """A path, "<path> RUN" for the first run it links to, or the name of a title or person."""
    if path.endswith(" RUN"):
        page.goto(path.split()[0])
        page.locator("table a[href^='/dashboard/runs/']").first.click()
    elif path.startswith("/"):
        page.goto(path)
    else:
        page.goto(f"/search/?q={path}")
        name = re.compile(rf"^\s*{re.escape(path)}\s*$")
        page.locator("main .result__name", has_text=name).first.click()
    page.wait_for_load_state("networkidle")


def rate_some(page: Page) -> None:
    for name in LIKED:
        go(page, name)
        page.locator(".stars input[value='4.5']").check(force=True)
        page.wait_for_timeout(800)


def play_some(page: Page) -> str:
    """A game of Connect Four after four moves each; its path."""
    page.goto("/arcade/new/?game=connect-four")
    page.get_by_role("radio", name=re.compile("^Medium")).first.check(force=True)
    page.get_by_role("radio", name="I begin").check(force=True)
    page.get_by_role("button", name="Start the game").click()
    page.wait_for_url("**/arcade/matches/**")
    for made, column in enumerate((3, 3, 2, 4), 1):
        page.locator("[data-board] .square__hit").nth(column).click()
        page.locator(".moves__move").nth(2 * made - 1).wait_for()
    return urlsplit(page.url).path


def wall_of_posters(page: Page, site: str) -> None:
    """Forty posters of the browse page, eight a row."""
    page.goto("/browse/?sort=popular")
    addresses = page.locator("img.poster").evaluate_all("images => images.map(image => image.src)")
    for number in (2, 3):
        page.goto(f"/browse/?sort=popular&page={number}")
        addresses += page.locator("img.poster").evaluate_all(
            "images => images.map(image => image.src)"
        )
    images = "".join(
        f'<img src="{address}" width="200" height="300">' for address in addresses[:40]
    )
    wall = page.context.browser.new_page(viewport={"width": 1850, "height": 1690}, bypass_csp=True)
    wall.goto(f"{site}/livez/")
    wall.set_content(
        "<style>body{margin:20px;background:#0b0c10;display:grid;gap:24px;"
        f"grid-template-columns:repeat(8,200px)}} img{{border-radius:8px}}</style>{images}"
    )
    wall.wait_for_load_state("networkidle")
    wall.screenshot(path=OUT / "posters.jpg", type="jpeg", quality=85)


if __name__ == "__main__":
    main()
