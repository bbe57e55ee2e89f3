"""Claiming, fencing and the end of a job, whoever delivers it and how often."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs.holding import Hold, JobCancelled, JobLost, JobRefused, claimed
from jobs.models import Job
from tests.factories import make_job

LEASE = timedelta(seconds=30)


@pytest.mark.django_db(transaction=True)
def test_of_many_deliveries_at_once_one_runs():
    jobs = [make_job() for _ in range(5)]
    ran: list[int] = []

    def deliver() -> None:
        for job in jobs:
            with claimed(job.pk) as hold:
                if hold:
                    ran.append(job.pk)
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == [job.pk for job in jobs]
    assert set(Job.objects.values_list("state", "attempt")) == {(Job.State.DONE, 1)}


@pytest.mark.django_db
def test_a_held_job_cannot_be_claimed_until_its_lease_ends():
    job, now = make_job(), timezone.now()
    assert Job.objects.claim(job.pk, now=now, lease=LEASE).attempt == 1
    assert Job.objects.claim(job.pk, now=now + LEASE / 2, lease=LEASE) is None
    assert Job.objects.claim(job.pk, now=now + LEASE * 2, lease=LEASE).attempt == 2


@pytest.mark.django_db
def test_a_stale_worker_changes_nothing():
    job, now = make_job(), timezone.now()
    stale = Hold(Job.objects.claim(job.pk, now=now, lease=LEASE))
    fresh = Hold(Job.objects.claim(job.pk, now=now + LEASE * 2, lease=LEASE))
    fresh.report(0.5, "half")
    with pytest.raises(JobLost):
        stale.report(0.9, "stale")
    stale.beat()
    job.refresh_from_db()
    assert (job.progress, job.message) == (0.5, "half")
    assert stale.should_stop()
    assert not fresh.should_stop()


@pytest.mark.django_db(transaction=True)
def test_a_job_taken_over_while_it_ran_is_not_ended_by_the_first_worker():
    job = make_job()
    with claimed(job.pk):
        Job.objects.filter(pk=job.pk).update(attempt=2)
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING


@pytest.mark.parametrize(
    ("raised", "state", "reason"),
    [
        (JobCancelled(), Job.State.CANCELLED, ""),
        (JobRefused("Too few events."), Job.State.FAILED, "Too few events."),
        (KeyError("colour"), Job.State.FAILED, "KeyError"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_how_work_ends_is_how_the_job_ends(raised, state, reason):
    job = make_job()
    with claimed(job.pk):
        raise raised
    job.refresh_from_db()
    assert job.state == state
    assert reason in job.error
    assert job.finished_at is not None
    assert job.lease_until is None


@pytest.mark.django_db(transaction=True)
def test_a_worker_told_to_stop_gives_the_job_back_and_no_attempt_is_lost():
    job = make_job(max_attempts=1)
    with pytest.raises(SystemExit), claimed(job.pk):
        raise SystemExit(0)
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert Job.objects.claim(job.pk, now=timezone.now(), lease=LEASE).attempt == 2


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_extends_the_lease_and_hears_a_cancel(settings):
    settings.JOB_LEASE = timedelta(seconds=1)
    job = make_job()
    with claimed(job.pk) as hold:
        first = Job.objects.get(pk=job.pk).lease_until
        Job.objects.filter(pk=job.pk).update(cancel_requested=True)
        assert hold.cancelled.wait(5)
        assert Job.objects.get(pk=job.pk).lease_until > first
        hold.report(0.5, "on")
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


@pytest.mark.django_db(transaction=True)
def test_notes_are_kept_in_order():
    job = make_job()
    with claimed(job.pk) as hold:
        hold.note("first")
        hold.note("second")
    job.refresh_from_db()
    assert [line.split(" ", 1)[1] for line in job.log.splitlines()] == ["first", "second"]
