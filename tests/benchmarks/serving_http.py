"""What a list costs through HTTP: CPU of the one web process, beside a trivial view."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from statistics import median
from typing import Any

from tests.benchmarks.clients import (
    Answer,
    Ask,
    Person,
    closed_loop,
    event,
    latencies,
    one_after_another,
    recommendations,
)
from tests.benchmarks.contest import make_peers_environment
from tests.benchmarks.one_user import on_the_site, one_user_figure
from tests.benchmarks.record import Bench, Found, Missing, is_smoke
from tests.benchmarks.site import SITE_CORES, Site, Web, about, pinned, running

SEED = 0
CONNECTIONS = 8
TRIVIAL, LIVE = "bare Django, one JSON object", "the same with this site's middleware (/livez/)"
FRESH, UNCHANGED = "a list after a new event", "a list when nothing changed"


@dataclass(frozen=True)
class Effort:
    rounds: int = 10
    members: int = 500
    asked: int = 100  # of them, once each in a round by each kind of question
    trivial: int = 1000  # requests of a round
    seconds: float = 30.0  # at saturation
    profiled: int = 500
    peer_rounds: int = 5


SHORT = Effort(rounds=2, members=40, asked=20, trivial=200, seconds=3, profiled=40, peer_rounds=2)


def prepare() -> None:
    make_peers_environment()


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    with running(bench) as site:
        people, titles = site.people(effort.members), site.title_ids()
        with bench.step("requests"):
            some = people[:: max(1, len(people) // effort.asked)]
            costs = in_rounds(site, some, titles, effort)
        with bench.step("saturation"):
            saturated = saturation(site, people, titles, effort.seconds)
        with bench.step("parts"):
            breakdown = {
                name: site.django("serving_profile", effort.profiled, word)
                for name, word in ((FRESH, "fresh"), (UNCHANGED, "unchanged"))
            }
        with bench.step("one user"):
            one_user = on_the_site(bench, site, rounds=effort.peer_rounds)
    return {
        **about(),
        "seed": SEED,
        "members": {"asked in rounds": effort.asked, "at saturation": effort.members},
        "requests": costs,
        "saturation": saturated,
        "breakdown": breakdown,
        "one_user": one_user,
        "figures": figures(costs, saturated, one_user),
    }


def in_rounds(
    site: Site, people: Sequence[Person], titles: Sequence[int], effort: Effort
) -> dict[str, Any]:
    """CPU and time of each kind of question, asked in turn; the site's caches are warm."""
    rng = random.Random(SEED)
    with pinned(SITE_CORES):
        bare = Web("tests.benchmarks.trivial:application", site.state)
    try:
        bare.wait("/trivial/")
        one_after_another(site.address, map(recommendations, people))
        spent: dict[str, list[tuple[float, float, list[Answer]]]] = {}
        for _ in range(effort.rounds):
            trivial = [Ask(TRIVIAL, "/trivial/")] * effort.trivial
            live = [Ask(LIVE, "/livez/")] * effort.trivial
            spent.setdefault(TRIVIAL, []).append(spend(bare, site, trivial))
            spent.setdefault(LIVE, []).append(spend(site.web, site, live))
            asked = list(map(recommendations, people))
            checked(one_after_another(site.address, doings(people, titles, rng)))
            spent.setdefault(FRESH, []).append(spend(site.web, site, asked))
            spent.setdefault(UNCHANGED, []).append(spend(site.web, site, asked))
    finally:
        bare.stop()
    return {name: summary(rounds, spent[TRIVIAL]) for name, rounds in spent.items()}


def doings(people: Sequence[Person], titles: Sequence[int], rng: random.Random) -> Iterator[Ask]:
    return (event(person, rng.choice(titles), rng) for person in people)


def spend(web: Web, site: Site, asks: Sequence[Ask]) -> tuple[float, float, list[Answer]]:
    """CPU-seconds of the web process and of the database for these requests, one by one."""
    cpu, database = web.cpu_seconds(), site.database_cpu_seconds()
    answers = checked(one_after_another(str(web), asks))
    return web.cpu_seconds() - cpu, site.database_cpu_seconds() - database, answers


def checked(answers: list[Answer]) -> list[Answer]:
    for answer in answers:
        if not 200 <= answer.status < 300:
            raise Missing(f"{answer.name}: {answer.status}, {answer.body[:300]!r}")
    return answers


def summary(
    rounds: Sequence[tuple[float, float, list[Answer]]],
    floor: Sequence[tuple[float, float, list[Answer]]],
) -> dict[str, Any]:
    """Milliseconds of CPU a request (median of the rounds) and times that of the floor's rounds."""
    costs, floors = (
        [each_cost(round_) for round_ in rounds],
        [each_cost(round_) for round_ in floor],
    )
    ratios = [cost / base for cost, base in zip(costs, floors, strict=True)]
    answers = [answer for _, _, own in rounds for answer in own]
    database = sum(cpu for _, cpu, _ in rounds) / len(answers)
    return {
        "cpu_ms": round(1000 * median(costs), 3),
        "cpu_ms_of_rounds": [round(1000 * cost, 3) for cost in costs],
        "database_cpu_ms": round(1000 * database, 3),
        "over_trivial": {"ratio": median(ratios), "low": min(ratios), "high": max(ratios)},
        **latencies(answers),
    }


def each_cost(round_: tuple[float, float, list[Answer]]) -> float:
    return round_[0] / len(round_[2])


def saturation(
    site: Site, people: Sequence[Person], titles: Sequence[int], seconds: float
) -> dict[str, Any]:
    """Requests a second while every connection asks again at once."""
    rng = random.Random(SEED + 1)
    order = rng.sample(people, len(people))

    def lists() -> Iterator[Ask]:
        return map(recommendations, cycle(order))

    def with_events() -> Iterator[Ask]:
        for person in cycle(order):
            yield event(person, rng.choice(titles), rng)
            yield recommendations(person)

    kinds: dict[str, Callable[[], Iterator[Ask]]] = {
        "lists": lists,
        "events and lists in turn": with_events,
    }
    found = {}
    for name, asks in kinds.items():
        started = time.monotonic()
        answers = checked(
            closed_loop(site.address, asks(), connections=CONNECTIONS, seconds=seconds)
        )
        rate = round(len(answers) / (time.monotonic() - started), 1)
        found[name] = {"connections": CONNECTIONS, "a_second": rate, **latencies(answers)}
    return found


def figures(
    costs: dict[str, Any], saturated: dict[str, Any], one_user: dict[str, Any]
) -> list[dict[str, Any]]:
    """What the document's table says; asked: the limit that was set beforehand."""
    limits = {FRESH: 25, UNCHANGED: 10}
    rows = []
    for name, cost in costs.items():
        rows.append({"what": f"{name}: CPU a request", "value": cost["cpu_ms"], "unit": "ms"})
        if name in limits:
            over = {"what": f"{name}: CPU, times bare Django", "asked": {"most": limits[name]}}
            rows.append(over | {"value": cost["over_trivial"]["ratio"], "unit": "×"})
        rows.append({"what": f"{name}: p95", "value": cost["p95_ms"], "unit": "ms"})
    for name, rate in saturated.items():
        rows.append(
            {"what": f"at saturation, {name}", "value": rate["a_second"], "unit": "a second"}
        )
    rows.append(one_user_figure(one_user, among="members of this site"))
    return rows
