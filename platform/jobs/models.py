"""One row per piece of long work. The Celery message is only a wake-up: this row is the truth."""

import math
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

SILENT_AFTER = timedelta(seconds=10)  # some heartbeats


class JobQuerySet(models.QuerySet["Job"]):
    def owned_by(self, user: Any) -> Self:
        """The jobs a person may see: their own; staff see all."""
        return self if user.is_staff else self.filter(owner=user.pk)

    def unfinished(self) -> Self:
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])

    def unheld(self, now: datetime) -> Self:
        """Unfinished jobs that no worker holds: waiting, or running with the lease run out."""
        return self.filter(
            Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
        )

    def startable(self, now: datetime) -> Self:
        """Unheld jobs whose end nobody has asked for."""
        return self.unheld(now).filter(cancel_requested=False)

    @transaction.atomic
    def claim(
        self, job_id: int, *, now: datetime, lease: timedelta, worker: str = ""
    ) -> "Job | None":
        """Take a job nobody holds, with a new attempt number; None if it is held, done or gone."""
        job = self.unheld(now).select_for_update(skip_locked=True).filter(pk=job_id).first()
        if job is None or job.attempt >= job.max_attempts or job.cancel_requested:
            return None  # the sweep ends it
        job.state = Job.State.RUNNING
        job.attempt += 1
        job.lease_until = now + lease
        job.worker = worker
        job.started_at = job.started_at or now
        job.save(update_fields=["state", "attempt", "lease_until", "worker", "started_at"])
        return job

    def held_as(self, job: "Job") -> Self:
        """That job while this attempt holds it: a stale worker's write matches no row (fencing)."""
        return self.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)


class Job(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Queue(models.TextChoices):
        INTERACTIVE = "interactive"
        HEAVY = "heavy"

    label = models.CharField(max_length=200)  # what it is, in words, for the job card
    task = models.CharField(max_length=200)  # name of the Celery task that the sweep re-sends
    queue = models.CharField(max_length=20, choices=Queue.choices, default=Queue.INTERACTIVE)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="jobs"
    )
    key = models.CharField(max_length=64, null=True)  # the owner's idempotency key  # noqa: DJ001
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=100, blank=True)
    cancel_requested = models.BooleanField(default=False)
    progress = models.FloatField(default=0)  # 0..1
    message = models.CharField(max_length=300, blank=True)  # what it does now, in words
    log = models.TextField(blank=True)
    error = models.TextField(blank=True)  # the reason, in plain words
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "key"],
                name="one_job_per_key",
                condition=Q(key__isnull=False),
                nulls_distinct=False,  # jobs of the site have no owner, and their keys count too
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0, progress__lte=1), name="progress_0_to_1"
            ),
        ]
        indexes = [
            models.Index(
                F("lease_until"),
                name="unfinished_jobs",
                condition=Q(state__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.state})"

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.pk])

    @property
    def is_finished(self) -> bool:
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}

    @property
    def percent(self) -> int:
        return int(self.progress * 100)

    def remaining(self, now: datetime) -> timedelta | None:
        """Estimated from the pace so far; None before anything can be said."""
        if self.state != self.State.RUNNING or self.started_at is None or self.progress < 0.02:
            return None
        return (now - self.started_at) * ((1 - self.progress) / self.progress)

    @property
    def time_left(self) -> str:
        """In words; "" before anything can be said."""
        remaining = self.remaining(timezone.now())
        if remaining is None:
            return ""
        minutes = round(remaining.total_seconds() / 60)
        if minutes < 1:
            return gettext("less than a minute left")
        if minutes < 90:
            return ngettext("about %(n)d min left", "about %(n)d min left", minutes) % {
                "n": minutes
            }
        return gettext("about %(n)d h left") % {"n": round(minutes / 60)}

    def silence(self, now: datetime) -> timedelta:
        """Since its worker's last sign of life; zero while nobody holds it."""
        if self.state != self.State.RUNNING or self.lease_until is None:
            return timedelta(0)
        return now - (self.lease_until - settings.JOB_LEASE)

    @property
    def silence_notice(self) -> str:
        """In words, and what happens next; "" while its worker is heard of."""
        now = timezone.now()
        silence = self.silence(now)
        if silence < SILENT_AFTER or self.lease_until is None:
            return ""
        ends = self.cancel_requested or self.attempt >= self.max_attempts
        wait = math.ceil((self.lease_until - now).total_seconds())
        if wait > 0 and ends:
            next_step = gettext("Unless it answers, the job is ended in %(n)d s.")
        elif wait > 0:
            next_step = gettext("Unless it answers, the job is taken up again in %(n)d s.")
        elif ends:
            next_step = gettext("The job is about to be ended.")
        else:
            next_step = gettext("The job is taken up again as soon as a worker is free.")
        heard = gettext("No sign of life from its worker for %(n)d s.")
        return f"{heard % {'n': silence.total_seconds()}} {next_step % {'n': wait}}"

    @property
    def is_for_staff(self) -> bool:
        """Only staff may start this kind of work, so only they may start it again."""
        return self.queue == self.Queue.HEAVY

    # What may be done with it by whoever may see it (and start it): "" = not now

    @property
    def cancel_url(self) -> str:
        return (
            ""
            if self.is_finished or self.cancel_requested
            else reverse("job_cancel", args=[self.pk])
        )

    @property
    def retry_url(self) -> str:
        is_over = self.state in {self.State.FAILED, self.State.CANCELLED}
        return reverse("job_retry", args=[self.pk]) if is_over else ""

    @property
    def result_url(self) -> str:
        return self.result.get("url", "") if self.state == self.State.DONE else ""
