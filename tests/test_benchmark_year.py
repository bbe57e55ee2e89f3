"""How a simulated year is made of ratings, lived through and summed up."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from tests.benchmarks import simulated_year
from tests.benchmarks.clients import Answer, Ask, Person
from tests.benchmarks.render_site import is_kept
from tests.benchmarks.render_year import draw, year_tables
from tests.benchmarks.simulated_year import Driver
from tests.benchmarks.year_chart import drawing, smoothed
from tests.benchmarks.year_events import WEEK, Popular, Rated, year_of
from tests.benchmarks.year_results import Served, Week, figures, in_list, rows_of, summary, worth

HOUR = 3600


def make_ratings(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """(member, film, seconds)"""
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp"])
    return frame.astype(str).assign(rating="4.0")


def make_served(member: int = 0, **changes: Any) -> Served:
    given: dict[str, Any] = {"age": 0, "told": 0, "rung": "personal", "artifact": "a"}
    given |= {"ndcg": 0.5, "floor": 0.25, "listed": (1, 2), "popular": (1,)}
    return Served(member, **given | changes)


def make_run(**changes: Any) -> dict[str, Any]:
    return {"state": "done", "went_live": True, "seconds": 1.0, "live": "a"} | changes


def make_week(number: int = 1, *served: Served, **changes: Any) -> Week:
    given: dict[str, Any] = {
        "live": "a",
        "answers": [Answer("recommendations", 200, 0.01), Answer("event", 201, 0.02)],
        "run": make_run(),
    }
    return Week(number, **given | changes, served=list(served))


def make_record(*weeks: Week) -> dict[str, Any]:
    return {
        "row": "simulated-year",
        "year": summary(weeks, titles=10, minutes=1.0, seed=0),
        "weeks": rows_of(weeks, 10),
    }


def test_members_join_evenly_in_their_order_and_keep_their_own_pace() -> None:
    """The second to join comes in the middle of the year, and a day passes as a day."""
    ratings = make_ratings(
        ("late", "a", 900 * WEEK), ("late", "b", 900 * WEEK + HOUR), ("early", "c", 5 * HOUR)
    )
    weeks = year_of(ratings, members=2, weeks=4, rng=np.random.default_rng(0))
    assert weeks == [
        [Rated(0, "c", 4.0, 0)],
        [],
        [Rated(1, "a", 4.0, 2 * WEEK), Rated(1, "b", 4.0, 2 * WEEK + HOUR)],
        [],
    ]


def test_what_a_member_does_after_the_year_is_left_out() -> None:
    ratings = make_ratings(("one", "a", 0), ("one", "b", 2 * WEEK - 1), ("one", "c", 2 * WEEK))
    weeks = year_of(ratings, members=1, weeks=2, rng=np.random.default_rng(0))
    assert [[rated.film for rated in week] for week in weeks] == [["a"], ["b"]]


def test_the_popular_titles_are_those_that_most_have_had_and_this_member_has_not() -> None:
    popular = Popular(5)
    for title in (3, 3, 3, 1, 1, 4, 2, 2):
        popular.add(title)
    assert popular.best(2, seen={3}) == [1, 2]
    assert popular.best(9, seen=set()) == [3, 1, 2, 4]  # nobody has had 0


class Asked:
    """A connection to a site that lists titles 10 and 11 and notes what it is asked."""

    log: list[Ask] = []

    def __init__(self, address: str) -> None:
        pass

    def send(self, ask: Ask) -> Answer:
        self.log.append(ask)
        picks = [{"title": {"id": title}} for title in (10, 11)]
        page = {"results": picks, "rung": "personal", "artifact": "a"}
        return Answer(ask.name, 200, 0.01, json.dumps(page).encode())


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.setattr(simulated_year, "Connection", Asked)
    monkeypatch.setattr(Asked, "log", [])

    class Site:
        address = ""

    people = [Person(1, "t1", "s1"), Person(2, "t2", "s2")]
    titles = {str(film): 10 + film for film in range(20)}
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    rows = {title: row for row, title in enumerate(titles.values())}
    site: Any = Site()
    return Driver(site, people, people[0], titles, rows, begun, Popular(20), [set(), set()])


def test_a_member_asks_before_the_first_title_of_a_week_and_after_ten(driver: Driver) -> None:
    rated = [Rated(0, str(film), 3.0, film) for film in range(12)]
    week = driver.live_through(1, [*rated, Rated(1, "0", 3.0, 99)])
    names = [ask.name for ask in Asked.log if ask.name != "home"]
    assert names == ["recommendations", *["event"] * 10, "recommendations", *["event"] * 2,
                     "recommendations", "event"]  # fmt: skip
    assert [(each.member, each.told) for each in week.served] == [(0, 0), (0, 10), (1, 0)]


def test_a_list_is_worth_what_its_member_then_turns_to(driver: Driver) -> None:
    """Both titles of the list come, then the first alone; two others have had another film."""
    driver.popular.add(5)
    driver.popular.add(5)
    both = driver.live_through(1, [Rated(0, "0", 3.0, 0), Rated(0, "1", 3.0, 1)])
    one = driver.live_through(2, [Rated(1, "0", 3.0, WEEK)])
    assert [(each.ndcg, each.floor) for each in both.served] == [(1.0, 0.0)]
    # film 5, then film 0, which the first member has had meanwhile
    assert [(each.ndcg, each.floor) for each in one.served] == [
        (1.0, pytest.approx(1 / np.log2(3)))
    ]


def test_events_say_when_they_were_on_the_clock_of_the_year(driver: Driver) -> None:
    driver.live_through(1, [Rated(0, "3", 4.5, HOUR)])
    body = Asked.log[-1].body
    assert body == {
        "title": 13,
        "kind": "rate",
        "value": 4.5,
        "key": "year-3",
        "happened_at": (driver.begun + timedelta(hours=1)).isoformat(),
    }


def test_a_ratio_counts_every_list_and_draws_members() -> None:
    served = [make_served(0, ndcg=0.9, floor=0.3), make_served(0, ndcg=0.1, floor=0.1),
              make_served(1, ndcg=0.2, floor=0.2)]  # fmt: skip
    found = worth(served, seed=0)
    assert found is not None
    assert (found["lists"], found["members"]) == (3, 2)
    assert found["ndcg"]["value"] == pytest.approx(0.4)
    assert found["ratio"]["ratio"] == pytest.approx(2.0)
    assert found["ratio"]["low"] == pytest.approx(1.0)  # only the second was drawn
    assert worth([], seed=0) is None


def test_lists_are_told_apart_by_how_old_their_member_is() -> None:
    ages = [(0, 0), (0, 10), (1, 0), (3, 10), (4, 0), (12, 0), (13, 0)]
    served = [make_served(age=age, told=told) for age, told in ages]
    found = summary([make_week(1, *served)], titles=10, minutes=1.0, seed=0)
    assert [each["lists"] for each in found["by_age"].values()] == [1, 1, 2, 2, 1]


def test_a_list_by_an_artifact_that_is_not_live_breaks_a_limit() -> None:
    weeks = [make_week(1, make_served(), make_served(artifact="older"))]
    found = summary(weeks, titles=10, minutes=1.0, seed=0)
    broken = [each["what"] for each in figures(found, weeks=1)
              if "asked" in each and not is_kept(each["value"], each["asked"])]  # fmt: skip
    assert broken == ["lists by another artifact than the live one"]


@pytest.mark.parametrize(
    ("status", "what"), [(500, "of them server errors"), (0, "of them server errors"),
                         (429, "of them refused")],
)  # fmt: skip
def test_an_answer_that_went_wrong_breaks_a_limit(status: int, what: str) -> None:
    weeks = [make_week(1, make_served(), answers=[Answer("event", status, 0.1)])]
    found = summary(weeks, titles=10, minutes=1.0, seed=0)
    broken = [each["what"] for each in figures(found, weeks=1)
              if "asked" in each and not is_kept(each["value"], each["asked"])]  # fmt: skip
    assert broken == [what]
    assert rows_of(weeks, 10)[0]["faults"] == 1


def test_coverage_grows_from_week_to_week() -> None:
    weeks = [make_week(1, make_served(listed=(1, 2))), make_week(2),
             make_week(3, make_served(listed=(2, 3), popular=(1, 4)))]  # fmt: skip
    rows = rows_of(weeks, 10)
    assert [row["covered"] for row in rows] == [0.2, 0.2, 0.3]
    assert [row["popular_covered"] for row in rows] == [0.1, 0.1, 0.2]
    assert rows[1]["ndcg"] is None


def test_a_short_list_is_filled_up_with_nothing() -> None:
    assert in_list([4]).tolist() == [4, *[-1] * 9]


def test_a_line_of_the_drawing_weighs_weeks_by_their_lists() -> None:
    weeks = [{"lists": 1, "ndcg": 0.4}, {"lists": 0, "ndcg": None}, {"lists": 3, "ndcg": 0.8}]
    assert smoothed(weeks, "ndcg") == pytest.approx([0.4, 0.4, 0.7])


def test_the_drawing_shows_every_training_and_every_rung() -> None:
    weeks = [
        make_week(1, make_served(rung="popular"), run=make_run(state="failed", went_live=False)),
        make_week(2, make_served(), run=make_run(went_live=False)),
        make_week(3, make_served(), make_served(rung="popular")),
        make_week(4),
    ]
    root = ElementTree.fromstring(drawing(make_record(*weeks)))  # noqa: S314  # our own
    found = [(each.tag.rpartition("}")[2], each.get("class")) for each in root]
    assert [name for tag, name in found if tag == "circle"] == ["failed", "back", "live", "live"]
    assert [name for tag, name in found if tag == "rect"] == ["popular", "personal", "personal",
                                                              "popular"]  # fmt: skip


def test_the_document_has_a_line_for_four_weeks_and_the_drawing_beside(tmp_path: Path) -> None:
    weeks = [make_week(number, make_served()) for number in range(1, 6)]
    record = make_record(*weeks)
    text = year_tables(record)
    assert "| 1–4 | 4 | 4 | 0.5000 | 0.2500 | 100 % | 20.0 % | 4 of 4 | 10.0 | 0 |" in text
    assert "| 5–5 | 1 | 1 |" in text
    assert "| all lists | 5 | 1 |" in text
    assert year_tables({"row": "another"}) == ""
    draw(tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / "simulated-year.json").write_text(json.dumps(record))
    draw(tmp_path)
    assert (tmp_path / "simulated-year.svg").read_text().startswith("<svg")
