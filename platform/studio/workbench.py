"""What of a member's jobs the studio shows: the one at work, the next, those that failed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q

from jobs.models import Job
from studio.models import JUST_ENDED, TASK, Image
from studio.turns import waiting_in_turn

MOST_SHOWN = 6


@dataclass(frozen=True)
class Line:
    """A job that is not the one at work. place: 1 is next of all members; None: it has ended."""

    job: Job
    place: int | None


@dataclass(frozen=True)
class Workbench:
    """current: at work, else next, else the newest that is done."""

    current: Line | None
    others: list[Line]

    @property
    def is_busy(self) -> bool:
        lines = [self.current, *self.others] if self.current else self.others
        return any(line is not None and not line.job.is_finished for line in lines)


def workbench_of(user: Any, *, now: datetime) -> Workbench:
    shown = Q(finished_at=None) | Q(finished_at__gte=now - JUST_ENDED)
    images = Prefetch("drawing__images", Image.objects.order_by("number"))
    jobs = list(
        Job.objects.filter(shown, owner=user.pk, task=TASK)
        .select_related("drawing__generator", "walk__generator")
        .prefetch_related(images)[: 4 * MOST_SHOWN]
    )
    open_ids = {job.pk for job in jobs if not job.is_finished}
    places = {}
    if open_ids:
        turns = waiting_in_turn(now=now)
        places = {pk: place for place, pk in enumerate(turns, start=1) if pk in open_ids}
    lines = [Line(job, places.get(job.pk)) for job in jobs]
    current = _current(lines)
    others = [line for line in lines if line is not current and line.job.state != Job.State.DONE]
    others.sort(key=lambda line: (line.job.is_finished, line.place or 0, -line.job.pk))
    return Workbench(current, [line for line in others if _matters(line)][:MOST_SHOWN])


def _current(lines: list[Line]) -> Line | None:
    running = [line for line in lines if line.job.state == Job.State.RUNNING]
    waiting = [line for line in lines if line.job.state == Job.State.QUEUED]
    done = [
        line for line in lines if line.job.is_finished and line.job.state != Job.State.CANCELLED
    ]
    if running:
        return running[-1]
    if waiting:
        return min(waiting, key=lambda line: line.place or 0)
    return done[0] if done else None


def _matters(line: Line) -> bool:
    """Whoever has cancelled a job knows it."""
    return line.job.state != Job.State.CANCELLED
