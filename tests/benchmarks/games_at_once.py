"""Fifty members who play at once, every game and level: how long an answer to a move takes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.clients import Answer, Ask, Connection, Person, latencies
from tests.benchmarks.record import Bench, Found, Missing, is_smoke
from tests.benchmarks.site import about, running

SEED = 0
WORKERS = 2  # as `make run` starts them
THOUGHT = (2.0, 6.0)  # seconds that a person looks at the board
GAMES, MATCHES = "/api/v1/arcade/games/", "/api/v1/arcade/matches/"
START = "start"
Wish = dict[str, str]  # game, agent, level


@dataclass(frozen=True)
class Effort:
    seconds: float = 300.0
    members: int = 50


SHORT = Effort(seconds=20, members=6)


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    with running(bench, workers=WORKERS, everywhere=True) as site:
        people = site.people(effort.members)
        wishes = all_levels(site.address, people[0])
        end = time.monotonic() + effort.seconds

        def play(person: Person) -> list[Answer]:
            return list(played(site.address, person, wishes, end))

        with bench.step("matches"), ThreadPoolExecutor(len(people)) as threads:
            answers = [answer for found in threads.map(play, people) for answer in found]
        logged = site.error_lines()
    found = told(answers) | {"error_lines": logged, "workers": WORKERS}
    return {**about(), "seed": SEED, "games_at_once": found, "figures": figures(found, effort)}


def all_levels(address: str, person: Person) -> list[Wish]:
    """Of the first agent of each game: the one that people meet."""
    answer = Connection(address).send(Ask("games", GAMES, person.api))
    if answer.status != 200:
        raise Missing(f"the games were refused: {answer.status}, {answer.body[:300]!r}")
    games = answer.json()
    return [
        {"game": game["key"], "agent": game["agents"][0]["key"], "level": level["key"]}
        for game in games["results"]
        for level in game["agents"][0]["levels"]
    ]


def played(address: str, person: Person, wishes: list[Wish], end: float) -> Iterator[Answer]:
    """One match after another by chance moves, each answer as it comes; named by its game.

    A match with an answer that is none is left, and another begun.
    """
    connection, rng = Connection(address), random.Random(person.id)
    time.sleep(rng.uniform(0, THOUGHT[1]))  # not all of them at once
    while time.monotonic() < end:
        wish = rng.choice(wishes)
        answer = connection.send(Ask(START, MATCHES, person.api, dict(wish)))
        yield answer
        while time.monotonic() < end and answer.status in (200, 201):
            match = answer.json()
            if not match["legal_actions"]:
                break
            time.sleep(rng.uniform(*THOUGHT))
            move = {"action": rng.choice(match["legal_actions"])["action"], "ply": match["ply"]}
            path = f"{MATCHES}{match['code']}/moves/"
            answer = connection.send(Ask(wish["game"], path, person.api, move))
            yield answer


def told(answers: list[Answer]) -> dict[str, Any]:
    """Matches begun, answers other than asked for, and those to moves, all and by game."""
    moves = [answer for answer in answers if answer.name != START]
    games = sorted({answer.name for answer in moves})
    by_game = {game: latencies([one for one in moves if one.name == game]) for game in games}
    return {
        "matches": len(answers) - len(moves),
        "failed": sum(answer.status not in (200, 201) for answer in answers),
        "moves": latencies(moves),
        "moves_by_game": by_game,
    }


def figures(found: dict[str, Any], effort: Effort) -> list[dict[str, Any]]:
    moves = found["moves"]
    return [
        {"what": "members who play at once", "value": effort.members, "unit": ""},
        {"what": "moves a second", "value": round(moves["count"] / effort.seconds, 1), "unit": ""},
        {"what": "answer to a move, p50", "value": moves["p50_ms"], "unit": "ms"},
        {"what": "answer to a move, p95", "value": moves["p95_ms"], "unit": "ms"},
        {"what": "answer to a move, p99", "value": moves["p99_ms"], "unit": "ms"},
        {"what": "errors", "value": found["failed"], "unit": "", "asked": {"most": 0}},
        {"what": "errors in the site's log", "value": len(found["error_lines"]), "unit": "",
         "asked": {"most": 0}},
    ]  # fmt: skip
