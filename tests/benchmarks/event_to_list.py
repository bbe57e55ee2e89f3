"""How long until a list knows: of an event, of a member's first event, of a new title."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.clients import (
    Ask,
    Connection,
    Person,
    event,
    quantile,
    recommendations,
)
from tests.benchmarks.record import Bench, Found, Missing, is_smoke
from tests.benchmarks.site import Site, about, running

SEED = 0
GENRE = "Drama"
NEW_KIND = "series"  # the demo catalog has none: a new one is alone in the lists of its kind
AGE = 5.0  # seconds that a new member is old at the first event
BATCH = 20  # new members who are made together
PATIENCE = 10  # lists asked for until one has changed
LONGEST_WAIT = 300.0  # seconds for a new title
POLL = 0.2  # seldom enough for the limit of requests a minute


@dataclass(frozen=True)
class Effort:
    tries: int = 300
    titles: int = 10


SHORT = Effort(tries=20, titles=1)


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    rng = random.Random(SEED)
    with running(bench) as site:
        with bench.step("members"):
            people = site.people(effort.tries)
            members = [changed(site, person, rng) for person in people]
        with bench.step("new members"):
            newcomers = of_newcomers(site, effort.tries, rng)
        with bench.step("new titles"):
            site.start_workers()
            titles = [recommendable(site) for _ in range(effort.titles)]
    found = {"members": summary(members), "members created 5 s ago": summary(newcomers)}
    return {
        **about(),
        "seed": SEED,
        "event_to_list": found,
        "new_titles": {"seconds": [round(each, 1) for each in titles], "genre": GENRE},
        "figures": figures(found, titles),
    }


@dataclass(frozen=True)
class Try:
    """Both requests together, and how many lists it took."""

    seconds: float
    lists: int


def changed(site: Site, person: Person, rng: random.Random) -> Try:
    """A title of the list is seen to its end; the next list must be another, without it."""
    connection = Connection(site.address)
    before = listed(connection, recommendations(person))
    title = rng.choice(before)
    started = time.perf_counter()
    seen = connection.send(event(person, title, rng, kind="finish"))
    if seen.status != 201:
        raise Missing(f"an event was refused: {seen.status}, {seen.body[:300]!r}")
    for number in range(1, PATIENCE + 1):
        after = listed(connection, recommendations(person))
        if after != before and title not in after:
            return Try(time.perf_counter() - started, number)
    raise Missing(f"{PATIENCE} lists after the event of member {person.id} are the one before it")


def listed(connection: Connection, ask: Ask) -> list[int]:
    answer = connection.send(ask)
    if answer.status != 200:
        raise Missing(f"a list was refused: {answer.status}, {answer.body[:300]!r}")
    return [pick["title"]["id"] for pick in answer.json()["results"]]


def of_newcomers(site: Site, tries: int, rng: random.Random) -> list[Try]:
    """The same for members at the age of five seconds, whose first event it is."""
    found: list[Try] = []
    while len(found) < tries:
        people = site.newcomers(min(BATCH, tries - len(found)))
        time.sleep(AGE)
        found += [changed(site, person, rng) for person in people]
    return found


def recommendable(site: Site) -> float:
    """Seconds from a title's publication until a member who likes its genre is recommended it.

    Being listed for want of others does not count: the model must have found it.
    """
    person = Person(**site.django("site_people", "admirer", GENRE))
    connection = Connection(site.address)
    ask = recommendations(person, kind=NEW_KIND)
    title = site.django("site_people", "publish", GENRE)
    while time.time() - title["at"] < LONGEST_WAIT:
        answer = connection.send(ask)
        for pick in answer.json()["results"]:
            if pick["title"]["id"] == title["id"] and "popular" not in pick["why"]["sources"]:
                return time.time() - float(title["at"])
        time.sleep(POLL)
    raise Missing(f"title {title['id']} was not recommended within {LONGEST_WAIT:.0f} s")


def summary(tries: Sequence[Try]) -> dict[str, Any]:
    seconds = [each.seconds for each in tries]
    shares = {f"p{share}_ms": round(1000 * quantile(seconds, share / 100), 2) for share in (50, 95)}
    late = sum(each.lists > 1 for each in tries)
    longest = round(1000 * max(seconds), 2)
    return {"tries": len(tries), **shares, "longest_ms": longest, "not_the_first_list": late}


def figures(found: dict[str, Any], titles: Sequence[float]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, times in found.items():
        what = f"event and changed list, {name}"
        rows += [
            {"what": f"{what}: p50", "value": times["p50_ms"], "unit": "ms"},
            {"what": f"{what}: p95", "value": times["p95_ms"], "unit": "ms",
             "asked": {"below": 100}},
            {"what": f"{what}: not yet in the first list", "value": times["not_the_first_list"],
             "unit": f"of {times['tries']}"},
        ]  # fmt: skip
    new = {"what": "a title published now is recommended, at the latest", "unit": "s"}
    return [*rows, new | {"value": round(max(titles), 1), "asked": {"most": 60}}]
