"""What a run left draws for members, is taken back, and does not fill the disk."""

import shutil

import pytest
from celery import current_app
from django.db import connection

from jobs.models import Job
from studio import loading
from studio.models import Generator
from studio.services import StudioRefused
from studio.training_models import GeneratorRun
from studio.training_services import (
    KEPT_RUNS,
    artifact_of,
    folder_of,
    kept_steps,
    preview_of,
    prune_generator_runs,
    publish_run,
    queue_measuring,
    roll_back_to,
    runs_folder,
)
from tests.platform.studio.drawing import make_image
from tests.platform.studio.training import make_dataset, make_done_run, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)
    loading.forget()


@pytest.fixture
def run(trained) -> GeneratorRun:
    return make_done_run(trained)


def drawn(member) -> str:
    """The bytes of what a member gets who asks for one image."""
    generator = Generator.objects.current().get()
    return make_image(member, generator, label="left").sha256


def test_publishing_and_going_back_change_what_members_draw_with(run, member):
    first = publish_run(run=run, name="Halves", step=30)
    before = drawn(member)
    second = publish_run(run=run, name=" Halves ")
    assert drawn(member) != before
    run.refresh_from_db()
    assert run.published == second
    roll_back_to(generator=first)
    assert drawn(member) == before
    assert list(Generator.objects.current()) == [first]


def test_another_name_draws_beside(run):
    publish_run(run=run, name="Halves")
    publish_run(run=run, name="Sides", step=30)
    assert [generator.name for generator in Generator.objects.current()] == ["Halves", "Sides"]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("nameless", "need a name"),
        ("unfinished", "has not come to its end"),
        ("no such step", "Nothing is kept of step 31"),
        ("gone", "missing or damaged"),
    ],
)
def test_what_cannot_draw_is_refused(run, harm, reason):
    if harm == "unfinished":
        run.job.state = Job.State.RUNNING
    if harm == "gone":
        shutil.rmtree(artifact_of(run))
    name = " " if harm == "nameless" else "Halves"
    with pytest.raises(StudioRefused, match=reason):
        publish_run(run=run, name=name, step=31 if harm == "no such step" else None)
    assert not Generator.objects.exists()


def test_one_whose_files_are_gone_does_not_draw_again(run):
    first = publish_run(run=run, name="Halves", step=30)
    second = publish_run(run=run, name="Halves")
    shutil.rmtree(loading.generators_folder() / first.folder)
    with pytest.raises(StudioRefused, match="publish it again"):
        roll_back_to(generator=first)
    assert list(Generator.objects.current()) == [second]


def test_a_run_is_measured_by_one_job_at_a_time_and_by_another_afterwards(run):
    first = queue_measuring(run=run, owner=None)
    assert queue_measuring(run=run, owner=None) == first
    Job.objects.filter(pk=first.pk).update(state=Job.State.DONE)
    assert queue_measuring(run=run, owner=None) != first


def test_a_run_whose_images_were_removed_is_not_measured(run):
    assert run.is_measurable
    type(run.dataset).objects.update(is_removed=True)
    with pytest.raises(StudioRefused, match="images of Halves are gone"):
        queue_measuring(run=run, owner=None)
    assert not GeneratorRun.objects.get().is_measurable


def test_snapshots_stay_with_the_newest_runs_and_artifacts_with_all(trained):
    dataset = make_dataset()
    runs = [make_done_run(trained, dataset=dataset) for _ in range(KEPT_RUNS + 2)]
    queue_measuring(run=runs[0], owner=None)  # still needs its snapshots
    prune_generator_runs()
    kept = [bool(kept_steps(run)) for run in runs]
    assert kept == [True, False, *[True] * KEPT_RUNS]
    assert all(artifact_of(run).is_dir() for run in runs)
    assert all(preview_of(run, 60).is_file() for run in runs)


def test_tidying_up_loads_no_curves_and_leaves_a_run_that_starts_meanwhile(run):
    started, asked = runs_folder() / "999", []

    def start(execute, sql, *given):
        asked.append(sql)
        started.mkdir(exist_ok=True)
        return execute(sql, *given)

    with connection.execute_wrapper(start):
        prune_generator_runs()
    assert started.is_dir()
    assert asked
    assert not [sql for sql in asked if '"curve"' in sql]


def test_checkpoints_stay_with_runs_that_can_go_on(trained):
    dataset, runs = make_dataset(), []
    for state in [*[Job.State.CANCELLED] * (KEPT_RUNS + 1), Job.State.QUEUED]:
        run = make_run(dataset)
        Job.objects.filter(pk=run.job_id).update(state=state)
        folder_of(run).mkdir(parents=True)
        (folder_of(run) / "artifact.checkpoint.safetensors").touch()
        runs.append(run)
    (runs_folder() / "999").mkdir()  # of a run that is gone
    prune_generator_runs()
    kept = [any(folder_of(run).iterdir()) for run in runs]
    assert kept == [False, *[True] * (KEPT_RUNS + 1)]
    assert not (runs_folder() / "999").exists()
