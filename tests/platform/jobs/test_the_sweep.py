"""The sweep sends again what nobody holds, and ends what cannot go on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import broker, services
from jobs.holding import Hold, JobLost
from jobs.models import Job
from jobs.services import cancel, queue_job, retry, sweep
from tests.factories import make_job, make_user

LEASE = timedelta(seconds=30)


@pytest.fixture
def sent(monkeypatch) -> list[int]:
    found: list[int] = []
    monkeypatch.setattr(services, "send", lambda job: found.append(job.pk))
    monkeypatch.setattr(broker, "waiting_wakeups", lambda queue: 0)
    return found


def later() -> object:
    return timezone.now() + timedelta(minutes=5)


@pytest.mark.django_db
def test_a_waiting_job_whose_message_was_lost_is_sent_again(sent):
    job = make_job()
    assert sweep(now=timezone.now()) == 0  # just queued: its message is on its way
    assert sweep(now=later()) == 1
    assert sent == [job.pk]


@pytest.mark.django_db
def test_a_job_whose_worker_died_is_sent_again_and_a_held_one_is_not(sent):
    now = timezone.now()
    dead = make_job(state=Job.State.RUNNING, attempt=1, lease_until=now - LEASE)
    make_job(state=Job.State.RUNNING, attempt=1, lease_until=later() + LEASE)
    sweep(now=later())
    assert sent == [dead.pk]


@pytest.mark.django_db
def test_wakeups_do_not_pile_up_while_jobs_wait(sent, monkeypatch):
    make_job(), make_job()
    monkeypatch.setattr(broker, "waiting_wakeups", lambda queue: 2)
    assert sweep(now=later()) == 0
    monkeypatch.setattr(broker, "waiting_wakeups", lambda queue: 1)
    assert sweep(now=later()) == 2


@pytest.mark.django_db
def test_a_broker_that_is_away_ends_no_job(sent, monkeypatch):
    job = make_job()
    monkeypatch.setattr(broker, "waiting_wakeups", lambda queue: None)
    sweep(now=later())
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


@pytest.mark.django_db
def test_a_job_that_killed_its_worker_each_time_fails_with_a_reason(sent):
    job = make_job(
        state=Job.State.RUNNING, attempt=3, max_attempts=3, lease_until=timezone.now() - LEASE
    )
    sweep(now=timezone.now())
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "stopped unexpectedly" in job.error
    assert sent == []


@pytest.mark.django_db
def test_a_cancelled_job_whose_worker_died_ends_as_cancelled(sent):
    now = timezone.now()
    job = make_job(
        state=Job.State.RUNNING, attempt=1, lease_until=now - LEASE, cancel_requested=True
    )
    sweep(now=now)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


@pytest.mark.django_db
def test_cancelling_ends_a_waiting_job_at_once_and_asks_a_running_one(sent):
    waiting, running = make_job(), make_job(state=Job.State.RUNNING, attempt=1)
    done = make_job(state=Job.State.DONE)
    for job in (waiting, running, done):
        cancel(job)
        job.refresh_from_db()
    assert waiting.state == Job.State.CANCELLED
    assert (running.state, running.cancel_requested) == (Job.State.RUNNING, True)
    assert (done.state, done.cancel_requested) == (Job.State.DONE, False)


@pytest.mark.django_db
def test_a_retried_job_gets_fresh_attempts_and_its_old_workers_stay_fenced_off(
    sent, django_capture_on_commit_callbacks
):
    job, now = make_job(), timezone.now()
    stale = Hold(Job.objects.claim(job.pk, now=now, lease=LEASE))
    Job.objects.filter(pk=job.pk).update(state=Job.State.FAILED, error="broke")
    with django_capture_on_commit_callbacks(execute=True):
        retry(job)
    assert sent == [job.pk]
    again = Job.objects.claim(job.pk, now=now, lease=LEASE)
    assert again.attempt == 2
    assert again.max_attempts - again.attempt == 2
    with pytest.raises(JobLost):
        stale.report(0.5, "stale")


@pytest.mark.django_db
def test_the_same_key_gives_the_same_job_also_without_an_owner(sent):
    owner = make_user()
    first = queue_job(task="t", label="a", owner=owner, key="k")
    assert queue_job(task="t", label="a", owner=owner, key="k") == first
    assert queue_job(task="t", label="a", owner=make_user(), key="k") != first
    nobody = queue_job(task="t", label="a", key="k")
    assert queue_job(task="t", label="a", key="k") == nobody
    assert queue_job(task="t", label="a") != queue_job(task="t", label="a")


@pytest.mark.django_db
def test_a_job_is_sent_only_after_its_row_is_committed(sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        job = queue_job(task="t", label="a")
    assert sent == []
    callbacks[0]()
    assert sent == [job.pk]
