"""Mixed load while artifacts are promoted and rolled back: faults, and memory that stays."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from tests.benchmarks.clients import (
    Answer,
    Ask,
    Connection,
    Person,
    arrivals,
    drawn,
    event,
    latencies,
    one_after_another,
    open_loop,
    recommendations,
)
from tests.benchmarks.record import Bench, Found, is_smoke
from tests.benchmarks.site import Site, about, running

SEED = 0
RATE = 4.0  # requests a second: about half of what one web process answers
# what is asked for, and how often
MIX = {"home": 4, "title": 5, "recommendations": 5, "event": 5, "search": 2}
WORDS = ("matrix", "star", "love", "the", "toy", "godfather", "amelie", "wars", "night", "man")
REASON = "measuring swaps under load"


@dataclass(frozen=True)
class Effort:
    seconds: float = 600.0
    warm_up: float = 120.0
    swap_every: float = 30.0  # a promotion and a rollback in turn
    window: float = 60.0  # seconds of memory that are compared
    members: int = 500


SHORT = Effort(seconds=24, warm_up=8, swap_every=4, window=6, members=20)


@dataclass
class Watched:
    """What stood beside the load: memory by second, and the answers to each swap."""

    memory: list[tuple[float, float]] = field(default_factory=list)  # seconds, MiB
    swaps: list[dict[str, Any]] = field(default_factory=list)


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    rng = random.Random(SEED)
    with running(bench) as site, bench.step("soak"):
        people, pages = site.people(effort.members), site.pages()
        runs = site.django("site_people", "artifacts")
        staff = Person(**site.django("site_people", "staff"))
        one_after_another(site.address, first_questions(people))
        watched, done = Watched(), threading.Event()
        beside = [
            threading.Thread(target=watch_memory, args=(site, watched, done)),
            threading.Thread(target=swap, args=(site, staff, runs, watched, done, effort)),
        ]
        for thread in beside:
            thread.start()
        due = arrivals(rng, rate=RATE, seconds=effort.seconds)
        answers = open_loop(site.address, mixture(people, pages, rng), due)
        done.set()
        for thread in beside:
            thread.join()
        refused = [answer for answer in answers if answer.status >= 400]
        logged = site.error_lines()
    soak = summary(answers, watched, effort) | {
        "refused": [f"{each.name}: {each.status}" for each in refused][:20],
        "error_lines": logged,
    }
    return {**about(), "seed": SEED, "soak": soak, "figures": figures(soak)}


def first_questions(people: Sequence[Person]) -> Iterator[Ask]:
    """Everybody once: what is kept of each of them is there before memory is watched."""
    for person in people:
        yield Ask("home", "/", person.browser)
        yield recommendations(person)


def mixture(people: Sequence[Person], pages: dict[int, str], rng: random.Random) -> Iterator[Ask]:
    """What members ask for, without end. pages: by title"""
    titles = list(pages)
    while True:
        person, title = rng.choice(people), rng.choice(titles)
        name = drawn(MIX, rng)
        if name == "home":
            yield Ask(name, "/", person.browser)
        elif name == "title":
            yield Ask(name, pages[title], person.browser)
        elif name == "search":
            yield Ask(name, f"/api/v1/search/?q={rng.choice(WORDS)}", person.api)
        elif name == "event":
            yield event(person, title, rng)
        else:
            yield recommendations(person)


def watch_memory(site: Site, watched: Watched, done: threading.Event) -> None:
    started = time.monotonic()
    while not done.wait(1.0):
        watched.memory.append((time.monotonic() - started, site.web.mib()))


def swap(
    site: Site,
    staff: Person,
    runs: Sequence[int],
    watched: Watched,
    done: threading.Event,
    effort: Effort,
) -> None:
    """The other artifact goes live and back again, in turn."""
    turn = 0
    paths = (f"/api/v1/runs/{runs[-1]}/promote/", "/api/v1/artifacts/rollback/")
    bodies: tuple[dict[str, str], ...] = ({"override": REASON}, {"reason": REASON})
    while not done.wait(effort.swap_every):
        ask = Ask("swap", paths[turn % 2], staff.api, bodies[turn % 2])
        answer = Connection(site.address).send(ask)  # a new one: idle ones are hung up on
        said = answer.json() if answer.status == 200 else {}
        watched.swaps.append({"status": answer.status, "artifact": said.get("artifact"),
                              "ms": round(1000 * answer.seconds, 1)})  # fmt: skip
        turn += 1


def summary(answers: Sequence[Answer], watched: Watched, effort: Effort) -> dict[str, Any]:
    by_name = {name: [each for each in answers if each.name == name] for name in MIX}
    return {
        "seconds": effort.seconds,
        "rate": RATE,
        "all": latencies(answers),
        "requests": {name: latencies(own) for name, own in by_name.items() if own},
        "swaps": watched.swaps,
        "served": served_by(answers),
        "memory": growth(watched.memory, warm_up=effort.warm_up, window=effort.window),
    }


def served_by(answers: Sequence[Answer]) -> dict[str, int]:
    """How many lists each artifact has served."""
    lists = [each for each in answers if each.name == "recommendations" and each.status == 200]
    return dict(Counter(str(each.json()["artifact"]) for each in lists))


def growth(
    samples: Sequence[tuple[float, float]], *, warm_up: float, window: float
) -> dict[str, float]:
    """Medians (MiB) of the window after the warm-up and of the last one. samples: (second, MiB)"""
    end = samples[-1][0]
    first = median(mib for at, mib in samples if warm_up <= at < warm_up + window)
    last = median(mib for at, mib in samples if at > end - window)
    return {
        "after_warm_up_mib": round(first, 1),
        "at_the_end_mib": round(last, 1),
        "most_mib": round(max(mib for _, mib in samples), 1),
        "growth": round(last / first - 1, 4),
    }


def figures(soak: dict[str, Any]) -> list[dict[str, Any]]:
    swaps, memory = soak["swaps"], soak["memory"]
    failed = sum(each["status"] != 200 for each in swaps)
    return [
        {"what": "requests", "value": soak["all"]["count"], "unit": ""},
        {"what": "server errors", "value": soak["all"]["errors"], "unit": "",
         "asked": {"most": 0}},
        {"what": "promotions and rollbacks", "value": len(swaps), "unit": ""},
        {"what": "of them refused or failed", "value": failed, "unit": "", "asked": {"most": 0}},
        {"what": "artifacts that served lists", "value": len(soak["served"]), "unit": ""},
        {"what": "slowest swap", "value": max((each["ms"] for each in swaps), default=0.0),
         "unit": "ms"},
        {"what": "p95 of all requests", "value": soak["all"]["p95_ms"], "unit": "ms"},
        {"what": "memory after the warm-up", "value": memory["after_warm_up_mib"], "unit": "MiB"},
        {"what": "growth until the end", "value": round(100 * memory["growth"], 2), "unit": "%",
         "asked": {"below": 2}},
    ]  # fmt: skip
