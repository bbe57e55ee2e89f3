"""A shortened year of a site through its API: members rate, it trains weekly, lists are judged.

Nothing outlives an interruption: a year that is begun again begins anew.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from tests.benchmarks.clients import Answer, Ask, Connection, Person, recommendations
from tests.benchmarks.comparison import ndcg_of
from tests.benchmarks.movielens_2016 import frames
from tests.benchmarks.record import Bench, Found, Missing, is_smoke
from tests.benchmarks.site import HEAVY, Site, about, running
from tests.benchmarks.year_events import WEEK, Popular, Rated, year_of
from tests.benchmarks.year_results import TOP, Served, Week, figures, in_list, rows_of, summary

SEED = 0
PRESET = "tiny"
ASKED_AFTER = (0, 10)  # titles of a member's week
HOME_EVERY = 5  # weekly lists
MOST_SECONDS = 57 * 60  # then the year ends with the week that it is in
POLL = 0.5
LONGEST_TRAINING = 600.0  # seconds
# the site counts what is popular every five minutes, here a few times in a week of some seconds
COUNTING = [sys.executable, "-m", "tests.benchmarks.site_people", "keep_counting", "3"]
ENDED = ("done", "failed", "cancelled")
# a week goes by in seconds: nobody is held to what one person can do in a minute
SETTINGS = {"API_RATE_MEMBER": "1000000/min"}


@dataclass(frozen=True)
class Effort:
    members: int = 300
    weeks: int = 52


SHORT = Effort(members=20, weeks=3)


def measure(bench: Bench, effort: Effort | None = None) -> Found:
    effort = effort or (SHORT if is_smoke() else Effort())
    year = year_of(
        frames()[0],
        members=effort.members,
        weeks=effort.weeks,
        rng=np.random.default_rng(SEED),
    )
    with running(bench, SETTINGS) as site:
        with bench.step("emptying the site"):
            films = site.django("site_people", "without_members")
            site.start_workers({"heavy": HEAVY, "counting": COUNTING})
            driver = Driver.of(site, films, effort)
        started = time.monotonic()
        with bench.step("the year"):
            weeks = driver.live(year, bench)
        minutes = (time.monotonic() - started) / 60
        logged = site.error_lines()
    found = summary(weeks, titles=len(driver.rows), minutes=minutes, seed=SEED)
    return {
        **about(),
        "data": (
            f"MovieLens 2016: what {effort.members} members rated, on a site with its 9,066 films "
            "and 127 free games, without a model or members at first; trainings of preset tiny"
        ),
        "seed": SEED,
        "year": found,
        "weeks": rows_of(weeks, len(driver.rows)),
        "error_lines": logged,
        "figures": figures(found, weeks=effort.weeks),
    }


@dataclass
class Driver:
    """All members at once: what they ask for and say, and what came of it."""

    site: Site
    people: list[Person]
    staff: Person
    titles: dict[str, int]  # by film
    rows: dict[int, int]  # by title, of everything that the site may list
    begun: datetime  # when the year began, on the clock of the site
    popular: Popular
    seen: list[set[int]] = field(default_factory=list)  # rows, by member
    joined: dict[int, int] = field(default_factory=dict)  # week, by member
    live_artifact: str | None = None

    @classmethod
    def of(cls, site: Site, films: dict[str, int], effort: Effort) -> Driver:
        rows = {title: row for row, title in enumerate(site.title_ids())}
        return cls(
            site,
            site.newcomers(effort.members),
            Person(**site.django("site_people", "staff")),
            films,
            rows,
            datetime.now(UTC) - timedelta(seconds=effort.weeks * WEEK),
            Popular(len(rows)),
            [set() for _ in range(effort.members)],
        )

    def live(self, year: Sequence[Sequence[Rated]], bench: Bench) -> list[Week]:
        """A training after each week; fewer weeks when time is up."""
        weeks: list[Week] = []
        end = time.monotonic() + MOST_SECONDS
        for number, rated in enumerate(year, start=1):
            week = self.live_through(number, rated)
            week.run = self.train(number)
            weeks.append(week)
            bench.save()
            print(week.sentence(), file=sys.stderr, flush=True)
            if time.monotonic() > end:
                break
        return weeks

    def live_through(self, number: int, rated: Sequence[Rated]) -> Week:
        """Every rating in its order; before some of them the member asks for a list."""
        week = Week(number, live=self.live_artifact)
        connection = Connection(self.site.address)  # a new one: idle ones are hung up on
        coming: dict[int, list[int]] = {}
        for each in rated:
            coming.setdefault(each.member, []).append(self.rows[self.titles[each.film]])
        told = dict.fromkeys(coming, 0)
        for each in rated:
            member, done = each.member, told[each.member]
            self.joined.setdefault(member, number)
            if done in ASKED_AFTER:
                self.ask(connection, week, member, done, coming[member][done:])
            week.answers.append(bare(connection.send(self.event(each))))
            told[member] += 1
            row = coming[member][done]
            self.seen[member].add(row)
            self.popular.add(row)
        return week

    def ask(
        self, connection: Connection, week: Week, member: int, done: int, relevant: list[int]
    ) -> None:
        """A list for a member, and what it was worth; relevant: rows they then turn to."""
        person = self.people[member]
        if done == 0 and len(week.served) % HOME_EVERY == 0:
            week.answers.append(bare(connection.send(Ask("home", "/api/v1/home/", person.api))))
        answer = connection.send(recommendations(person, limit=TOP))
        week.answers.append(bare(answer))
        if answer.status != 200:
            return
        page = answer.json()
        listed = [self.rows[pick["title"]["id"]] for pick in page["results"]]
        floor = self.popular.best(TOP, seen=self.seen[member])
        ours, theirs = (
            float(ndcg_of(in_list(rows)[None], [np.array(relevant)])[0]) for rows in (listed, floor)
        )
        week.served.append(
            Served(member, week.number - self.joined[member], done, page["rung"], page["artifact"],
                   ours, theirs, tuple(listed), tuple(floor))
        )  # fmt: skip

    def event(self, rated: Rated) -> Ask:
        """A rating as the member's app sends it."""
        body = {
            "title": self.titles[rated.film],
            "kind": "rate",
            "value": rated.stars,
            "key": f"year-{rated.film}",
            "happened_at": (self.begun + timedelta(seconds=rated.at)).isoformat(),
        }
        return Ask("event", "/api/v1/events/", self.people[rated.member].api, body)

    def train(self, number: int) -> dict[str, Any]:
        """A run through the gate, waited for; what it came to, and what is live then."""
        connection, started = Connection(self.site.address), time.monotonic()
        body = {"preset": PRESET, "promote_when_better": True, "note": f"week {number}",
                "key": f"week-{number}"}  # fmt: skip
        run = self.staff_asks(connection, "/api/v1/runs/", body)
        while run["job"]["state"] not in ENDED:
            if time.monotonic() - started > LONGEST_TRAINING:
                raise Missing(f"the training after week {number} does not end")
            time.sleep(POLL)
            run = self.staff_asks(connection, f"/api/v1/runs/{run['id']}/")
        seconds = time.monotonic() - started
        self.live_artifact = self.staff_asks(connection, "/api/v1/recommendations/")["artifact"]
        models = (run["report"] or {}).get("models", {})
        return {
            "state": run["job"]["state"],
            "error": run["job"]["error"],
            "seconds": round(seconds, 1),
            "interactions": run["interactions"],
            "own_ndcg": models.get("blend", {}).get("ndcg"),
            "went_live": run["artifact"] is not None and run["artifact"] == self.live_artifact,
            "live": self.live_artifact,
        }

    def staff_asks(
        self, connection: Connection, path: str, body: dict[str, Any] | None = None
    ) -> Any:
        answer = connection.send(Ask("staff", path, self.staff.api, body))
        if answer.status not in (200, 201):
            raise Missing(f"{path}: {answer.status}, {answer.body[:300]!r}")
        return answer.json()


def bare(answer: Answer) -> Answer:
    """Without what it said: there are many."""
    return Answer(answer.name, answer.status, answer.seconds)
