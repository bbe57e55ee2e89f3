"""A training run from its row to what serves, with the smallest model on made-up members."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from events.models import Event
from jobs.models import Job
from recommendations.dataset import members_of
from recommendations.models import Artifact, ColdVector, Promotion, Run
from recommendations.services import folder_of, queue_evaluation, queue_run
from recommendations.tasks import evaluate, train
from recommendations.work import take_snapshot
from recsys import fit
from recsys.errors import DataError
from tests.factories import make_title, make_titles, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def events() -> int:
    """Twenty members who each finish ten of thirty titles."""
    rng, now = random.Random(1), timezone.now()
    titles = make_titles(30)
    make_title("Never chosen")
    rows = []
    for _ in range(20):
        user = make_user()
        for step, title in enumerate(rng.sample(titles, 10)):
            at = now - timedelta(days=100 - step)
            rows.append(Event(user=user, title=title, kind=Event.Kind.FINISH, happened_at=at))
    return len(Event.objects.bulk_create(rows))


def start(**changes: object) -> Run:
    return queue_run(preset=Run.Preset.TINY, **changes)


def test_a_run_leaves_an_artifact_and_the_first_one_goes_live(events):
    run = start()
    train(run.job_id)
    run.refresh_from_db()
    assert run.job.state == Job.State.DONE, run.job.error
    assert (run.interactions, run.members, run.titles) == (events, 20, 31)
    assert run.curve
    assert "epoch 1 of" in run.job.log
    assert run.job.result["url"] == f"/dashboard/runs/{run.pk}/"
    assert {"blend", "popularity", "ease", "als"} <= set(run.artifact.report["models"])
    assert Promotion.objects.live().artifact == run.artifact
    assert (folder_of(run.artifact) / "manifest.json").is_file()
    assert not (Path(settings.STATE_DIR) / "runs" / str(run.pk)).exists()
    train(run.job_id)  # the same message once more
    assert Artifact.objects.count() == 1


def test_a_second_run_is_a_candidate_only(events):
    first, second = start(), start(seed=1)
    train(first.job_id)
    train(second.job_id)
    first.refresh_from_db()
    second.refresh_from_db()
    assert Artifact.objects.count() == 2
    assert Promotion.objects.live().artifact == first.artifact
    assert "live" not in first.artifact.report["models"]
    assert "live" in second.artifact.report["models"]
    assert second.artifact.report["rival"] == first.artifact.name


def test_a_measurement_compares_every_model_with_the_live_recipe_and_serves_nothing(events):
    run = start()
    train(run.job_id)
    made = queue_evaluation(owner=None, split="auto", preset="tiny")
    evaluate(made.job_id)
    made.refresh_from_db()
    assert made.job.state == Job.State.DONE, made.job.error
    assert {"blend", "live", "recent-popularity", "ease"} <= set(made.report["models"])
    assert made.report["split"] == "member-time"  # too few members for one moment
    assert set(made.report["blend"]) >= {"tower", "neighbours", "followers"}
    assert Artifact.objects.count() == 1


def test_a_run_that_was_killed_goes_on_from_its_checkpoint_and_its_remains_go(events, monkeypatch):
    run = start()
    dead = Path(settings.ARTIFACTS_DIR) / f"run-{run.pk:04d}-1"
    dead_part = dead.with_name(f".{dead.name}.abc.part")
    epochs: list[int] = []
    run_epoch = fit._run_epoch

    def dying(*arguments: object) -> float:
        epochs.append(arguments[3])
        if len(epochs) == 3:
            dead.mkdir(parents=True)
            dead_part.mkdir()
            raise KeyboardInterrupt
        return run_epoch(*arguments)

    monkeypatch.setattr(fit, "_run_epoch", dying)
    with pytest.raises(KeyboardInterrupt):
        train(run.job_id)
    epochs.clear()
    monkeypatch.setattr(
        fit, "_run_epoch", lambda *given: epochs.append(given[3]) or run_epoch(*given)
    )
    train(run.job_id)
    run.refresh_from_db()
    assert run.job.state == Job.State.DONE, run.job.error
    assert run.artifact.name == f"run-{run.pk:04d}-2"
    assert epochs[0] == 2  # two epochs were done
    assert not dead.exists()
    assert not dead_part.exists()


def test_a_cancelled_run_stops_within_a_batch_and_publishes_nothing(events, monkeypatch):
    run = start()
    run_epoch = fit._run_epoch

    def cancelling(*arguments: object) -> float:
        Job.objects.filter(pk=run.job_id).update(cancel_requested=True)
        while not arguments[4]():
            pass  # until the heartbeat has heard it
        return run_epoch(*arguments)

    monkeypatch.setattr(fit, "_run_epoch", cancelling)
    train(run.job_id)
    run.job.refresh_from_db()
    assert run.job.state == Job.State.CANCELLED
    assert not Artifact.objects.exists()


def test_too_few_events_are_a_reason_in_words():
    run = start()
    train(run.job_id)
    run.job.refresh_from_db()
    assert run.job.state == Job.State.FAILED
    assert "training starts to make sense from" in run.job.error
    assert not ColdVector.objects.exists()


def test_who_closed_their_account_is_not_trained_on_when_a_run_is_tried_again(events, tmp_path):
    run, scratch = start(), tmp_path / "runs" / "1"
    take_snapshot(run, scratch)
    (scratch / "checkpoints").mkdir()
    take_snapshot(run, scratch)
    assert (scratch / "checkpoints").exists()  # nobody left: it goes on where it was
    gone = User.objects.get(pk=min(members_of(scratch)))
    pk = gone.pk
    gone.delete()
    take_snapshot(run, scratch)
    run.refresh_from_db()
    assert pk not in members_of(scratch)
    assert (run.members, run.interactions) == (19, events - 10)
    assert not (scratch / "checkpoints").exists()


def test_a_run_trains_on_the_device_that_is_there(events, monkeypatch):
    run, asked = start(), []

    def no_training(*files: object, device: str, **more: object) -> None:
        asked.append(device)
        raise DataError("enough")

    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("recsys.train.train", no_training)
    train(run.job_id)
    assert asked == ["cuda"]
