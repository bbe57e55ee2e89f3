"""Whose turn it is: members by turns, each with their oldest job first."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max

from jobs.models import Job
from studio.models import TASK

REMEMBERED = timedelta(hours=1)  # whoever was not served for so long comes before who was


def waiting_in_turn(*, now: datetime) -> list[int]:
    """Ids of the jobs of the studio that no worker holds, the next one first."""
    jobs = Job.objects.filter(task=TASK)
    waiting = list(jobs.unheld(now).order_by("pk").values_list("pk", "owner_id"))
    held = jobs.filter(state=Job.State.RUNNING, lease_until__gte=now)
    running: Counter[int | None] = Counter(held.values_list("owner_id", flat=True))
    recent = jobs.filter(
        owner__in={owner for _pk, owner in waiting}, started_at__gte=now - REMEMBERED
    )
    served = dict(recent.order_by().values_list("owner_id").annotate(Max("started_at")))
    return by_turns(waiting, running=running, served=served)


def by_turns(
    waiting: Iterable[tuple[int, int | None]],
    *,
    running: Counter[int | None],
    served: dict[int | None, datetime],
) -> list[int]:
    """waiting: (job, owner), oldest first. running: jobs of each owner that workers hold.

    In each round every owner has one; who was served longest ago begins.
    """
    rounds = Counter(running)
    places = []
    for job, owner in waiting:
        rounds[owner] += 1
        last = served[owner].timestamp() if owner in served else 0.0
        places.append((rounds[owner], last, job))
    return [job for _round, _last, job in sorted(places)]
