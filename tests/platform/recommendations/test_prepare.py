"""`manage.py prepare`, which every start runs: the site starts, with a model when it can."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from tqdm import tqdm

from events.models import Event
from jobs.models import Job
from recommendations.management.commands.prepare import BAR, fitting
from recommendations.models import Promotion, Run
from recommendations.services import folder_of, has_files
from recsys.artifacts import FORMAT
from recsys.errors import DataError
from recsys.train import MESSAGES
from tests.factories import make_event, make_user
from tests.platform.recommendations.quick_training import QuickTraining, make_finishes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_data(settings, tmp_path):
    settings.DEMO = "none"
    settings.STATE_DIR = tmp_path
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def training(toy_artifact, monkeypatch) -> QuickTraining:
    quick = QuickTraining(toy_artifact)
    monkeypatch.setattr("recsys.train.train", quick)
    return quick


def prepare() -> str:
    """What it said."""
    said = StringIO()
    call_command("prepare", preset="tiny", stdout=said, stderr=said)
    return said.getvalue()


@pytest.mark.slow
def test_the_first_start_trains_a_model_that_serves_and_the_next_one_does_not(titles, training):
    make_finishes(titles, members=6)
    prepare()
    prepare()
    assert Run.objects.get().origin == Run.Origin.FIRST_START
    assert Promotion.objects.live().artifact.name == training.outs[0]
    assert len(training.outs) == 1


def test_a_model_whose_files_are_lost_is_trained_again_once_and_serves(titles, live, training):
    make_finishes(titles, members=6)
    shutil.rmtree(Path(settings.ARTIFACTS_DIR))
    prepare()
    prepare()
    serving = Promotion.objects.live()
    assert serving.artifact != live
    assert has_files(serving.artifact)
    assert "were gone" in serving.reason
    assert len(training.outs) == 1


def test_a_model_of_an_older_format_is_trained_again_and_replaced(titles, live, training):
    make_finishes(titles, members=6)
    manifest = folder_of(live) / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 1'))
    prepare()
    assert Promotion.objects.live().artifact != live
    prepare()
    assert len(training.outs) == 1


def test_a_small_site_starts_without_a_model_however_many_events_repeat_each_other(
    titles, training
):
    member = make_user()
    for title in titles[:15]:
        for kind in (Event.Kind.CLICK, Event.Kind.PLAY, Event.Kind.SAVE, Event.Kind.FINISH):
            make_event(member, title, kind)
    make_event(member, titles[0], Event.Kind.RATE, value=0.5)  # disliked: no example of a taste
    assert Event.objects.count() > 50
    said = prepare()
    assert "15 of 50 interactions" in said  # fourteen, and the one that the catalog came with
    assert not Run.objects.exists()
    assert training.outs == []


def line_of_bar(message: str, columns: int | None) -> str:
    """How a terminal of that width shows it."""
    shown = StringIO()
    with tqdm(total=100, bar_format=BAR, file=shown, ncols=columns, initial=40) as bar:
        bar.set_description_str(fitting(message, bar.ncols))
    return shown.getvalue().split("\r")[-1].rstrip()


@pytest.mark.parametrize("columns", [80, 120, None])
@pytest.mark.parametrize("phase", ["choose", "evaluate", "final"])
def test_the_bar_of_a_first_training_shows_its_message_whole(phase, columns):
    message = f"{MESSAGES[phase]}: epoch 3 of 10"
    assert line_of_bar(message, columns).endswith(f" {message}")


@pytest.mark.slow
@pytest.mark.parametrize("columns", range(40, 90))
def test_a_narrow_bar_shows_whole_numbers_or_says_that_it_was_cut(columns):
    message = f"{MESSAGES['live']}: epoch 3 of 10"
    line = line_of_bar(message, columns)
    assert len(line) <= columns
    assert line.endswith((message, "…"))


def test_a_first_training_that_fails_is_said_in_one_line_and_the_site_starts(titles, monkeypatch):
    make_finishes(titles, members=6)

    def fails(*files: object, **more: object) -> None:
        raise DataError("no column user_id.")

    monkeypatch.setattr("recsys.train.train", fails)
    said = prepare().strip()
    run = Run.objects.get()
    assert run.job.state == Job.State.FAILED
    assert len(said.splitlines()) == 1
    assert "could not be trained: no column user_id. Lists" in said
    assert f"retry at {run.get_absolute_url()}" in said
