"""What a second attempt at a training run does again, and what not."""

import pytest
from django.conf import settings

from jobs.models import Job
from jobs.services import retry
from recommendations import work
from recommendations.models import Artifact, Promotion
from recommendations.services import prune_artifacts, queue_run, runs_folder
from recommendations.tasks import train
from tests.platform.recommendations.quick_training import QuickTraining, make_finishes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def training(toy_artifact, monkeypatch, settings, tmp_path) -> QuickTraining:
    settings.STATE_DIR = tmp_path
    settings.CELERY_BROKER_URL = "memory://"
    quick = QuickTraining(toy_artifact)
    monkeypatch.setattr("recsys.train.train", quick)
    return quick


def test_a_run_that_died_after_its_artifact_was_kept_only_ends(titles, training, monkeypatch):
    make_finishes(titles, members=6)
    run = queue_run(preset="tiny")

    def dies(**more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "prune_artifacts", dies)
    with pytest.raises(KeyboardInterrupt):
        train(run.job_id)
    monkeypatch.setattr(work, "prune_artifacts", prune_artifacts)
    assert Artifact.objects.count() == 1
    (runs_folder() / str(run.pk)).mkdir(parents=True, exist_ok=True)
    train(run.job_id)
    run.refresh_from_db()
    assert (run.job.state, run.job.attempt) == (Job.State.DONE, 2)
    assert run.job.result_url == run.get_absolute_url()
    assert training.outs == [f"run-{run.pk:04d}-1"]
    assert Promotion.objects.live().artifact == Artifact.objects.get()
    assert not (runs_folder() / str(run.pk)).exists()


def test_a_run_refused_for_too_little_data_takes_what_came_since_when_retried(titles, training):
    make_finishes(titles[:10], members=3)
    run = queue_run(preset="tiny")
    train(run.job_id)
    run.refresh_from_db()
    assert run.job.state == Job.State.FAILED
    assert (runs_folder() / str(run.pk) / "items.parquet").exists()
    added = make_finishes(titles, members=6)
    retry(run.job)
    train(run.job_id)
    run.refresh_from_db()
    assert run.job.state == Job.State.DONE, run.job.error
    assert run.interactions == added + 31  # thirty of before, and one that the catalog came with
    assert settings.ARTIFACTS_DIR.joinpath(training.outs[0]).is_dir()
