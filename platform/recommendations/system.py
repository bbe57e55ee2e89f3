"""What runs underneath: workers, queues, database, broker, disk, artifact, versions."""

import json
import platform
import shutil
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q
from kombu.exceptions import OperationalError

from jobs import broker
from jobs.models import Job
from recommendations import loading
from recommendations.models import Promotion
from recommendations.services import folder_of

PING_SECONDS = 1.0
LOW_DISK_BYTES = 2 * 1024**3
PACKAGES = ("Django", "celery", "torch", "onnxruntime", "faiss-cpu", "psycopg")


@dataclass(frozen=True)
class Queue:
    name: str
    workers: list[str]
    waiting: int
    running: int
    oldest: datetime | None
    wakeups: int | None  # messages at the broker; None when it is away


@dataclass(frozen=True)
class System:
    queues: list[Queue]
    states: list[tuple[Any, int]]
    broker: broker.BrokerFacts | None
    database_version: str
    database_bytes: int
    disk_free: int
    disk_total: int
    artifact_state: str
    live: Promotion | None
    loaded: str
    versions: list[tuple[str, str]]

    @property
    def idle_queues(self) -> list[str]:
        """Queues that nobody works on."""
        return [queue.name for queue in self.queues if not queue.workers]

    @property
    def is_disk_low(self) -> bool:
        return self.disk_free < LOW_DISK_BYTES

    @property
    def is_serving(self) -> bool:
        """This process has loaded what is live."""
        return self.live is not None and self.loaded == self.live.artifact.name

    @property
    def tone(self) -> str:
        is_broken = self.broker is None or bool(self.live and not self.is_serving)
        if is_broken or any(queue.waiting for queue in self.queues if not queue.workers):
            return "bad"
        return "warn" if self.idle_queues or self.is_disk_low else "good"


def look() -> System:
    """Everything at once; takes up to a second, because workers have that long to answer."""
    names = [str(queue) for queue in Job.Queue]
    facts = broker.facts(names)
    workers = working_queues() if facts else {}
    counts = {row["queue"]: row for row in queue_counts()}
    states = dict(Job.objects.order_by().values_list("state").annotate(n=Count("id")))
    live, loaded = Promotion.objects.live(), loading.current()
    disk = shutil.disk_usage(settings.STATE_DIR)
    return System(
        queues=[_queue(name, workers, counts.get(name, {}), facts) for name in names],
        states=[(label, states.get(value, 0)) for value, label in Job.State.choices],
        broker=facts,
        database_version=database_fact("SHOW server_version"),
        database_bytes=int(database_fact("SELECT pg_database_size(current_database())")),
        disk_free=disk.free,
        disk_total=disk.total,
        artifact_state=artifact_state(live),
        live=live,
        loaded=loaded.name if loaded else "",
        versions=[("Python", platform.python_version()), *package_versions()],
    )


def working_queues() -> dict[str, list[str]]:
    """Queue → the workers that take from it; nothing when none answers in time."""
    try:
        answers = current_app.control.inspect(timeout=PING_SECONDS).active_queues() or {}
    except (OperationalError, redis.RedisError, OSError):
        return {}
    found: dict[str, list[str]] = {}
    for worker, queues in sorted(answers.items()):
        for queue in queues:
            found.setdefault(queue["name"], []).append(worker)
    return found


def queue_counts() -> Any:
    waiting = Q(state=Job.State.QUEUED)
    return (
        Job.objects.unfinished()
        .order_by()
        .values("queue")
        .annotate(
            waiting=Count("id", filter=waiting),
            running=Count("id", filter=Q(state=Job.State.RUNNING)),
            oldest=Min("created_at", filter=waiting),
        )
    )


def _queue(
    name: str,
    workers: dict[str, list[str]],
    counts: dict[str, Any],
    facts: broker.BrokerFacts | None,
) -> Queue:
    return Queue(
        name=name,
        workers=workers.get(name, []),
        waiting=counts.get("waiting", 0),
        running=counts.get("running", 0),
        oldest=counts.get("oldest"),
        wakeups=facts.waiting[name] if facts else None,
    )


def database_fact(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def artifact_state(live: Promotion | None) -> str:
    """ "ok", "none" (nothing was promoted yet) or what is wrong."""
    if live is None:
        return "none"
    try:
        json.loads((folder_of(live.artifact) / "manifest.json").read_text())
    except (OSError, ValueError):
        return f"{live.artifact.name} cannot be read"
    return "ok"


def package_versions() -> list[tuple[str, str]]:
    found = []
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return found
