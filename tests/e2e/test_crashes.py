"""kill -9 of each part of the running product: nothing acknowledged is lost, and it heals."""

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.e2e.harness import Site, manage, new_site, stop_site

pytestmark = pytest.mark.long

HEAL_SECONDS = 60
SERVERS = {"postgres": "postgres", "valkey": "valkey-server"}  # process names
CHILDREN = {"web": "granian", "heavy worker": "heavy@"}  # words of command lines


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One of this file's own: it is stopped at the end, and others go on with theirs."""
    with new_site(tmp_path_factory.mktemp("crashes")) as running:
        yield running


@pytest.fixture(scope="module")
def token(site: Site) -> str:
    made = manage(site, "create_token", site.staff["email"])
    return made.strip().splitlines()[-1]


def call(site: Site, token: str, path: str, body: dict | None = None) -> tuple[int, dict]:
    """(status, answer) of an API call; status 0 while nobody answers."""
    request = urllib.request.Request(
        site.path(f"/api/v1/{path}"),
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {}
    except (urllib.error.URLError, OSError):
        return 0, {}


def processes_of(site: Site, part: str) -> list[psutil.Process]:
    """A server works in the site's state folder; a child of the launcher carries its mark."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if part in SERVERS:
                own = (
                    Path(process.cwd()).is_relative_to(site.state)
                    and process.name() == SERVERS[part]
                )
            else:
                marked = process.environ().get("LAUNCHED_FROM") == str(site.state)
                own = marked and CHILDREN[part] in " ".join(process.cmdline())
            if own:
                found.append(process)
    return found


def wait_until_healed(site: Site, token: str) -> None:
    deadline = time.monotonic() + HEAL_SECONDS
    while call(site, token, "me/")[0] != 200:
        assert time.monotonic() < deadline, "the site did not come back"
        time.sleep(0.3)


@pytest.mark.parametrize("part", ["postgres", "valkey", "web"])
def test_no_acknowledged_event_is_lost(site: Site, token: str, part: str) -> None:
    wait_until_healed(site, token)
    titles = [row["id"] for row in call(site, token, "titles/")[1]["results"]][:10]
    acknowledged = []
    victims = processes_of(site, part)
    assert victims, f"no {part} process found"
    for number in range(30):
        key = f"{part}-{number}"
        if number == 10:
            for victim in victims:
                with suppress(psutil.NoSuchProcess):
                    victim.send_signal(signal.SIGKILL)
        body = {"title": titles[number % 10], "kind": "click", "key": key}
        if call(site, token, "events/", body)[0] == 201:
            acknowledged.append(key)
    wait_until_healed(site, token)
    assert len(acknowledged) >= 10
    for number in range(30):
        key = f"{part}-{number}"
        body = {"title": titles[number % 10], "kind": "click", "key": key}
        status, _ = call(site, token, "events/", body)
        assert status == (200 if key in acknowledged else status), key
        assert status in {200, 201}


def test_a_training_whose_worker_is_killed_ends_and_the_site_answers(
    site: Site, token: str
) -> None:
    status, run = call(site, token, "runs/", {"preset": "tiny", "note": "to be killed"})
    assert status in {201, 202}
    deadline = time.monotonic() + 240
    killed = False
    while time.monotonic() < deadline:
        status, told = call(site, token, f"runs/{run['id']}/")
        assert status == 200
        job = told["job"]
        if job["state"] == "running" and job["progress"] > 0.05 and not killed:
            killed = True
            for victim in processes_of(site, "heavy worker"):
                with suppress(psutil.NoSuchProcess):
                    victim.send_signal(signal.SIGKILL)
        if job["state"] in {"done", "failed"}:
            break
        time.sleep(1)
    assert killed
    assert job["state"] == "done", job
    assert job["attempt"] == 2


def test_stopping_leaves_no_process(site: Site) -> None:
    """Last in this file: the site is stopped here, as Ctrl-C would."""
    assert stop_site(site) == 0
    time.sleep(2)
    left = [process for part in (*SERVERS, *CHILDREN) for process in processes_of(site, part)]
    assert left == []
    assert Path(site.state / "staff-login.json").exists()
