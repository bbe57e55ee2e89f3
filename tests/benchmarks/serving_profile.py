"""Where the time of a list goes: the same request in one process, with a watch on each part.

Runs as a process of the site's own: python -m tests.benchmarks.serving_profile REQUESTS.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any
from wsgiref.util import setup_testing_defaults

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
MEMBERS = 50
PARTS = {
    "who asks": (
        "api.authentication:TokenAuthentication.authenticate",
        "rest_framework.views:APIView.check_throttles",
    ),
    "what serves": (
        "recommendations.grounds:Grounds.of",
        "recommendations.loading:current",
        "recommendations.experiments:arm_of",
        "recommendations.experiments:running",
    ),
    "titles": ("catalog.briefs:briefs_of",),
    "history": ("recommendations.dataset:past_of",),
    "encode": ("recsys.entries:UserReader.history_of", "recsys.entries:UserReader.encode"),
    "search": (
        "recsys.sources:Evidence.of",
        "recsys.pipeline:retrieve",
        "recsys.index:Index.search",
    ),
    "rank": (
        "recsys.pipeline:rank",
        "recsys.pipeline:weariness",
        "recsys.serving:Recommender._best",
    ),
    "rules": (
        "catalog.census:current_census",
        "catalog.census:Census.visible_to",
        "recommendations.rulebook:current_rulebook",
        "recommendations.obeying:ruled_list",
        "recommendations.taste:Taste.usable",
        "recommendations.taste:Taste.may_see",
        "recommendations.loading:Live.allowed",
        "recsys.serving:Recommender._usable",
    ),
    "reasons": ("recommendations.serving:carriers_of",),
    "log": ("recommendations.served_log:log_lists",),
    "serialise": (
        "recommendations.api:page_out",
        "drf_orjson_renderer.renderers:ORJSONRenderer.render",
    ),
}
WHOLE = "reasons"  # encodes and searches too, which is not what the list itself took


class Watch:
    """CPU and wall seconds by part; what a part asks of another is counted as the other's."""

    def __init__(
        self,
        cpu: Callable[[], float] = time.thread_time,
        wall: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.clocks = (cpu, wall)
        self.is_on = False
        self.spent: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._open: list[str] = []
        self._within: list[list[float]] = []  # what the parts inside each open one took

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        if not self.is_on or WHOLE in self._open:
            yield
            return
        started = [clock() for clock in self.clocks]
        self._open.append(name)
        self._within.append([0.0, 0.0])
        try:
            yield
        finally:
            took = [clock() - then for clock, then in zip(self.clocks, started, strict=True)]
            self._open.pop()
            within = self._within.pop()
            for place in (0, 1):
                self.spent[name][place] += took[place] - within[place]
                if self._within:
                    self._within[-1][place] += took[place]

    def on(self, function: str, name: str) -> None:
        """From now on its calls are counted as that part, wherever it has been imported."""
        owner, attribute = found(function)
        asked = getattr(owner, attribute)

        @wraps(asked)
        def watched(*given: Any, **how: Any) -> Any:
            with self.part(name):
                return asked(*given, **how)

        setattr(owner, attribute, watched)
        for module in list(sys.modules.values()):
            if vars(module).get(attribute) is asked:
                setattr(module, attribute, watched)


def found(function: str) -> tuple[Any, str]:
    """ "module:Class.method" → the class, "method"."""
    module, _, path = function.partition(":")
    *classes, attribute = path.split(".")
    owner: Any = import_module(module)
    for name in classes:
        owner = getattr(owner, name)
    return owner, attribute


def watch_all(watch: Watch) -> None:
    from django.db import connections

    for name, functions in PARTS.items():
        for function in functions:
            watch.on(function, name)
    connection = connections["default"]
    watch.on(f"{type(connection).__module__}:DatabaseWrapper.connect", "SQL")

    def execute(run: Callable[..., Any], *given: Any) -> Any:
        with watch.part("SQL"):
            return run(*given)

    connection.execute_wrappers.append(execute)


def profile(requests: int, *, follows_event: bool) -> dict[str, dict[str, float]]:
    """Milliseconds of CPU and of the clock that a request takes, by part."""
    application = import_module("config.wsgi").application  # sets up what is imported below
    from accounts.models import User
    from catalog.models import Title
    from events.models import Event
    from events.services import record_event
    from tests.benchmarks.site_people import members

    rng, watch = random.Random(0), Watch()
    people = members(str(MEMBERS))
    users = User.objects.in_bulk([person["id"] for person in people])
    titles = list(Title.objects.filter(published=True, kind=Title.Kind.FILM))
    import_module("recommendations.api")  # all that is watched, before it is
    watch_all(watch)
    for person in people:
        ask(application, person["token"])
    for number in range(requests):
        person = people[number % len(people)]
        if follows_event:
            user, title = users[person["id"]], rng.choice(titles)
            record_event(user=user, title=title, kind=Event.Kind.FINISH)
        watch.is_on = True
        with watch.part("the rest"):
            ask(application, person["token"])
        watch.is_on = False
    return in_milliseconds(watch.spent, requests)


def ask(application: Callable[..., Any], token: str) -> None:
    """One list, through everything but the web server."""
    environ = {
        "PATH_INFO": "/api/v1/recommendations/",
        "QUERY_STRING": "limit=20",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
        "REMOTE_ADDR": "127.0.0.1",
    }
    setup_testing_defaults(environ)
    said: list[str] = []
    answer = application(environ, lambda status, headers, *_: said.append(status))
    b"".join(answer)
    answer.close()
    if said != ["200 OK"]:
        raise SystemExit(f"a list was refused: {said}")


def in_milliseconds(spent: dict[str, list[float]], requests: int) -> dict[str, dict[str, float]]:
    """share: of the CPU."""
    whole = sum(cpu for cpu, _ in spent.values())
    return {
        name: {
            "cpu_ms": round(1000 * cpu / requests, 3),
            "wall_ms": round(1000 * wall / requests, 3),
            "share": round(cpu / whole, 4),
        }
        for name, (cpu, wall) in sorted(spent.items(), key=lambda pair: -pair[1][0])
    }


if __name__ == "__main__":
    print(json.dumps(profile(int(sys.argv[1]), follows_event=sys.argv[2] == "fresh")))
