"""How a running site is asked and what is made of its answers."""

import random
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, repeat
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import __main__, clients, event_to_list, home_page, serving_http, swap_soak
from tests.benchmarks.clients import (
    Answer,
    Ask,
    Person,
    arrivals,
    closed_loop,
    event,
    latencies,
    one_after_another,
    open_loop,
    quantile,
    recommendations,
)
from tests.benchmarks.record import Row
from tests.benchmarks.render_site import is_kept, number, site_tables
from tests.benchmarks.serving_profile import PARTS, Watch, found, in_milliseconds

pytestmark = pytest.mark.slow

SLOW = 0.1


class Server(BaseHTTPRequestHandler):
    """/slow/ takes its time, /meet/ waits for two more, /broken/ says 500, /gone/ hangs up.

    POST says what it was sent.
    """

    protocol_version = "HTTP/1.1"
    meeting = threading.Barrier(3, timeout=60)

    def do_GET(self) -> None:
        if self.path == "/gone/":
            self.close_connection = True
            return
        if self.path == "/slow/":
            time.sleep(SLOW)
        if self.path == "/meet/":
            self.meeting.wait()
        self.reply(500 if self.path == "/broken/" else 200, b"{}")

    def do_POST(self) -> None:
        self.reply(201, self.rfile.read(int(self.headers["Content-Length"])))

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def make_person(number: int = 1) -> Person:
    return Person(number, token=f"t{number}", session=f"s{number}")


def make_answer(seconds: float = 0.01, status: int = 200) -> Answer:
    return Answer("list", status, seconds)


def test_a_quantile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    values = list(range(1, 101))
    random.Random(0).shuffle(values)
    assert [quantile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1, 50, 95, 100]
    assert quantile([3.0], 0.95) == 3.0


def test_who_asks_in_an_open_loop_waits_from_when_it_was_due(address: str) -> None:
    """One connection, four questions due at once: each waits for those before it."""
    answers = open_loop(address, repeat(Ask("slow", "/slow/")), [0.0] * 4, connections=1)
    waited = sorted(answer.seconds for answer in answers)
    assert len(answers) == 4
    for place, seconds in enumerate(waited, start=1):
        assert seconds >= place * SLOW


def test_an_open_loop_does_not_wait_for_the_site(address: str) -> None:
    """Three are answered only when all three are there; one after the other they never would be."""
    answers = open_loop(address, repeat(Ask("met", "/meet/")), [0.0] * 3, connections=3)
    assert [answer.status for answer in answers] == [200] * 3


def test_a_closed_loop_ends_with_its_time(address: str) -> None:
    asks = (Ask("list", "/fast/") for _ in count())
    started = time.monotonic()
    answers = closed_loop(address, asks, connections=3, seconds=0.2)
    assert 0.2 <= time.monotonic() - started < 2
    assert len(answers) > 3
    assert {answer.status for answer in answers} == {200}


def test_faults_are_counted_and_the_connection_goes_on(address: str) -> None:
    paths = ("/fast/", "/broken/", "/gone/", "/fast/")
    answers = one_after_another(address, [Ask("any", path) for path in paths])
    assert [answer.status for answer in answers] == [200, 500, 0, 200]
    assert latencies(answers)["errors"] == 2


def test_an_event_is_sent_as_its_member_says_it(address: str) -> None:
    asked = event(make_person(), 7, random.Random(0), kind="rate")
    (answer,) = one_after_another(address, [asked])
    assert answer.status == 201
    sent = answer.json()
    assert (sent["title"], sent["kind"]) == (7, "rate")
    assert 3 <= sent["value"] <= 5
    assert asked.headers == {"Authorization": "Bearer t1"}


def test_events_are_told_apart_by_their_keys() -> None:
    rng = random.Random(0)
    bodies = [event(make_person(), 7, rng).body or {} for _ in range(50)]
    assert len({body["key"] for body in bodies}) == 50
    assert all((body["kind"] == "rate") == ("value" in body) for body in bodies)
    assert len({body["kind"] for body in bodies}) == 4


def test_arrivals_are_as_many_as_the_rate_says_and_in_order() -> None:
    moments = arrivals(random.Random(0), rate=8.0, seconds=500.0)
    assert 3800 < len(moments) < 4200
    assert moments == sorted(moments)
    assert moments[0] >= 0
    assert moments[-1] < 500


def test_a_list_is_asked_for_with_its_query() -> None:
    path = recommendations(make_person(), kind="series").path
    assert path == "/api/v1/recommendations/?limit=20&kind=series"


def test_a_part_counts_what_it_asks_of_another_as_the_others() -> None:
    clock = iter(range(100))
    watch = Watch(cpu=lambda: float(next(clock)), wall=lambda: 0.0)
    watch.is_on = True
    with watch.part("list"), watch.part("SQL"):
        pass
    assert {name: cpu for name, (cpu, _) in watch.spent.items()} == {"list": 2.0, "SQL": 1.0}


def test_reasons_count_whole_and_nothing_counts_while_the_watch_is_off() -> None:
    clock = iter(range(100))
    watch = Watch(cpu=lambda: float(next(clock)), wall=lambda: 0.0)
    with watch.part("list"):
        pass
    watch.is_on = True
    with watch.part("reasons"), watch.part("encode"):
        pass
    assert {name: cpu for name, (cpu, _) in watch.spent.items()} == {"reasons": 1.0}


def test_a_watched_function_does_what_it_did_wherever_it_was_imported(monkeypatch) -> None:
    given = quantile
    monkeypatch.setattr(clients, "quantile", given)  # both are put back
    monkeypatch.setattr(event_to_list, "quantile", given)
    watch = Watch()
    watch.on("tests.benchmarks.clients:quantile", "sorting")
    watch.is_on = True
    assert event_to_list.quantile([1.0, 2.0], 1.0) == 2.0
    assert list(watch.spent) == ["sorting"]


@pytest.mark.parametrize("function", [each for own in PARTS.values() for each in own])
def test_every_part_of_a_list_is_done_by_functions_that_exist(function: str) -> None:
    assert callable(getattr(*found(function)))


def test_parts_are_told_as_milliseconds_of_a_request_largest_first() -> None:
    told = in_milliseconds({"small": [1.0, 2.0], "large": [3.0, 3.0]}, 1000)
    assert list(told) == ["large", "small"]
    assert told["small"] == {"cpu_ms": 1.0, "wall_ms": 2.0, "share": 0.25}


def test_a_kind_of_request_costs_the_median_of_its_rounds_over_the_floors() -> None:
    rounds = [(cpu, 0.1, [make_answer()] * 10) for cpu in (0.02, 0.04, 0.03)]
    floor = [(0.01, 0.0, [make_answer()] * 10)] * 3
    summed = serving_http.summary(rounds, floor)
    assert summed["cpu_ms"] == 3.0
    assert summed["database_cpu_ms"] == 10.0
    assert summed["over_trivial"] == {
        "ratio": pytest.approx(3.0),
        "low": pytest.approx(2.0),
        "high": pytest.approx(4.0),
    }


def test_growth_of_memory_is_told_from_after_the_warm_up_to_the_end() -> None:
    start_up = [(float(second), 50.0) for second in range(10)]
    samples = start_up + [(float(second), 100.0 + second / 10) for second in range(10, 101)]
    told = swap_soak.growth(samples, warm_up=10, window=10)
    assert told["after_warm_up_mib"] == pytest.approx(101.4, abs=0.1)
    assert told["growth"] == pytest.approx(109.6 / 101.45 - 1, abs=0.001)


def test_a_soak_asks_for_everything_by_members() -> None:
    people, rng = [make_person(number) for number in range(5)], random.Random(0)
    asks = swap_soak.mixture(people, {11: "/title/11-up/"}, rng)
    some = [next(asks) for _ in range(200)]
    assert {ask.name for ask in some} == set(swap_soak.MIX)
    assert all(ask.headers for ask in some)
    assert {ask.path for ask in some if ask.name == "title"} == {"/title/11-up/"}


def test_a_soak_says_which_artifacts_served_its_lists() -> None:
    bodies = [b'{"artifact": "a"}', b'{"artifact": "b"}', b'{"artifact": "a"}']
    answers = [Answer("recommendations", 200, 0.01, body) for body in bodies]
    assert swap_soak.served_by([*answers, make_answer()]) == {"a": 2, "b": 1}


def test_lists_that_change_late_are_counted() -> None:
    tries = [event_to_list.Try(0.01, 1)] * 9 + [event_to_list.Try(0.5, 3)]
    told = event_to_list.summary(tries)
    assert told["not_the_first_list"] == 1
    assert told["longest_ms"] == 500.0


def test_scripts_and_styles_are_weighed_as_they_came() -> None:
    told = home_page.weighed([("script", 30_000), ("script", 10_500), ("stylesheet", 9_000)])
    assert told["js_and_css_kb"] == 49.5
    assert told["kb"] == {"script": 40.5, "stylesheet": 9.0}


def test_a_try_publishes_nothing(tmp_path: Path, monkeypatch) -> None:
    found = {"data": "none", "data_sha256": "", "seed": 0, "figures": []}
    row = Row("toy", "A row for tests.", lambda: None, lambda bench: found)
    monkeypatch.setenv("BENCH_SMOKE", "1")
    monkeypatch.setattr(__main__, "ROWS", (row,))
    monkeypatch.setattr(__main__, "STATE", tmp_path)
    monkeypatch.setattr(__main__, "render_document", lambda: pytest.fail("it was published"))
    assert __main__.main(["toy"]) == 0
    assert (tmp_path / "smoke" / "toy.json").exists()


@pytest.mark.parametrize(
    ("value", "asked", "kept"),
    [
        (10, {"most": 10}, True),
        (10.1, {"most": 10}, False),
        (10, {"below": 10}, False),
        (9.9, {"below": 10}, True),
        (19, {"least": 20}, False),
        (20, {"least": 20}, True),
        (1.0, {"above": 1}, False),
        (1.1, {"above": 1}, True),
    ],
)
def test_a_limit_is_kept_or_it_is_not(value: float, asked: dict[str, float], kept: bool) -> None:
    assert is_kept(value, asked) is kept


def test_figures_have_the_digits_that_say_something() -> None:
    shown = [number(value) for value in (0, 3000, 4821.7, 31.46, 4.567, 0.0234)]
    assert shown == ["0", "3,000", "4,822", "31.5", "4.57", "0.023"]


def test_figures_and_parts_are_rendered_with_their_limits() -> None:
    record: dict[str, Any] = {
        "figures": [
            {"what": "p95", "value": 151.0, "unit": "ms", "asked": {"below": 150}},
            {"what": "requests", "value": 2400, "unit": ""},
        ],
        "breakdown": {"fresh": {"SQL": {"cpu_ms": 2.0, "wall_ms": 3.0, "share": 0.4}}},
    }
    text = site_tables(record)
    assert "| p95 | 151 ms | below 150 | **no** |" in text
    assert "| requests | 2,400 |  |  |" in text
    assert "| SQL | 2.00 (40 %) |" in text
    assert site_tables({}) == ""
