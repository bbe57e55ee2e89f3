"""A measurement from its button to its report; the library itself is tested elsewhere."""

import shutil
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from jobs.models import Job
from recommendations import measuring_work
from recommendations.models import Evaluation, Promotion
from recommendations.services import evaluations_folder, queue_evaluation
from recommendations.tasks import evaluate
from recsys.errors import DataError, Stopped
from tests.factories import make_user
from tests.platform.recommendations.quick_training import make_finishes
from tests.platform.recommendations.runs import make_whole_report

pytestmark = pytest.mark.django_db(transaction=True)
BLEND = {"tower": 0.7, "neighbours": 0.3}


@dataclass(frozen=True)
class Blend:
    tower: float
    neighbours: float


class QuickMeasuring:
    """Stands in for recsys' evaluate on a folder; remembers what it was given."""

    def __init__(self, *, report: dict[str, Any] | None = None, error: Exception | None = None):
        self.report, self.error = report or make_whole_report(), error
        self.split = ""
        self.files: list[str] = []
        self.rival: Any = None

    def __call__(self, folder, task, split_name, rival) -> tuple[dict[str, Any], Any]:
        self.split, self.rival = split_name, rival
        self.files = sorted(path.name for path in folder.iterdir())
        progress = SimpleNamespace(epoch=1, planned_epochs=2)
        task.on_epoch("choose", progress)
        if self.error:
            raise self.error
        return self.report, SimpleNamespace(blend=Blend(**BLEND))


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path):
    settings.STATE_DIR = tmp_path
    settings.CELERY_BROKER_URL = "memory://"


@pytest.fixture
def quick(monkeypatch):
    def use(**given: Any) -> QuickMeasuring:
        measuring = QuickMeasuring(**given)
        monkeypatch.setattr(measuring_work, "evaluated", measuring)
        return measuring

    return use


def measured(split: str = "member-time") -> Evaluation:
    made = queue_evaluation(owner=make_user(is_staff=True), split=split, preset="tiny")
    evaluate(made.job_id)
    made.refresh_from_db()
    made.job.refresh_from_db()
    return made


def test_a_measurement_keeps_its_report_and_nothing_of_the_members(titles, quick):
    make_finishes(titles, members=6)
    measuring = quick()
    made = measured()
    assert made.job.state == Job.State.DONE, made.job.error
    assert made.report["blend"] == BLEND
    assert made.report["models"].keys() == make_whole_report()["models"].keys()
    assert made.job.result_url == made.get_absolute_url()
    assert (measuring.split, measuring.rival) == ("member-time", None)
    assert measuring.files == ["interactions.parquet", "items.parquet"]
    assert not list(evaluations_folder().iterdir())
    assert not Promotion.objects.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"error": DataError("the rows are all of one moment")}, "all of one moment"),
        ({"report": {"n_users": 0}}, "Nobody has chosen titles on both sides"),
        ({"error": Stopped("stopped on request")}, "stopped on request"),
    ],
)
def test_what_cannot_be_measured_is_a_reason_in_words(given, words, titles, quick):
    make_finishes(titles, members=6)
    quick(**given)
    made = measured()
    assert (made.job.state, made.report) == (Job.State.FAILED, {})
    assert words in made.job.error
    assert not list(evaluations_folder().iterdir())


def test_too_few_events_are_not_measured(titles, quick):
    quick()
    assert "training starts to make sense from" in measured().job.error


def test_what_killed_measurements_left_is_cleared_away_unless_they_go_on(titles, quick):
    make_finishes(titles, members=6)
    quick()
    waiting = queue_evaluation(owner=None, split="auto", preset="tiny")
    for name in ("999", str(waiting.pk)):
        (evaluations_folder() / name).mkdir(parents=True)
    measured()
    assert [path.name for path in evaluations_folder().iterdir()] == [str(waiting.pk)]


def test_the_button_makes_one_measurement_however_often_it_is_pressed(staff_client):
    form = {"split": "temporal", "preset": "small", "key": "abc"}
    for _ in range(2):
        assert staff_client.post("/dashboard/evaluation/measure/", form).status_code == 302
    made = Evaluation.objects.get()
    assert (made.split, made.preset) == ("temporal", "small")
    assert (made.job.queue, made.job.state) == (Job.Queue.HEAVY, Job.State.QUEUED)


def test_a_wrong_form_measures_nothing(staff_client):
    answer = staff_client.post("/dashboard/evaluation/measure/", {"split": "random"})
    assert answer.status_code == 422
    assert not Evaluation.objects.exists()


def test_new_artifacts_and_measurements_are_held_against_what_serves(live, titles, quick):
    make_finishes(titles, members=6)
    measuring = quick()
    assert measured().report["rival"] == live.name
    assert measuring.rival == live
    shutil.rmtree(settings.ARTIFACTS_DIR / live.name)
    assert measured().report["rival"] == ""
