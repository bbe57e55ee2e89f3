"""A cancel is never lost, whatever the worker does at that moment."""

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from jobs import holding
from jobs.holding import Hold
from jobs.models import Job
from jobs.services import cancel
from tests.factories import make_job


@pytest.mark.django_db
@pytest.mark.parametrize("writes_before", [0, 1, 2])
def test_a_job_given_back_while_it_is_cancelled_ends(writes_before, settings, monkeypatch):
    now = timezone.now()
    hold = Hold(Job.objects.claim(make_job().pk, now=now, lease=settings.JOB_LEASE))
    update = QuerySet.update
    writes: list[dict[str, object]] = []

    def give_back() -> None:
        if len(writes) == writes_before:
            writes.append({})
            holding._give_back(hold, "for a test")

    def interrupted(rows: QuerySet, **fields: object) -> int:
        give_back()
        changed = update(rows, **fields)
        writes.append(fields)
        return changed

    monkeypatch.setattr(QuerySet, "update", interrupted)
    cancel(hold.job)
    give_back()
    monkeypatch.undo()
    job = Job.objects.get(pk=hold.job.pk)
    assert job.state == Job.State.CANCELLED or job.cancel_requested
    assert Job.objects.claim(job.pk, now=now, lease=settings.JOB_LEASE) is None
