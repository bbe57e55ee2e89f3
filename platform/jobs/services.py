"""Writes on jobs: queue, cancel, retry, sweep. What a worker does with one is in holding.py."""

import logging
from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from jobs import broker
from jobs.models import Job

log = logging.getLogger(__name__)


def queue_job(
    *,
    task: str,
    label: str,
    owner: Any = None,
    queue: Job.Queue = Job.Queue.INTERACTIVE,
    params: dict[str, Any] | None = None,
    key: str | None = None,
) -> Job:
    """A new waiting job, sent after commit; the same owner's same key gives the same job."""
    try:
        with transaction.atomic():
            job = Job.objects.create(
                task=task,
                label=label,
                owner=owner,
                queue=queue,
                params=params or {},
                key=key,
                max_attempts=settings.JOB_MAX_ATTEMPTS,
            )
    except IntegrityError:
        if key is None:
            raise
        return Job.objects.get(owner=owner, key=key)
    transaction.on_commit(lambda: send(job))
    return job


def send(job: Job) -> None:
    """Wake a worker. A broker that is away loses nothing: the sweep sends again."""
    try:
        current_app.send_task(job.task, args=[job.pk], queue=job.queue, retry=False)
    except OperationalError as error:
        log.warning("job %s waits for the broker: %s", job.pk, error)


def cancel(job: Job) -> None:
    """End a waiting job at once; ask a running one to stop (within a heartbeat)."""
    # ask first: a worker that gives the job back between the two leaves one that the second ends
    Job.objects.unfinished().filter(pk=job.pk).update(cancel_requested=True)
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
        state=Job.State.CANCELLED, finished_at=timezone.now(), message=_("Cancelled")
    )


@transaction.atomic
def retry(job: Job) -> Job:
    """Queue a failed or cancelled job again, with fresh attempts; its checkpoints still stand."""
    again = Job.objects.filter(pk=job.pk, state__in=[Job.State.FAILED, Job.State.CANCELLED]).update(
        state=Job.State.QUEUED,
        max_attempts=F("attempt") + settings.JOB_MAX_ATTEMPTS,  # attempt never falls: it fences
        error="",
        message="",
        progress=0,
        cancel_requested=False,
        started_at=None,
        finished_at=None,
    )
    job.refresh_from_db()
    if again:
        transaction.on_commit(lambda: send(job))
    return job


def sweep(*, now: datetime) -> int:
    """Re-send what nobody holds (how many), fail what used up its attempts, end the cancelled."""
    unheld = Job.objects.unheld(now)
    unheld.filter(cancel_requested=True).update(
        state=Job.State.CANCELLED, finished_at=now, lease_until=None, message=_("Cancelled")
    )
    unheld.filter(attempt__gte=F("max_attempts")).update(
        state=Job.State.FAILED,
        finished_at=now,
        lease_until=None,
        error=_("The worker stopped unexpectedly each time it was tried."),
    )
    return sum(_send_missing(queue, now) for queue in Job.Queue)


def _send_missing(queue: Job.Queue, now: datetime) -> int:
    """Send a queue's unheld jobs again, unless as many wake-ups already wait there."""
    waiting = list(Job.objects.unheld(now).filter(queue=queue).order_by("pk"))
    due = [job for job in waiting if job.created_at < now - settings.JOB_LEASE / 3]
    if not due:
        return 0
    wakeups = broker.waiting_wakeups(queue)
    if wakeups is None or wakeups >= len(waiting):
        return 0
    for job in due:
        send(job)
    return len(due)
