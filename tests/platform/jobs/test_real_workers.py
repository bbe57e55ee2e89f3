"""Workers in processes of their own, killed as power cuts and out-of-memory killers do."""

import os
import signal
from collections.abc import Iterator

import pytest
from celery import current_app

from jobs.models import Job
from jobs.services import cancel
from tests.factories import make_job
from tests.platform.jobs.workers import Workers, wait_for

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def workers(tmp_path) -> Iterator[Workers]:
    found = Workers(tmp_path)
    yield found
    found.stop()


def counting(steps: int, **changes: object) -> Job:
    return make_job(task="tests.count", params={"steps": steps}, **changes)


def runs(job: Job) -> bool:
    return job.state == Job.State.RUNNING and job.progress > 0


def is_over(job: Job) -> bool:
    return job.is_finished


def test_a_job_goes_on_within_a_minute_after_its_worker_was_killed(workers):
    workers.start_beat()
    workers.start("interactive")
    heavy = workers.start("heavy")
    job = counting(60, queue=Job.Queue.HEAVY)
    wait_for(job, runs, seconds=60)
    workers.kill(heavy)
    workers.start("heavy")
    took = wait_for(job, lambda job: job.attempt == 2, seconds=60)
    wait_for(job, is_over, seconds=60)
    assert job.state == Job.State.DONE
    print(f"taken up again after {took:.0f} s")


def test_a_job_goes_on_after_its_pool_process_was_killed(workers):
    workers.start_beat()
    workers.start("interactive")
    heavy = workers.start("heavy")
    job = counting(60, queue=Job.Queue.HEAVY)
    wait_for(job, runs, seconds=60)
    os.kill(int(job.worker.rsplit(":", 1)[1]), signal.SIGKILL)
    took = wait_for(job, lambda job: job.attempt == 2, seconds=60)
    wait_for(job, is_over, seconds=60)
    assert job.state == Job.State.DONE
    assert heavy.poll() is None
    print(f"taken up again after {took:.0f} s")


def test_a_job_that_kills_its_worker_every_time_fails_with_a_reason(workers):
    workers.start_beat()
    workers.start("interactive")
    workers.start("heavy")
    job = make_job(task="tests.die", queue=Job.Queue.HEAVY, max_attempts=3)
    wait_for(job, is_over, seconds=240)
    assert (job.state, job.attempt) == (Job.State.FAILED, 3)
    assert "stopped unexpectedly" in job.error


def test_a_cancelled_job_stops_within_ten_seconds(workers):
    workers.start_beat()
    workers.start("interactive")
    job = counting(3000)
    wait_for(job, runs, seconds=60)
    cancel(job)
    took = wait_for(job, is_over, seconds=10)
    assert job.state == Job.State.CANCELLED
    print(f"stopped after {took:.1f} s")


def test_a_broker_that_forgets_everything_loses_no_job(workers):
    workers.start_beat()
    workers.start("interactive")
    first = counting(100)
    wait_for(first, runs, seconds=60)
    waiting = [counting(2) for _ in range(5)]
    workers.broker.flushdb()
    for job in [first, *waiting]:
        wait_for(job, is_over, seconds=90)
        assert job.state == Job.State.DONE


def test_a_short_job_starts_within_five_seconds_while_a_heavy_one_runs(workers):
    workers.start_beat()
    workers.start("interactive")
    workers.start("heavy")
    heavy = counting(600, queue=Job.Queue.HEAVY)
    wait_for(heavy, runs, seconds=60)
    warm_up = counting(1)
    wait_for(warm_up, is_over, seconds=60)
    short = counting(20)
    with current_app.connection_for_write(workers.redis_url) as to_broker:
        current_app.send_task(short.task, args=[short.pk], queue=short.queue, connection=to_broker)
    took = wait_for(short, runs, seconds=5)
    heavy.refresh_from_db()
    assert heavy.state == Job.State.RUNNING
    print(f"started after {took:.1f} s")


def test_a_worker_told_to_stop_gives_its_job_back_at_once(workers):
    workers.start_beat()
    workers.start("interactive")
    heavy = workers.start("heavy")
    job = counting(3000, queue=Job.Queue.HEAVY)
    wait_for(job, runs, seconds=60)
    heavy.send_signal(signal.SIGQUIT)  # what REMAP_SIGTERM=SIGQUIT makes of SIGTERM
    wait_for(job, lambda job: job.state == Job.State.QUEUED, seconds=20)
    assert heavy.wait(20) is not None
