"""A search from its row to its result, on made-up members, with the smallest model."""

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from events.models import Event
from jobs.models import Job
from recommendations.dataset import members_of
from recommendations.models import Run, Tuning
from recommendations.tasks import train, tune
from recommendations.tuning import prune_tunings, queue_tuned_run, queue_tuning, tunings_folder
from recommendations.tuning_work import take_snapshot
from recsys import fit
from recsys.artifacts import read_manifest
from tests.factories import make_titles, make_user

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FEW = 4  # trials


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def few_trials(monkeypatch):
    """A search that ends after FEW trials instead of minutes."""
    import recsys.tune

    whole = recsys.tune.tune
    monkeypatch.setattr(
        recsys.tune, "tune", lambda *files, **more: whole(*files, **more | {"trials": FEW})
    )


@pytest.fixture
def events(db) -> None:
    """Twenty members who each finish ten of thirty titles."""
    rng, now = random.Random(1), timezone.now()
    titles = make_titles(30)
    rows = []
    for _ in range(20):
        user = make_user()
        for step, title in enumerate(rng.sample(titles, 10)):
            at = now - timedelta(days=100 - step)
            rows.append(Event(user=user, title=title, kind=Event.Kind.FINISH, happened_at=at))
    Event.objects.bulk_create(rows)


def start(**changes: Any) -> Tuning:
    return queue_tuning(**{"owner": None, "preset": Run.Preset.TINY, "minutes": 5} | changes)


def test_a_search_leaves_its_history_and_a_run_can_train_with_the_best(events, few_trials):
    tuning = start(seed=1)
    tune(tuning.job_id)
    tuning.refresh_from_db()
    assert tuning.job.state == Job.State.DONE, tuning.job.error
    assert [row["number"] for row in tuning.history] == list(range(1, FEW + 1))
    assert tuning.best["ndcg"] == max(row["ndcg"] for row in tuning.history)
    assert tuning.job.result["url"] == tuning.get_absolute_url()
    assert "Trial 2" in tuning.job.log
    assert list(tunings_folder().iterdir()) == []
    run = queue_tuned_run(tuning=tuning, owner=None)
    train(run.job_id)
    run.refresh_from_db()
    assert run.job.state == Job.State.DONE, run.job.error
    from recommendations.services import folder_of

    assert read_manifest(folder_of(run.artifact))["config"] == tuning.best["config"]


def test_a_search_that_was_killed_goes_on_with_its_trial(events, few_trials, monkeypatch):
    tuning = start()
    epochs: list[int] = []
    run_epoch = fit._run_epoch

    def dying(*arguments: Any) -> float:
        epochs.append(1)
        if len(epochs) in {7, 8}:
            raise KeyboardInterrupt
        return run_epoch(*arguments)

    monkeypatch.setattr(fit, "_run_epoch", dying)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            tune(tuning.job_id)
        tuning.refresh_from_db()
        assert len(tuning.history) == 1  # what it had is on the page already, and stays there
    tune(tuning.job_id)
    tuning.refresh_from_db()
    assert tuning.job.state == Job.State.DONE, tuning.job.error
    states = [row["state"] for row in tuning.history][:4]
    assert states == ["complete", "failed", "failed", "complete"]
    assert tuning.history[1]["params"] == tuning.history[3]["params"]
    trained = sum(row["epochs"] for row in tuning.history if row["state"] != "failed")
    assert len(epochs) == trained + 2  # only the epoch that was cut was run again


def test_a_cancelled_search_stops_within_a_batch_and_keeps_what_it_had(events, monkeypatch):
    tuning = start()
    run_epoch, epochs = fit._run_epoch, []

    def cancelling(*arguments: Any) -> float:
        epochs.append(1)
        if len(epochs) == 6:  # in the second trial
            Job.objects.filter(pk=tuning.job_id).update(cancel_requested=True)
            while not arguments[-1]():
                pass  # until the heartbeat has heard it
        return run_epoch(*arguments)

    monkeypatch.setattr(fit, "_run_epoch", cancelling)
    tune(tuning.job_id)
    tuning.refresh_from_db()
    assert tuning.job.state == Job.State.CANCELLED
    assert len(tuning.history) == 1
    assert tuning.best["config"]
    assert (tunings_folder() / str(tuning.pk) / "search" / "study.db").exists()  # it can go on


def test_too_few_events_are_a_reason_in_words(db):
    tuning = start()
    tune(tuning.job_id)
    tuning.job.refresh_from_db()
    assert tuning.job.state == Job.State.FAILED
    assert "a search starts to make sense from" in tuning.job.error


def test_who_closed_their_account_is_in_no_search_that_goes_on(events, tmp_path):
    scratch = tmp_path / "tunings" / "1"
    data = take_snapshot(scratch)
    (scratch / "search").mkdir()
    take_snapshot(scratch)
    assert (scratch / "search").exists()  # nobody left: it goes on where it was
    gone = User.objects.get(pk=min(members_of(data)))
    pk = gone.pk
    gone.delete()
    take_snapshot(scratch)
    assert pk not in members_of(data)
    assert not (scratch / "search").exists()


def test_folders_of_searches_that_cannot_go_on_are_deleted(db, tmp_path):
    made = {state: start() for state in ("queued", "done", "failed")}
    for state, tuning in made.items():
        Job.objects.filter(pk=tuning.job_id).update(state=state)
        (tunings_folder() / str(tuning.pk)).mkdir(parents=True)
    (tunings_folder() / "77").mkdir()
    prune_tunings()
    kept = {path.name for path in Path(tunings_folder()).iterdir()}
    assert kept == {str(made["queued"].pk), str(made["failed"].pk)}


def test_the_file_of_the_best_is_what_the_page_keeps(events, few_trials, monkeypatch):
    from recommendations import tuning_work

    monkeypatch.setattr(tuning_work.shutil, "rmtree", lambda *paths, **more: None)
    tuning = start()
    tune(tuning.job_id)
    tuning.refresh_from_db()
    kept = tunings_folder() / str(tuning.pk) / "search"
    assert json.loads((kept / "tuned.json").read_text()) == tuning.best
    assert json.loads((kept / "history.json").read_text()) == tuning.history
