"""Writes of the recommender: queue a run, promote, roll back, prune."""

import logging
import shutil
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from accounts.models import User
from catalog.models import Title
from events.models import Event
from events.services import record_event
from jobs.models import Job
from jobs.services import queue_job
from recommendations.experiments import artifacts_in_use
from recommendations.gate import Verdict, verdict
from recommendations.loading import is_whole
from recommendations.models import Artifact, Evaluation, Promotion, Run
from recommendations.reports import without_live

log = logging.getLogger(__name__)

KEPT_ARTIFACTS = 5  # beside the live one
KEPT_CHECKPOINTS = 5  # of runs that failed or were cancelled
LEAST_OVERRIDE = 10  # characters: a word is no reason
BAR_HOLDS = timedelta(days=30)  # a report without a live model is held against what served so long
NIGHTLY = "nightly training"
TASTE_STARS = 4.0  # what a pick of the taste picker counts as


class PromotionRefused(Exception):
    """This artifact cannot go live; the message says why."""


@transaction.atomic
def queue_run(
    *,
    owner: Any = None,
    preset: str = Run.Preset.SMALL,
    note: str = "",
    seed: int = 0,
    config: dict[str, Any] | None = None,
    promote_when_better: bool = False,
    origin: Run.Origin = Run.Origin.STAFF,
    key: str | None = None,
) -> Run:
    """A training run as a job on the heavy queue; the same owner's same key gives the same run.

    config: fields of recsys' config that a search has found, in place of the preset's.
    """
    job = queue_job(
        task="recommendations.tasks.train",
        label=_("Train the recommender (%(preset)s)") % {"preset": preset},
        owner=owner,
        queue=Job.Queue.HEAVY,
        params={"origin": origin},
        key=key,
    )
    return Run.objects.get_or_create(
        job=job,
        defaults={
            "preset": preset,
            "note": note,
            "seed": seed,
            "config": config,
            "promote_when_better": promote_when_better,
        },
    )[0]


@transaction.atomic
def queue_evaluation(
    *, owner: Any, split: str, preset: str, seed: int = 0, key: str | None = None
) -> Evaluation:
    """A measurement as a job on the heavy queue; the same owner's same key gives the same one."""
    job = queue_job(
        task="recommendations.tasks.evaluate",
        label=_("Measure all models (%(preset)s)") % {"preset": preset},
        owner=owner,
        queue=Job.Queue.HEAVY,
        key=key,
    )
    fields = {"split": split, "preset": preset, "seed": seed}
    return Evaluation.objects.get_or_create(job=job, defaults=fields)[0]


# ── What serves ───────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def promote(
    *,
    artifact: Artifact,
    by: Any = None,
    reason: str = "",
    is_rollback: bool = False,
    override: str = "",
) -> Promotion:
    """Make an artifact the serving one: a new row, seen by every process at its next request.

    Past a gate that blocks it goes only with the written reason of a member of staff; back, always.
    """
    artifact = Artifact.objects.select_for_update().get(
        pk=artifact.pk
    )  # against pruning it meanwhile
    if not has_files(artifact):
        raise PromotionRefused(
            _("The files of %(name)s are gone; train again.") % {"name": artifact.name}
        )
    if not is_whole(folder_of(artifact)):
        raise PromotionRefused(
            _("The files of %(name)s are damaged; train again.") % {"name": artifact.name}
        )
    live = Promotion.objects.live()
    if live and live.artifact_id == artifact.pk:
        return live
    override = override.strip()
    if is_rollback or not (found := judge(artifact)).is_blocked:
        reason, override = reason or override, ""
    else:
        check_override(found, by, override)
    log.info("artifact %s goes live (%s)", artifact.name, override or reason or "no reason given")
    return Promotion.objects.create(
        artifact=artifact,
        promoted_by=by,
        reason=reason,
        is_rollback=is_rollback,
        override=override,
    )


def judge(artifact: Artifact) -> Verdict:
    """The gate's verdict against what serves now."""
    live = Promotion.objects.live()
    if live is None or not can_serve(live.artifact):
        return verdict(artifact.report, is_first=True)
    report = artifact.report
    if report.get("rival", live.artifact.name) != live.artifact.name:
        report = without_live(report)  # what it was measured beside serves no more
    return verdict(report, reports_of_late(live, now=timezone.now()))


def check_override(found: Verdict, by: Any, override: str) -> None:
    """PromotionRefused unless a member of staff gives a written reason."""
    if not override:
        raise PromotionRefused(found.reason)
    if by is None or not by.is_staff:
        raise PromotionRefused(_("Only staff may let an artifact past the gate."))
    if len(override) < LEAST_OVERRIDE:
        raise PromotionRefused(
            _("Write at least %(n)d characters on why it should serve all the same.")
            % {"n": LEAST_OVERRIDE}
        )


def reports_of_late(live: Promotion, *, now: datetime) -> list[dict[str, Any]]:
    """Reports of the live artifact and of all that went live in the last month."""
    promotions = Promotion.objects.filter(promoted_at__gte=now - BAR_HOLDS)
    recent = Artifact.objects.filter(Q(pk=live.artifact_id) | Q(promotions__in=promotions))
    return [artifact.report for artifact in recent.distinct()]


@transaction.atomic
def roll_back(*, by: Any = None, reason: str = "") -> Promotion:
    """The artifact that served before the live one serves again."""
    if Promotion.objects.live() is None:
        raise PromotionRefused(_("Nothing is live, so there is nothing to go back from."))
    previous = rollback_target()
    if previous is None:
        raise PromotionRefused(_("No earlier artifact is left to go back to."))
    return promote(artifact=previous, by=by, reason=reason, is_rollback=True)


def rollback_target() -> Artifact | None:
    """What served before: going back again goes further back, not forth."""
    served: list[Artifact] = []
    for row in Promotion.objects.select_related("artifact").order_by("id"):
        if row.is_rollback:
            while served and served[-1] != row.artifact:
                served.pop()
        if not served or served[-1] != row.artifact:
            served.append(row.artifact)
    live = served[-1] if served else None
    return next((old for old in reversed(served) if old != live and has_files(old)), None)


def folder_of(artifact: Artifact) -> Path:
    return Path(settings.ARTIFACTS_DIR) / artifact.name


def has_files(artifact: Artifact) -> bool:
    return artifact.pruned_at is None and folder_of(artifact).is_dir()


def can_serve(artifact: Artifact) -> bool:
    """Whether its files are there, whole and of the format that this version reads."""
    return has_files(artifact) and is_whole(folder_of(artifact))


def runs_folder() -> Path:
    """Where runs keep their data and checkpoints, one folder each."""
    return Path(settings.STATE_DIR) / "runs"


def evaluations_folder() -> Path:
    """Where measurements keep their data while they run, one folder each."""
    return Path(settings.STATE_DIR) / "evaluations"


def prune_artifacts(*, now: datetime) -> list[str]:
    """Delete the folders of old artifacts; five stay beside the live one.

    What it would be rolled back to is among the five, and else the newest. What a running
    experiment serves stays too.
    """
    live = Promotion.objects.live()
    previous = rollback_target()
    others, kept = Artifact.objects.filter(pruned_at=None), KEPT_ARTIFACTS
    others = others.exclude(name__in=artifacts_in_use())
    if live is not None:
        others = others.exclude(pk=live.artifact_id)
    if previous is not None:
        others, kept = others.exclude(pk=previous.pk), kept - 1
    return [old.name for old in others.order_by("-created_at", "-id")[kept:] if prune(old, now=now)]


def prune(artifact: Artifact, *, now: datetime) -> bool:
    """Mark first, delete then: whoever reads the mark does not promote it. False if it is live."""
    with transaction.atomic():
        artifact = Artifact.objects.select_for_update().get(pk=artifact.pk)
        live = Promotion.objects.live()
        if live and live.artifact_id == artifact.pk:
            return False
        Artifact.objects.filter(pk=artifact.pk).update(pruned_at=now)
    shutil.rmtree(folder_of(artifact), ignore_errors=True)
    return True


def prune_runs() -> None:
    """Delete checkpoints of runs that are done or gone; runs that can be tried again keep five."""
    unfinished = Run.objects.filter(job__in=Job.objects.unfinished()).values_list("pk", flat=True)
    retryable = Run.objects.filter(job__state__in=[Job.State.FAILED, Job.State.CANCELLED])
    kept = {
        str(pk) for pk in [*unfinished, *retryable.values_list("pk", flat=True)[:KEPT_CHECKPOINTS]]
    }
    folders = runs_folder().iterdir() if runs_folder().is_dir() else []
    for folder in folders:
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def prune_evaluations() -> None:
    """Delete what measurements left that were killed and are not tried again."""
    unfinished = Evaluation.objects.filter(job__in=Job.objects.unfinished())
    kept = {str(pk) for pk in unfinished.values_list("pk", flat=True)}
    folder = evaluations_folder()
    for path in folder.iterdir() if folder.is_dir() else []:
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


# ── The taste picker ──────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def record_tastes(*, user: User, titles: Iterable[Title]) -> None:
    """All of these picks as ratings, or none; the person is not asked again."""
    for picked in titles:
        record_event(user=user, title=picked, kind=Event.Kind.RATE, value=TASTE_STARS)
    user.tastes_asked = True
    user.save(update_fields=["tastes_asked"])


# ── The nightly training ──────────────────────────────────────────────────────────────────────────


@transaction.atomic
def set_nightly(*, enabled: bool, hour: int) -> PeriodicTask:
    """Train every night at this hour (UTC), or not; beat sees the change within seconds."""
    crontab, _created = CrontabSchedule.objects.get_or_create(
        minute="0",
        hour=str(hour),
        day_of_week="*",
        day_of_month="*",
        month_of_year="*",
        timezone="UTC",
    )
    return PeriodicTask.objects.update_or_create(
        name=NIGHTLY,
        defaults={"task": "recommendations.tasks.nightly", "crontab": crontab, "enabled": enabled},
    )[0]
