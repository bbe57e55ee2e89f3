"""Who asks the site: connections that stay open, closed and open loops, times of answers."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

TIMEOUT = 30.0
OPEN_LOOP_CONNECTIONS = 64  # more than wait at once: else who asks would wait for the site
# what a member does, and how often
DOINGS = {"play": 3, "finish": 3, "save": 2, "rate": 2}


@dataclass(frozen=True)
class Person:
    """A member: token for the API, session cookie for pages."""

    id: int
    token: str
    session: str

    @property
    def api(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def browser(self) -> dict[str, str]:
        return {"Cookie": f"sessionid={self.session}"}


@dataclass(frozen=True)
class Ask:
    """One request. name: the group that its answer is counted in."""

    name: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    """status: 0 when none came. seconds: from when it was due."""

    name: str
    status: int
    seconds: float
    body: bytes = b""

    @property
    def is_error(self) -> bool:
        return self.status == 0 or self.status >= 500

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One open connection, made again after a fault."""

    def __init__(self, address: str) -> None:
        self._http = http.client.HTTPConnection(address, timeout=TIMEOUT)

    def ask(
        self,
        method: str,
        path: str,
        *,
        name: str = "",
        headers: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Answer:
        started = time.perf_counter()
        data = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        try:
            self._http.request(method, path, data, {**(headers or {}), **kind})
            response = self._http.getresponse()
            status, content = response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._http.close()
            status, content = 0, b""
        return Answer(name or path, status, time.perf_counter() - started, content)

    def send(self, ask: Ask) -> Answer:
        method = "GET" if ask.body is None else "POST"
        return self.ask(method, ask.path, name=ask.name, headers=ask.headers, body=ask.body)


def one_after_another(address: str, asks: Iterable[Ask]) -> list[Answer]:
    connection = Connection(address)
    return [connection.send(ask) for ask in asks]


def closed_loop(
    address: str, asks: Iterator[Ask], *, connections: int, seconds: float
) -> list[Answer]:
    """Each connection asks again as soon as it has its answer, for so long."""
    end = time.monotonic() + seconds

    def work(taken: Callable[[], Ask]) -> list[Answer]:
        connection, answers = Connection(address), list[Answer]()
        while time.monotonic() < end:
            answers.append(connection.send(taken()))
        return answers

    return _together(work, asks, connections)


def open_loop(
    address: str,
    asks: Iterator[Ask],
    due: Sequence[float],
    *,
    connections: int = OPEN_LOOP_CONNECTIONS,
) -> list[Answer]:
    """Asks at these moments (seconds from now), however slow the site is.

    An answer's time runs from when it was due: who had to wait to ask waits too.
    """
    start = time.perf_counter()
    moments = iter(due)

    def timed() -> Iterator[tuple[float, Ask]]:
        yield from zip(moments, asks, strict=False)

    def work(taken: Callable[[], tuple[float, Ask]]) -> list[Answer]:
        connection, answers = Connection(address), list[Answer]()
        while True:
            try:
                at, ask = taken()
            except StopIteration:
                return answers
            time.sleep(max(0.0, start + at - time.perf_counter()))
            answer = connection.send(ask)
            waited = time.perf_counter() - start - at
            answers.append(Answer(answer.name, answer.status, waited, answer.body))

    return _together(work, timed(), connections)


def _together(
    work: Callable[[Callable[[], Any]], list[Answer]], things: Iterator[Any], connections: int
) -> list[Answer]:
    """The answers of so many threads that take from one source."""
    lock, answers = threading.Lock(), list[Answer]()

    def taken() -> Any:
        with lock:
            return next(things)

    def run() -> None:
        own = work(taken)
        with lock:
            answers.extend(own)

    threads = [threading.Thread(target=run) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def arrivals(rng: random.Random, *, rate: float, seconds: float) -> list[float]:
    """Moments in 0..seconds, `rate` a second on average, each by chance (Poisson)."""
    moments, at = [], rng.expovariate(rate)
    while at < seconds:
        moments.append(at)
        at += rng.expovariate(rate)
    return moments


def event(person: Person, title: int, rng: random.Random, *, kind: str = "") -> Ask:
    """Something that a member does with a title; of any kind, unless one is given."""
    kind = kind or drawn(DOINGS, rng)
    key = str(UUID(int=rng.getrandbits(128)))
    body = {"title": title, "kind": kind, "key": key}
    if kind == "rate":
        body["value"] = rng.randint(6, 10) / 2
    return Ask("event", "/api/v1/events/", person.api, body)


def drawn(weights: dict[str, int], rng: random.Random) -> str:
    """One of the names, each as often as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def recommendations(person: Person, *, limit: int = 20, **query: str) -> Ask:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return Ask("recommendations", f"/api/v1/recommendations/?limit={limit}{more}", person.api)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def latencies(answers: Sequence[Answer]) -> dict[str, Any]:
    """Milliseconds, how many, and how many went wrong."""
    seconds = [answer.seconds for answer in answers]
    statuses = Counter(answer.status for answer in answers)
    found = {f"p{share}_ms": round(1000 * quantile(seconds, share / 100), 2)
             for share in (50, 95, 99)}  # fmt: skip
    return found | {
        "longest_ms": round(1000 * max(seconds), 2),
        "count": len(answers),
        "errors": sum(answer.is_error for answer in answers),
        "refused": sum(400 <= answer.status < 500 for answer in answers),
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
    }
