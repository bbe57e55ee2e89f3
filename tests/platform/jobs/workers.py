"""Workers in processes of their own, on the test's own database and broker."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import redis
from django.conf import settings
from django.db import connection

from jobs.models import Job

ROOT = Path(__file__).resolve().parents[3]
BROKER_DATABASE = 9  # beside the one that other tests use


class Workers:
    """All of them are gone at the end."""

    def __init__(
        self, folder: Path, app: str = "tests.platform.jobs.worker_app", **environment: str
    ) -> None:
        self.folder, self.app, self.environment = folder, app, environment
        self.redis_url = settings.REDIS_URL.rsplit("/", 1)[0] + f"/{BROKER_DATABASE}"
        self.broker = redis.Redis.from_url(self.redis_url)
        self.broker.flushdb()
        self.started: list[subprocess.Popen] = []

    def start(self, queue: str) -> subprocess.Popen:
        name = f"{queue}-{len(self.started)}"
        return self._run(name, "worker", "-Q", f"{queue},periodic", "-c", "1", "-n", f"{name}@test")

    def start_beat(self) -> subprocess.Popen:
        """A process of its own: forked from a worker it would share connections."""
        return self._run("beat", "beat", "-s", str(self.folder / "schedule"), "--pidfile=")

    def _run(self, name: str, *arguments: str) -> subprocess.Popen:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(
            path="/" + connection.settings_dict["NAME"]
        )
        environment = (
            os.environ
            | {
                "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
                "DATABASE_URL": urlunsplit(url),
                "REDIS_URL": self.redis_url,
                "MARQUEE_EMBEDDED": "",
            }
            | self.environment
        )
        command = [sys.executable, "-m", "celery", "-A", self.app]
        log = (self.folder / f"{name}.log").open("w")
        worker = subprocess.Popen(
            [*command, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        self.started.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen) -> None:
        """kill -9 of the worker and of its pool."""
        with suppress(psutil.NoSuchProcess):
            for process in [
                *psutil.Process(worker.pid).children(recursive=True),
                psutil.Process(worker.pid),
            ]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        worker.wait(10)

    def stop(self) -> None:
        for worker in self.started:
            if worker.poll() is None:
                self.kill(worker)
        self.broker.flushdb()


def wait_for(job: Job, is_true: Callable[[Job], bool], *, seconds: float) -> float:
    """Seconds until the row is as wanted."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        job.refresh_from_db()
        if is_true(job):
            return time.monotonic() - started
        time.sleep(0.2)
    raise AssertionError(
        f"after {seconds} s: {job.state}, attempt {job.attempt}, {job.message!r}, {job.error!r}"
    )
