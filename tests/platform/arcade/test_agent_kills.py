"""kill -9 of a worker that trains an agent: nothing is lost, nothing half, the same bytes."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from celery import current_app
from django.utils import timezone

from arcade.training_models import AgentRun
from arcade.training_services import artifact_of, folder_of
from genai.games.presets import TINY
from genai.games.rules import game_of
from genai.games.serving import load_agent
from genai.games.training import train
from jobs.models import Job
from jobs.services import sweep
from tests.platform.arcade.training import GAME, make_run, weights_of
from tests.platform.jobs.workers import Workers

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS, KILLED_AFTER = 12, (2, 5)  # rounds
LEASE_SECONDS = 2
PATIENCE_SECONDS = 300  # for one step, on a machine that does much else


@pytest.fixture
def workers(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """With the folder, the broker and the lease that the test has as well."""
    settings.STATE_DIR = tmp_path
    settings.JOB_LEASE = timedelta(seconds=LEASE_SECONDS)
    settings.JOB_MAX_ATTEMPTS = 20  # a lease may run out on a busy machine, too
    found = Workers(
        tmp_path,
        "tests.platform.arcade.agent_worker_app",
        MARQUEE_STATE=str(tmp_path),
        TEST_LEASE=str(LEASE_SECONDS),
        TEST_ROUNDS=str(ROUNDS),
    )
    settings.REDIS_URL = found.redis_url
    with current_app.connection_for_write(found.redis_url) as broker:
        send = partial(current_app.send_task, connection=broker)
        monkeypatch.setattr(current_app, "send_task", send)
        yield found
        found.stop()


def watched(run: AgentRun) -> Iterator[AgentRun]:
    """The run, again and again, swept as the site does every ten seconds."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        sweep(now=timezone.now())
        yield AgentRun.objects.select_related("job", "rating").get(pk=run.pk)
        time.sleep(0.05)
    pytest.fail(f"still not over: {Job.objects.get(pk=run.job_id)}")


def test_killed_workers_cost_a_training_nothing(tmp_path: Path, workers: Workers):
    unbroken = train(game_of(GAME), tmp_path / "unbroken", replace(TINY, rounds=ROUNDS)).artifact
    worker = workers.start("heavy")
    run = make_run()
    for rounds in KILLED_AFTER:
        found = next(found for found in watched(run) if len(found.curve) >= rounds)
        assert found.job.state == Job.State.RUNNING, found.job.error
        workers.kill(worker)
        assert not artifact_of(run).exists()
        worker = workers.start("heavy")

    found = next(found for found in watched(run) if found.job.is_finished)
    assert (found.job.state, found.job.attempt) == (Job.State.DONE, 1 + len(KILLED_AFTER)), (
        found.job.error
    )
    assert weights_of(artifact_of(run)) == weights_of(unbroken)
    assert len(found.curve) == ROUNDS
    assert not list(folder_of(run).rglob("*.part"))
    found = next(found for found in watched(run) if found.rating.is_finished)
    assert found.rating.state == Job.State.DONE, found.rating.error
    assert all(level.rating for level in load_agent(artifact_of(run)).levels)
