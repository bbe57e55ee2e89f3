"""A generator's training that is killed, stopped, cancelled or lost, and goes on."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from genai.errors import Stopped
from genai.images import training
from jobs.models import Job
from jobs.services import retry
from studio.tasks import train_generator
from studio.training_models import GeneratorRun
from studio.training_services import (
    artifact_of,
    folder_of,
    kept_steps,
    preview_of,
)
from tests.platform.studio.sets import good_zip, read, send
from tests.platform.studio.training import each_step, make_run, weights_of, work_on

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_training"),
]


def test_a_killed_worker_s_run_ends_in_the_same_bytes(unbroken, monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(training, "PREVIEW_SECONDS", 0.0)
    run = make_run()

    class Killed(BaseException):
        pass

    def die(number: int) -> None:
        if number in {24, 40}:
            raise Killed

    each_step(monkeypatch, die)
    for _ in range(2):
        with pytest.raises(Killed):
            train_generator(run.job_id)
        assert not artifact_of(run).exists()
        Job.objects.filter(pk=run.job_id).update(lease_until="2026-01-01T00:00Z")  # it ran out
    run = work_on(run)
    assert run.job.state == Job.State.DONE, run.job.error
    assert run.job.attempt == 3
    assert weights_of(artifact_of(run)) == unbroken
    assert run.previews == sorted(set(run.previews))
    assert len(kept_steps(run)) == 6


def test_what_killed_attempts_left_is_cleared_before_the_next(monkeypatch):
    run = make_run()
    GeneratorRun.objects.filter(pk=run.pk).update(previews=[0])
    folder = folder_of(run)
    left = [
        *(folder / ".artifact.0a1b.part" / "weights", folder / ".artifact.checkpoint.2c.part"),
        *(folder / "previews" / ".0000005.png.3d.part", folder / "snapshots" / ".7.4e.part" / "x"),
        *(preview_of(run, 5), preview_of(run, 0)),
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    found: list[Path] = []

    def look(*given, **more) -> None:
        found.extend(path for path in folder.rglob("*") if path.is_file())
        raise Stopped("seen enough")

    monkeypatch.setattr(training, "train", look)
    assert work_on(run).job.error == "seen enough"
    assert found == [preview_of(run, 0)]


def test_a_worker_that_is_told_to_stop_gives_the_run_back(unbroken, monkeypatch):
    run = make_run()

    def stop(number: int) -> None:
        if number == 24:
            raise SystemExit

    each_step(monkeypatch, stop)
    with pytest.raises(SystemExit):
        train_generator(run.job_id)
    run.job.refresh_from_db()
    assert run.job.state == Job.State.QUEUED
    assert weights_of(artifact_of(work_on(run))) == unbroken


@pytest.mark.parametrize("last", [24, training.LOOK_EVERY * 5])
def test_a_cancelled_run_stops_at_the_next_step_and_goes_on_from_there(
    unbroken, holds, monkeypatch, last
):
    monkeypatch.setattr("studio.training_work.REPORT_SECONDS", 0.0)
    run, steps = make_run(), []

    def cancel(number: int) -> None:
        steps.append(number)
        if number == last:
            Job.objects.filter(pk=run.job_id).update(cancel_requested=True)
            holds[-1].beat()

    each_step(monkeypatch, cancel)
    run = work_on(run)
    assert run.job.state == Job.State.CANCELLED
    assert len(steps) == last
    assert list(folder_of(run).glob("*.checkpoint*"))
    assert run.measuring is None
    retry(run.job)
    run = work_on(run)
    assert run.job.state == Job.State.DONE, run.job.error
    assert len(steps) == 60
    assert weights_of(artifact_of(run)) == unbroken


def test_a_run_that_is_cancelled_at_its_last_step_is_cancelled(holds, monkeypatch):
    run = make_run()

    def cancel(number: int) -> None:
        if number == 60:
            Job.objects.filter(pk=run.job_id).update(cancel_requested=True)
            holds[-1].beat()

    each_step(monkeypatch, cancel)
    run = work_on(run)
    assert run.job.state == Job.State.CANCELLED
    retry(run.job)
    assert work_on(run).job.state == Job.State.DONE


def test_a_worker_that_lost_the_run_stops_and_writes_nothing(holds, monkeypatch):
    """Another has taken it over; the checkpoint and the row are now the other's."""
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(training, "PREVIEW_SECONDS", 0.0)
    run = make_run()

    def lose(number: int) -> None:
        if number == 24:
            Job.objects.filter(pk=run.job_id).update(attempt=2, worker="another")
            GeneratorRun.objects.filter(pk=run.pk).update(previews=[0, 7], curve=[])
            checkpoint = next(folder_of(run).glob("*.checkpoint*"))
            checkpoint.write_bytes(b"the other's")
            holds[-1].beat()

    each_step(monkeypatch, lose)
    run = work_on(run)
    assert run.job.state == Job.State.RUNNING
    assert (run.previews, run.curve, run.facts) == ([0, 7], [], {})
    assert next(folder_of(run).glob("*.checkpoint*")).read_bytes() == b"the other's"
    assert not artifact_of(run).exists()
    assert not preview_of(run, 25).exists()


def test_a_training_makes_room_for_images_that_wait_to_be_read_and_goes_on_after_them(
    unbroken, monkeypatch
):
    monkeypatch.setattr("studio.training_work.REPORT_SECONDS", 0.0)
    run, steps, sent = make_run(), [], []

    def send_images(number: int) -> None:
        steps.append(number)
        if number == 24:
            sent.append(send(good_zip()))

    each_step(monkeypatch, send_images)
    for _ in range(2):  # the second time it has not begun before it gives its place back
        run = work_on(run)
        assert (run.job.state, len(steps)) == (Job.State.QUEUED, 24)
        assert run.job.max_attempts - run.job.attempt == 3
        assert "images wait to be read" in run.job.message
    assert read(sent[0]).is_ready
    run = work_on(run)
    assert run.job.state == Job.State.DONE, run.job.error
    assert len(steps) == 60
    assert weights_of(artifact_of(run)) == unbroken


@pytest.mark.parametrize("reading", ["held", "cancelled"])
def test_a_training_goes_on_beside_images_that_another_reads_or_that_nobody_wants(
    reading, monkeypatch
):
    monkeypatch.setattr("studio.training_work.REPORT_SECONDS", 0.0)
    job, later = send(good_zip()).job, timezone.now() + timedelta(hours=1)
    if reading == "held":
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, lease_until=later)
    else:
        Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    assert work_on(make_run()).job.state == Job.State.DONE
