"""A generator's training from its row to its artifact, by a worker, on tiny images."""

import numpy as np
import pytest

from genai.images import players
from jobs.models import Job
from studio.training_models import GeneratorRun
from studio.training_services import (
    artifact_of,
    folder_of,
    kept_steps,
    preview_of,
)
from studio.training_work import thinned
from tests.platform.studio.training import each_step, make_run, weights_of, work_on

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_training"),
]


def test_a_run_leaves_an_artifact_its_curve_previews_and_a_measuring(unbroken):
    run = work_on(make_run(note="a first one"))
    assert run.job.state == Job.State.DONE, run.job.error
    assert weights_of(artifact_of(run)) == unbroken
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


def test_a_run_that_diverges_again_and_again_says_so(monkeypatch):
    real = players.relativistic_loss
    monkeypatch.setattr(players, "relativistic_loss", lambda *scores: real(*scores) * float("nan"))
    run = work_on(make_run())
    assert run.job.state == Job.State.FAILED
    assert "not finite at step" in run.job.error
    assert run.measuring is None


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


def test_previews_are_thinned_evenly_and_the_ends_stay():
    steps: list[int] = []
    for step in range(0, 3000, 10):
        steps = thinned([*steps, step], 40)
    assert len(steps) == 40
    assert (steps[0], steps[-1]) == (0, 2990)
    gaps = np.diff(steps)
    assert gaps.max() <= 4 * gaps[:-1].min()
