"""A worker's side of a job: claim it, beat while it runs, report, end it."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, models
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from jobs.models import Job

log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
DATABASE_PATIENCE_SECONDS = 20.0  # an embedded server that was killed is back within this
DATABASE_AWAY = (OperationalError, InterfaceError)


class JobCancelled(Exception):
    """The owner asked for the end of this job; raised inside the work."""


class JobLost(Exception):
    """This attempt no longer holds the job: another worker took it over, or it was ended."""


class JobRefused(Exception):
    """What this job was asked to do cannot be done; its message is the reason the owner reads."""


class JobYields(Exception):
    """Other work goes first: the job waits again, which costs none of its attempts."""


class Hold:
    """A worker's hold on a job: writes carry the attempt, so a stale worker changes nothing."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.lost = threading.Event()
        self.cancelled = threading.Event()

    def write(self, **fields: Any) -> None:
        """Change the row; JobLost when it is no longer ours. Outlasts a database that restarts."""
        if not patiently(lambda: Job.objects.held_as(self.job).update(**fields)):
            self.lost.set()
            raise JobLost(f"job {self.job.pk} is no longer held by attempt {self.job.attempt}")

    def report(self, progress: float, message: str) -> None:
        """Say how far it is; raises JobCancelled or JobLost when it is time to stop."""
        self.check()
        self.write(progress=min(max(progress, 0.0), 1.0), message=message[:300])

    def note(self, line: str) -> None:
        """Add a line to the job's log."""
        stamp = timezone.now().strftime("%H:%M:%S")
        added = Value(f"{stamp} {line}\n", output_field=models.TextField())
        self.write(log=Concat(F("log"), added, output_field=models.TextField()))

    def finish_with(self, **result: Any) -> None:
        """Keep what the job made; `url` is where its result can be seen."""
        self.write(result=result)

    def confirm(self) -> None:
        """Inside a transaction: nobody takes the job over before it commits; JobLost if one has."""
        if not Job.objects.held_as(self.job).select_for_update().exists():
            self.lost.set()
            raise JobLost(f"job {self.job.pk} is no longer held by attempt {self.job.attempt}")

    def check(self) -> None:
        if self.cancelled.is_set():
            raise JobCancelled
        if self.lost.is_set():
            raise JobLost(f"job {self.job.pk} was taken over")

    def should_stop(self) -> bool:
        return self.cancelled.is_set() or self.lost.is_set()

    def beat(self) -> None:
        """Extend the lease and look whether the owner wants the end."""
        alive = Job.objects.held_as(self.job).update(
            lease_until=timezone.now() + settings.JOB_LEASE
        )
        if not alive:
            self.lost.set()
        elif Job.objects.filter(pk=self.job.pk, cancel_requested=True).exists():
            self.cancelled.set()


def patiently(write: Callable[[], int]) -> int:
    """The write's answer, tried again while the database is away; not inside a transaction."""
    deadline = time.monotonic() + DATABASE_PATIENCE_SECONDS
    while True:
        try:
            return write()
        except DATABASE_AWAY:
            if connection.in_atomic_block or time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(0.5)


@contextmanager
def heartbeat(hold: Hold) -> Iterator[None]:
    """Beats in a thread of its own while the block runs."""
    stopped = threading.Event()
    interval = min(BEAT_SECONDS, settings.JOB_LEASE.total_seconds() / 4)

    def keep_beating() -> None:
        while not stopped.wait(interval):
            try:
                hold.beat()
            except DATABASE_AWAY:  # for a moment: the next beat may reach it
                log.warning("heartbeat of job %s failed", hold.job.pk, exc_info=True)
                connection.close()
        connection.close()

    thread = threading.Thread(target=keep_beating, name=f"heartbeat-{hold.job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


@contextmanager
def claimed(job_id: int) -> Iterator[Hold | None]:
    """Hold a job while the block runs, then end it; None inside when there is nothing to do."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    job = Job.objects.claim(job_id, now=timezone.now(), lease=settings.JOB_LEASE, worker=worker)
    if job is None:
        yield None
        return
    hold = Hold(job)
    log.info("job %s: attempt %d of %s", job.pk, job.attempt, job.label)
    try:
        with heartbeat(hold):
            yield hold
    except JobCancelled:
        _end(hold, Job.State.CANCELLED, message=_("Cancelled"))
    except JobLost as error:
        log.warning("%s", error)
    except JobRefused as error:
        _end(hold, Job.State.FAILED, error=str(error))
    except JobYields:
        _give_back(hold, "lets others go first")
    except DATABASE_AWAY:
        log.exception("job %s: the database went away, the sweep will start it again", job.pk)
    except (SystemExit, KeyboardInterrupt):
        _give_back(hold, "this worker stops")
        raise
    except Exception as error:  # whatever it was, the owner gets a reason and the job an end
        log.exception("job %s failed", job.pk)
        reason = _(
            "It ran into an unexpected error (%(kind)s: %(text)s). The worker's log says more."
        )
        _end(hold, Job.State.FAILED, error=reason % {"kind": type(error).__name__, "text": error})
    else:
        _end(hold, Job.State.DONE, progress=1.0, message="")


def _end(hold: Hold, state: Job.State, **fields: Any) -> None:
    try:
        hold.write(state=state, lease_until=None, finished_at=timezone.now(), **fields)
    except JobLost as error:
        log.warning("%s", error)
    else:
        log.info("job %s: %s", hold.job.pk, state)


def _give_back(hold: Hold, reason: str) -> None:
    """Leaves the job waiting; that costs none of its attempts."""
    Job.objects.held_as(hold.job).update(
        state=Job.State.QUEUED, lease_until=None, worker="", max_attempts=F("max_attempts") + 1
    )
    log.info("job %s: given back, %s", hold.job.pk, reason)
