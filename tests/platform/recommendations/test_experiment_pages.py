"""Experiments on the dashboard: write one down, start it, watch it, stop it."""

import json
import re

import pytest
from django.test import Client

from recommendations import experiments
from recommendations.models import Experiment
from tests.factories import make_experiment
from tests.platform.recommendations.pages import text_of
from tests.platform.recommendations.runs import make_artifact

pytestmark = pytest.mark.django_db
FORM = {"name": "Wider", "variety_b": "0.5", "share_b": "40", "days": "3"}
RESULT = {
    "served": [300, 290], "ratio_p": 0.68, "judged": [150, 140], "means": [10.0, 12.5],
    "looks": [
        {"members": 200, "difference": 1.0, "low": -4.0, "high": 6.0},
        {"members": 290, "difference": 2.5, "low": -1.0, "high": 6.0},
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(experiments, "_kept", None)


def make_stopped(**changes) -> Experiment:
    fields = {"state": "stopped", "result": RESULT, "verdict": "No difference is shown."}
    return make_experiment(**fields | changes)


def test_an_experiment_is_written_down_started_and_stopped(staff_client):
    answer = staff_client.post("/dashboard/experiments/new/", FORM)
    made = Experiment.objects.get()
    assert answer.url == made.get_absolute_url()
    assert (made.arm_a, made.arm_b) == ({}, {"variety": 0.5})
    assert (made.share_b, made.days, made.state) == (0.4, 3, "draft")
    assert "Nothing has changed for anybody" in text_of(staff_client, answer.url)
    staff_client.post(f"{answer.url}start/")
    page = text_of(staff_client, answer.url)
    assert "Too early to say" in page
    assert f'href="{answer.url}stop/"' in page
    confirm = text_of(staff_client, f"{answer.url}stop/")
    assert "Stop it for good" in confirm
    made.refresh_from_db()
    assert made.state == "running"  # looking at the question stops nothing
    staff_client.post(f"{answer.url}stop/", {"note": "Enough."})
    page = text_of(staff_client, answer.url)
    assert "Enough." in page
    assert f"{answer.url}stop/" not in page
    assert "for good. Too early to say" in page
    assert [entry.action for entry in made.entries.all()] == ["stopped", "started", "created"]


def test_artifacts_whose_files_are_there_may_be_chosen(staff_client):
    make_artifact("here")
    page = text_of(staff_client, "/dashboard/experiments/new/")
    assert '<option value="here">' in page
    form = FORM | {"artifact_a": "here", "artifact_b": "gone"}
    assert staff_client.post("/dashboard/experiments/new/", form).status_code == 422
    staff_client.post("/dashboard/experiments/new/", form | {"artifact_b": ""})
    assert Experiment.objects.get().arm_a == {"artifact": "here"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"variety_b": ""}, "Both arms are the same"),
        ({"variety_b": "0"}, "Both arms are the same"),
        ({"variety_a": "0.5"}, "Both arms are the same"),
        ({"variety_b": "1.1"}, "less than or equal to 1"),
        ({"share_b": "10"}, "greater than or equal to 20"),
        ({"days": "0"}, "greater than or equal to 1"),
        ({"name": "Taken"}, "of this name already"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(change, words, staff_client):
    make_experiment(name="Taken")
    answer = staff_client.post("/dashboard/experiments/new/", FORM | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Experiment.objects.count() == 1


def test_a_second_start_says_that_another_runs(staff_client):
    make_experiment(state=Experiment.State.RUNNING)
    draft = make_experiment()
    answer = staff_client.post(f"{draft.get_absolute_url()}start/", follow=True)
    assert "Another experiment runs" in answer.content.decode()


def test_stopping_twice_is_said_and_changes_nothing(staff_client):
    stopped = make_stopped()
    answer = staff_client.post(f"{stopped.get_absolute_url()}stop/", follow=True)
    assert "stopped already" in answer.content.decode()
    assert staff_client.get(f"{stopped.get_absolute_url()}stop/").status_code == 302


def test_the_chart_holds_the_difference_with_its_band_over_members(staff_client):
    page = text_of(staff_client, make_stopped().get_absolute_url())
    chart = json.loads(re.search(r'<script id="sequence"[^>]*>(.*?)</script>', page)[1])
    assert chart["x"] == [200, 290]
    line = chart["series"][0]
    assert (line["y"], line["low"], line["high"]) == ([1.0, 2.5], [-4.0, -1.0], [6.0, 6.0])
    assert chart["reference"]["value"] == 0
    assert "-1.00 to 6.00" in page  # in words too


def test_instead_of_a_chart_the_page_says_that_there_are_too_few_events(staff_client):
    few = RESULT | {"looks": [], "openers": [9, 4]}
    page = text_of(staff_client, make_stopped(result=few).get_absolute_url())
    assert "Too few events yet to judge" in page
    assert 'id="sequence"' not in page
    many = text_of(staff_client, make_stopped(result=few | {"openers": [90, 4]}).get_absolute_url())
    assert "Too few events" not in many
    assert "The band appears" in many


@pytest.mark.parametrize(("p", "words"), [(0.68, "as it should be"), (1e-9, "Sample ratio off")])
def test_the_sample_ratio_is_judged_in_words(p, words, staff_client):
    page = text_of(staff_client, make_stopped(result=RESULT | {"ratio_p": p}).get_absolute_url())
    assert words in page


def test_without_experiments_the_list_says_what_one_is_for(staff_client):
    page = text_of(staff_client, "/dashboard/experiments/")
    assert "No experiments yet" in page
    assert "/dashboard/experiments/new/" in page


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_takes_the_same_queries_for_any_number_of_experiments(
    count, staff_client, django_assert_max_num_queries
):
    for _ in range(count):
        make_stopped()
    with django_assert_max_num_queries(6):
        assert "No difference is shown" in text_of(staff_client, "/dashboard/experiments/")


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("get", "new/"), ("post", "new/"), ("get", "{pk}/"), ("post", "{pk}/start/"),
     ("get", "{pk}/stop/"), ("post", "{pk}/stop/")],
)  # fmt: skip
def test_staff_come_in_members_find_nothing_and_visitors_log_in(
    method, path, member_client, staff_client
):
    draft = make_experiment()
    address = "/dashboard/experiments/" + path.format(pk=draft.pk)
    assert getattr(member_client, method)(address).status_code == 404
    assert "login" in getattr(Client(), method)(address)["Location"]
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert getattr(staff_client, method)(address).status_code in {200, 302, 422}
    assert staff_client.get("/dashboard/experiments/999999/").status_code == 404
