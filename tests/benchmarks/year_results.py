"""What the lists of a simulated year were worth, by week, by age of the member, and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recsys.bootstrap import Draws, PerUser, paired
from recsys.interactions import Rows
from recsys.metrics import NOTHING
from tests.benchmarks.clients import Answer, quantile
from tests.benchmarks.comparison import shares_of

TOP = 10
OK = (200, 201)
AGES: dict[str, Callable[[Served], bool]] = {
    "first list of a newcomer": lambda each: each.age == 0 and each.told == 0,
    "first week, ten titles later": lambda each: each.age == 0 and each.told > 0,
    "1 to 3 weeks after": lambda each: 1 <= each.age <= 3,
    "4 to 12 weeks after": lambda each: 4 <= each.age <= 12,
    "13 weeks after and more": lambda each: each.age > 12,
}


@dataclass(frozen=True)
class Served:
    """A list as a member got it, beside the most popular titles at that moment."""

    member: int
    age: int  # weeks since the one of their first event
    told: int  # titles that they had rated before, in the same week
    rung: str
    artifact: str | None
    ndcg: float
    floor: float  # NDCG of the popular titles
    listed: tuple[int, ...]  # rows of titles
    popular: tuple[int, ...]


@dataclass
class Week:
    """One week and the training after it."""

    number: int
    live: str | None  # the artifact that serves in it
    served: list[Served] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """As the record keeps it."""
        return {
            "week": self.number,
            "events": sum(answer.name == "event" for answer in self.answers),
            "members": len({each.member for each in self.served}),
            "lists": len(self.served),
            "ndcg": mean([each.ndcg for each in self.served]),
            "floor": mean([each.floor for each in self.served]),
            "rungs": dict(Counter(each.rung for each in self.served)),
            "titles": len({row for each in self.served for row in each.listed}),
            "list_p95_ms": p95(self.answers, "recommendations"),
            "event_p95_ms": p95(self.answers, "event"),
            "faults": sum(answer.status not in OK for answer in self.answers),
            "live": self.live,
            "run": self.run,
        }

    def sentence(self) -> str:
        row, run = self.row(), self.run
        ended = "went live" if run["went_live"] else run["state"]
        return (
            f"week {self.number}: {row['events']} events, {row['lists']} lists, NDCG@10 "
            f"{row['ndcg'] or 0:.3f} (popular {row['floor'] or 0:.3f}), "
            f"training {ended} in {run['seconds']:.0f} s"
        )


def rows_of(weeks: Sequence[Week], titles: int) -> list[dict[str, Any]]:
    """Every week with how much of the catalog was listed until then. titles: of the catalog"""
    served, popular = set[int](), set[int]()
    rows = []
    for week in weeks:
        served.update(row for each in week.served for row in each.listed)
        popular.update(row for each in week.served for row in each.popular)
        covered = {"covered": share(served, titles), "popular_covered": share(popular, titles)}
        rows.append(week.row() | covered)
    return rows


def in_list(rows: Sequence[int]) -> Rows:
    """(TOP,) filled up with NOTHING."""
    return np.array([*rows, *[NOTHING] * TOP][:TOP])


def mean(values: Sequence[float]) -> float | None:
    """None of nothing."""
    return round(sum(values) / len(values), 4) if values else None


def p95(answers: Sequence[Answer], name: str) -> float | None:
    """Milliseconds; None when there was no such question."""
    seconds = [answer.seconds for answer in answers if answer.name == name]
    return round(1000 * quantile(seconds, 0.95), 2) if seconds else None


def summary(weeks: Sequence[Week], *, titles: int, minutes: float, seed: int) -> dict[str, Any]:
    """The whole year. titles: that the site may list."""
    served = [each for week in weeks for each in week.served]
    answers = [answer for week in weeks for answer in week.answers]
    strangers = [each for week in weeks for each in week.served if each.artifact != week.live]
    runs = [week.run for week in weeks]
    return {
        "weeks": len(weeks),
        "minutes": round(minutes, 1),
        "events": sum(answer.name == "event" for answer in answers),
        "members": len({each.member for each in served}),
        "lists": len(served),
        "all": worth(served, seed),
        "by_age": {name: worth(list(filter(is_in, served)), seed) for name, is_in in AGES.items()},
        "by_rung": {
            rung: worth([each for each in served if each.rung == rung], seed)
            for rung in sorted({each.rung for each in served})
        },
        "coverage": share({row for each in served for row in each.listed}, titles),
        "coverage_of_popular": share({row for each in served for row in each.popular}, titles),
        "trainings": {
            "done": sum(run["state"] == "done" for run in runs),
            "not_done": sum(run["state"] != "done" for run in runs),
            "went_live": sum(run["went_live"] for run in runs),
            "kept_back": sum(run["state"] == "done" and not run["went_live"] for run in runs),
        },
        "by_another_artifact": len(strangers),
        "list_p95_ms": p95(answers, "recommendations"),
        "home_p95_ms": p95(answers, "home"),
        "event_p95_ms": p95(answers, "event"),
        "requests": len(answers),
        "errors": sum(answer.is_error for answer in answers),
        "refused": sum(400 <= answer.status < 500 for answer in answers),
    }


def worth(served: Sequence[Served], seed: int) -> dict[str, Any] | None:
    """NDCG of these lists, of the popular titles, and the ratio; None without a list.

    The intervals draw members, each with all of their lists.
    """
    if not served:
        return None
    members = sorted({each.member for each in served})
    place = {member: number for number, member in enumerate(members)}
    ours, floor, lists = np.zeros((3, len(members)))
    for each in served:
        ours[place[each.member]] += each.ndcg
        floor[place[each.member]] += each.floor
        lists[place[each.member]] += 1
    draws = shares_of(len(members), seed)
    return {
        "lists": len(served),
        "members": len(members),
        "ndcg": over(ours, lists, draws),
        "floor": over(floor, lists, draws),
        "ratio": paired(ours, floor, draws),
    }


def over(sums: PerUser, lists: PerUser, draws: Draws) -> dict[str, float | None]:
    """Mean over lists, with its interval over members. sums, lists: (U,)"""
    found = paired(sums, lists, draws)
    return {"value": found["ratio"], "low": found["low"], "high": found["high"]}


def share(rows: set[int], titles: int) -> float:
    return round(len(rows) / titles, 4)


def figures(found: dict[str, Any], *, weeks: int) -> list[dict[str, Any]]:
    runs, worths = found["trainings"], {"all lists": found["all"], **found["by_age"]}
    rows = [
        {"what": "minutes of the year", "value": found["minutes"], "unit": "",
         "asked": {"most": 60}},
        {"what": "weeks", "value": found["weeks"], "unit": "", "asked": {"least": weeks}},
        {"what": "requests", "value": found["requests"], "unit": ""},
        {"what": "of them server errors", "value": found["errors"], "unit": "",
         "asked": {"most": 0}},
        {"what": "of them refused", "value": found["refused"], "unit": "", "asked": {"most": 0}},
        {"what": "lists by another artifact than the live one",
         "value": found["by_another_artifact"], "unit": "", "asked": {"most": 0}},
        {"what": "trainings that did not end well", "value": runs["not_done"], "unit": "",
         "asked": {"most": 0}},
        {"what": "artifacts that went live", "value": runs["went_live"], "unit": ""},
        {"what": "artifacts that the gate kept back", "value": runs["kept_back"], "unit": ""},
        {"what": "catalog in somebody's ten", "value": 100 * found["coverage"], "unit": "%"},
        {"what": "catalog in the ten most popular", "value": 100 * found["coverage_of_popular"],
         "unit": "%"},
        {"what": "a list: p95", "value": found["list_p95_ms"], "unit": "ms"},
        {"what": "an event: p95", "value": found["event_p95_ms"], "unit": "ms"},
    ]  # fmt: skip
    for name, each in worths.items():
        if each and each["ratio"]["ratio"] is not None:
            over_floor = {"what": f"NDCG@10 over the most popular titles, {name}", "unit": "×"}
            rows.append(over_floor | {"value": each["ratio"]["ratio"]})
    return rows
