"""kill -9 of a worker that trains a generator, again and again: nothing is lost, nothing half."""

import json
import os
import random
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from celery import current_app
from django.utils import timezone

from genai.artifacts import MANIFEST
from genai.images.gan import PRESETS
from genai.images.training import LOOK_EVERY, train
from jobs.models import Job
from jobs.services import sweep
from studio.training_models import GeneratorRun
from studio.training_services import artifact_of, folder_of, kept_steps
from tests.genai.images.toy import make_images
from tests.platform.jobs.workers import Workers
from tests.platform.studio.training import ENOUGH, make_run, quick_export, weights_of

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KILLS, WHOLE_WORKER_EACH = 10, 5  # the others kill the process of its pool that trains
STEPS, LEASE_SECONDS = 300, 2
PATIENCE_SECONDS = 300  # for one step, on a machine that does much else


@pytest.fixture
def workers(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    """With the folders, the broker and the lease that the test has as well."""
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR, settings.MEDIA_ROOT = tmp_path / "artifacts", tmp_path / "media"
    settings.JOB_LEASE = timedelta(seconds=LEASE_SECONDS)
    settings.JOB_MAX_ATTEMPTS = 10 * KILLS  # a lease may run out on a busy machine, too
    found = Workers(
        tmp_path,
        "tests.platform.studio.worker_app",
        MARQUEE_STATE=str(tmp_path),
        TEST_LEASE=str(LEASE_SECONDS),
        TEST_STEPS=str(STEPS),
    )
    settings.REDIS_URL = found.redis_url
    with current_app.connection_for_write(found.redis_url) as broker:
        send = partial(current_app.send_task, connection=broker)
        monkeypatch.setattr(current_app, "send_task", send)
        yield found
        found.stop()


@pytest.fixture
def unbroken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """sha256 of the weights of a training that nobody disturbs."""
    out = tmp_path / "unbroken"
    with monkeypatch.context() as patch:
        quick_export(patch)
        train(make_images(ENOUGH), out, replace(PRESETS["tiny"], steps=STEPS))
    return sha256(weights_of(out)).hexdigest()


def watched(run: GeneratorRun) -> Iterator[Job]:
    """The job, again and again, swept as the site does every ten seconds; artifacts are whole."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        sweep(now=timezone.now())
        assert_whole(run)
        yield Job.objects.get(pk=run.job_id)
        time.sleep(0.05)
    pytest.fail(f"still not over: {Job.objects.get(pk=run.job_id)}")


def assert_whole(run: GeneratorRun) -> None:
    """What stands under its name is complete, to the byte."""
    for folder in (artifact_of(run), *(artifact_of(run, step) for step in kept_steps(run))):
        if folder.is_dir():
            files = json.loads((folder / MANIFEST).read_text())["files"]
            for name, facts in files.items():
                assert sha256((folder / name).read_bytes()).hexdigest() == facts["sha256"]


def checkpoints_of(run: GeneratorRun, job: Job, least: int) -> None:
    """Wait until this attempt has written so many."""
    seen: set[int] = set()
    attempt = job.attempt
    for now in watched(run):
        if now.attempt > attempt and now.state == Job.State.RUNNING:
            found = list(folder_of(run).glob("*.checkpoint.safetensors"))
            seen |= {path.stat().st_mtime_ns for path in found}
        if len(seen) > least or now.is_finished:
            return


def test_ten_kills_of_its_worker_cost_a_training_nothing(unbroken: str, workers: Workers):
    chance = random.Random(0)
    worker = workers.start("heavy")
    run = make_run(minutes=600, seed=0)
    killed = 0
    for kill in range(KILLS):
        job = Job.objects.get(pk=run.job_id)
        checkpoints_of(run, job, chance.randint(0, STEPS // LOOK_EVERY // KILLS // 4))
        time.sleep(chance.random() / 10)
        job.refresh_from_db()
        assert job.state == Job.State.RUNNING, f"kill {kill}: {job}, {job.error}"
        if kill % WHOLE_WORKER_EACH == 0:
            workers.kill(worker)
            worker = workers.start("heavy")
        else:
            os.kill(int(job.worker.rsplit(":", 1)[1]), signal.SIGKILL)
        killed += 1
        assert not artifact_of(run).exists()

    job = next(job for job in watched(run) if job.is_finished)
    assert (job.state, job.attempt) == (Job.State.DONE, KILLS + 1), job.error
    assert killed == KILLS
    assert sha256(weights_of(artifact_of(run))).hexdigest() == unbroken
    assert len(kept_steps(run)) == 1
    assert not list(folder_of(run).rglob("*.part"))
    assert Job.objects.get(measured_generator_run=run).state != Job.State.FAILED
