"""A generator's training from its row to its artifact, by a worker, on tiny images."""

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from celery import current_app

from config.media import media_path
from genai.artifacts import WEIGHTS
from genai.errors import DataError, Stopped
from genai.images import players, training
from genai.images.gan import PRESETS
from genai.images.recipe import SIZES, check_trainable
from genai.images.training import train
from jobs.holding import Hold
from jobs.models import Job
from jobs.services import retry
from studio.tasks import train_generator
from studio.training_models import GeneratorRun, why_unfit
from studio.training_services import (
    StudioRefused,
    artifact_of,
    folder_of,
    kept_steps,
    preview_of,
    queue_generator_run,
)
from studio.training_work import thinned
from tests.factories import make_user
from tests.genai.images.toy import make_config, make_images
from tests.platform.studio.training import make_dataset, make_run, quick_export

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    settings.CELERY_BROKER_URL = "memory://"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)
    quick_export(monkeypatch)


def work_on(run: GeneratorRun) -> GeneratorRun:
    """One delivery of its wake-up."""
    train_generator(run.job_id)
    return GeneratorRun.objects.select_related("job", "measuring").get(pk=run.pk)


def weights(folder: Path) -> bytes:
    return (folder / WEIGHTS).read_bytes()


@pytest.fixture
def unbroken(tmp_path) -> bytes:
    """What `tiny` comes to on these images, with nobody in between."""
    out = tmp_path / "unbroken"
    train(make_images(), out, make_config())
    return weights(out)


def each_step(monkeypatch, act) -> None:
    """act(number) before every step, counted over all attempts."""
    real, counted = players.Players.step, iter(range(1, 10_000))

    def step(self, *given):
        act(next(counted))
        return real(self, *given)

    monkeypatch.setattr(players.Players, "step", step)


def test_a_run_leaves_an_artifact_its_curve_previews_and_a_measuring(unbroken):
    run = work_on(make_run(note="a first one"))
    assert run.job.state == Job.State.DONE, run.job.error
    assert weights(artifact_of(run)) == unbroken
    assert run.facts["steps"] == 60
    assert run.facts["rollbacks"] == 0
    assert {"step", "seconds", "generator_loss", "discriminator_loss", "margin"} <= set(
        run.curve[0]
    )
    assert run.previews[0] == 0
    assert run.previews[-1] == 60
    assert all(preview_of(run, step).is_file() for step in run.previews)
    assert len(kept_steps(run)) == 6
    assert run.job.result["url"] == run.get_absolute_url()
    assert not list(folder_of(run).glob("*.checkpoint*"))
    assert run.measuring.state == Job.State.QUEUED
    assert run.measuring.queue == Job.Queue.HEAVY
    assert run.measuring.owner == run.job.owner


def test_the_first_preview_is_on_the_page_before_the_first_step(monkeypatch):
    run, seen = make_run(), []
    each_step(monkeypatch, lambda number: seen.append(GeneratorRun.objects.get(pk=run.pk).previews))
    work_on(run)
    assert seen[0] == [0]
    assert preview_of(run, 0).is_file()


def test_the_curve_and_the_progress_grow_while_it_trains(monkeypatch):
    monkeypatch.setattr("studio.training_work.ROW_SECONDS", 0.0)
    monkeypatch.setattr("studio.training_work.REPORT_SECONDS", 0.0)
    run, seen = make_run(), []

    def look(number: int) -> None:
        found = GeneratorRun.objects.select_related("job").get(pk=run.pk)
        seen.append((len(found.curve), found.job.progress, found.job.message))

    each_step(monkeypatch, look)
    work_on(run)
    assert seen[31] == (6, 0.5, "Training: step 30 of 60")


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
    assert weights(artifact_of(run)) == unbroken
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
    assert weights(artifact_of(work_on(run))) == unbroken


@pytest.fixture
def holds(monkeypatch) -> list[Hold]:
    """Every worker's hold on a job, the newest last."""
    real, found = Hold.__init__, []

    def remember(self, job) -> None:
        real(self, job)
        found.append(self)

    monkeypatch.setattr(Hold, "__init__", remember)
    return found


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
    assert weights(artifact_of(run)) == unbroken


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


def test_a_run_that_diverges_again_and_again_says_so(monkeypatch):
    real = players.relativistic_loss
    monkeypatch.setattr(players, "relativistic_loss", lambda *scores: real(*scores) * float("nan"))
    run = work_on(make_run())
    assert run.job.state == Job.State.FAILED
    assert "not finite at step" in run.job.error
    assert run.measuring is None


@pytest.mark.parametrize(
    ("harm", "reason"),
    [("gone", "The images of Halves are gone."), ("torn", "is damaged"), ("removed", "are gone")],
)
def test_data_that_cannot_be_read_are_a_reason_in_words(harm, reason):
    run = make_run()
    path = media_path(run.dataset.file)
    if harm == "gone":
        path.unlink()
    elif harm == "torn":
        path.write_bytes(path.read_bytes()[:100])
    else:
        type(run.dataset).objects.update(is_removed=True)
    run = work_on(run)
    assert run.job.state == Job.State.FAILED
    assert reason in run.job.error


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_run_is_refused_before_it_waits_exactly_where_its_training_would_be(preset, size):
    refused = nullcontext()
    if why_unfit(preset, size):
        refused = pytest.raises(DataError, match="cannot be halved")
    with refused:
        check_trainable(make_images(4, size=size), PRESETS[preset])


def test_too_few_images_are_a_reason_in_words():
    images = make_images().take(np.arange(1))
    run = work_on(make_run(make_dataset(images)))
    assert run.job.state == Job.State.FAILED
    assert "too few to hold out" in run.job.error


def test_an_attempt_that_died_after_the_artifact_does_not_train_again(monkeypatch):
    run = work_on(make_run())
    Job.objects.filter(pk=run.job_id).update(state=Job.State.QUEUED)
    GeneratorRun.objects.update(facts={})
    each_step(monkeypatch, lambda number: pytest.fail("trained again"))
    assert work_on(run).facts["steps"] == 60


def test_a_run_whose_images_went_after_its_artifact_is_kept_without_a_measuring():
    run = work_on(make_run())
    run.measuring.delete()
    Job.objects.filter(pk=run.job_id).update(state=Job.State.QUEUED)
    type(run.dataset).objects.update(is_removed=True)
    run = work_on(run)
    assert run.job.state == Job.State.DONE, run.job.error
    assert run.measuring is None


def test_one_key_starts_one_run_and_data_that_are_not_read_start_none():
    staff, dataset = make_user(is_staff=True), make_dataset()
    wish = {"owner": staff, "dataset": dataset, "preset": "tiny", "minutes": 1, "key": "once"}
    assert queue_generator_run(**wish) == queue_generator_run(**wish)
    dataset.file = ""
    dataset.save()
    assert queue_generator_run(**wish)  # it is known already
    with pytest.raises(StudioRefused, match="has no images"):
        queue_generator_run(**wish | {"key": "twice"})
    never = make_dataset(make_images(32), name="Never used")
    type(never).objects.filter(pk=never.pk).delete()
    with pytest.raises(StudioRefused, match="has no images"):
        queue_generator_run(**wish | {"key": "thrice", "dataset": never})
    assert GeneratorRun.objects.count() == 1


def test_previews_are_thinned_evenly_and_the_ends_stay():
    steps: list[int] = []
    for step in range(0, 3000, 10):
        steps = thinned([*steps, step], 40)
    assert len(steps) == 40
    assert (steps[0], steps[-1]) == (0, 2990)
    gaps = np.diff(steps)
    assert gaps.max() <= 4 * gaps[:-1].min()
