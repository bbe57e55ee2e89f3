"""Starts Marquee as `make run` does and watches what its pages do."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    None,
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
FIRST_START_SECONDS = 300
PASSWORD = "lanterns over the canal"  # of whoever signs up


@dataclass
class Site:
    """A running Marquee."""

    url: str
    state: Path
    process: subprocess.Popen[bytes]

    @property
    def staff(self) -> dict[str, str]:
        return json.loads((self.state / "staff-login.json").read_text())

    def path(self, path: str) -> str:
        return self.url + path

    def is_live(self) -> bool:
        try:
            with urllib.request.urlopen(self.path("/livez/"), timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_site(state: Path, *, port: int | None = None, **environment: str) -> Site:
    port = port or free_port()
    clean = {
        key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}
    }
    settings = {
        "MARQUEE_STATE": str(state),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "FIRST_PRESET": "tiny",
        "PYTHONPATH": str(ROOT / "platform"),
        "API_RATE_ANONYMOUS": "10000/min",
        "API_RATE_MEMBER": "10000/min",
    }
    state.mkdir(parents=True, exist_ok=True)
    log = (state / "launch.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "config.launch"],
        cwd=ROOT,
        env=clean | settings | environment,
        stdout=log,
        stderr=log,
    )
    site = Site(f"http://127.0.0.1:{port}", state, process)
    deadline = time.monotonic() + FIRST_START_SECONDS
    while not site.is_live():
        said = (state / "launch.log").read_text()[-2000:]
        assert process.poll() is None, f"make run ended by itself:\n{said}"
        assert time.monotonic() < deadline, f"not live after {FIRST_START_SECONDS} s:\n{said}"
        time.sleep(0.3)
    return site


def stop_site(site: Site) -> int:
    site.process.send_signal(signal.SIGTERM)
    return site.process.wait(timeout=60)


@contextmanager
def new_site(state: Path) -> Iterator[Site]:
    """A Marquee for tests; its folder is opened for the account that runs its servers."""
    for folder in (state, *state.parents[:2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    running = start_site(state)
    yield running
    if running.process.poll() is None:
        stop_site(running)


def manage(site: Site, *words: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words],
        env=clean | {"MARQUEE_STATE": str(site.state)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


class Watcher:
    """Collects what no page may do: console errors, failed scripts, requests to anybody else."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.faults: list[str] = []
        self.site = site
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(
                f"console on {message.page.url if message.page else '?'}: {message.text}"
            )

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:", "about:")):
            self.faults.append(f"external request: {request.url}")


def leave(context: BrowserContext) -> None:
    """Chromium may never close a page that is between two addresses, so all go to an empty one.

    https://github.com/microsoft/playwright/issues/42366
    """
    for page in context.pages:
        with suppress(Error):
            page.goto("about:blank")
    context.close()


@contextmanager
def somebody_else(browser: Browser, site: Site) -> Iterator[Page]:
    """A page that shares no cookie with the test's own."""
    context = browser.new_context(base_url=site.url)
    context.set_default_timeout(15_000)
    try:
        yield context.new_page()
    finally:
        leave(context)


def log_in(page: Page, site: Site, email: str, password: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def sign_up(page: Page) -> str:
    """Their email."""
    email = f"newcomer-{secrets.token_hex(4)}@example.org"
    page.goto("/account/signup/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").first.fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/tastes/")
    return email
