"""Searches for better settings on the dashboard: start, watch, train with what was found."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from jobs.models import Job
from recommendations.models import Run, Tuning
from tests.factories import make_job
from tests.platform.recommendations.pages import text_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PARAMS = {
    "learning_rate": 0.003, "dim": 64, "blocks": 2, "dropout": 0.2, "weight_decay": 0.05,
    "temperature": 0.0, "negatives": 512,
}  # fmt: skip


def make_row(number: int, ndcg: float | None, state: str = "complete", **changes: Any) -> dict:
    fields = {"seconds": 3.0, "epochs": 4, "params": PARAMS | {"dim": 8 * number}}
    return {"number": number, "state": state, "ndcg": ndcg, "best_so_far": 0.1} | fields | changes


HISTORY = [
    make_row(1, 0.1, params=PARAMS),
    make_row(2, 0.05, "pruned", epochs=2),
    make_row(3, None, "failed", epochs=0),
    make_row(4, 0.12, best_so_far=0.12),
]
BEST = {"format": 1, "config": PARAMS | {"dim": 48, "heads": 2}, "ndcg": 0.12}


def make_tuning(state: str = Job.State.DONE, **changes: Any) -> Tuning:
    job = make_job(task="recommendations.tasks.tune", queue=Job.Queue.HEAVY, state=state)
    fields = {"job": job, "minutes": 30, "history": HISTORY, "best": BEST}
    return Tuning.objects.create(**fields | changes)


def chart_of(page: str) -> dict[str, Any]:
    return json.loads(re.search(r'<script id="history-\d+"[^>]*>(.*?)</script>', page)[1])


def test_starting_makes_one_search_however_often_the_button_is_pressed(staff_client):
    form = {"preset": "tiny", "minutes": "5", "seed": "7", "key": "abc"}
    for _ in range(2):
        assert staff_client.post("/dashboard/tuning/start/", form).status_code == 302
    tuning = Tuning.objects.get()
    assert (tuning.preset, tuning.minutes, tuning.seed) == ("tiny", 5, 7)
    assert (tuning.job.queue, tuning.job.task) == (Job.Queue.HEAVY, "recommendations.tasks.tune")
    assert f"Search {tuning.pk}" in text_of(staff_client, "/dashboard/tuning/")


@pytest.mark.parametrize("minutes", ["4", "601", "", "ten"])
def test_a_search_takes_from_5_to_600_minutes(minutes, staff_client):
    form = {"preset": "tiny", "minutes": minutes, "seed": "7"}
    assert staff_client.post("/dashboard/tuning/start/", form).status_code == 422
    assert not Tuning.objects.exists()


def test_every_trial_is_a_dot_of_the_shape_of_its_end(staff_client):
    page = text_of(staff_client, f"/dashboard/tuning/{make_tuning().pk}/")
    chart = chart_of(page)
    assert chart["x"] == [1, 2, 3, 4]
    by_mark = {line.get("mark", "step"): line["y"] for line in chart["series"]}
    assert by_mark == {
        "step": [0.1, 0.1, 0.1, 0.12],
        "dot": [0.1, None, None, 0.12],
        "cross": [None, 0.05, None, None],
        "ring": [None, None, 0.05, None],  # without a figure: at the floor
    }
    assert chart["reference"]["value"] == 0.1
    assert chart["notes"][1] == ["0.0500", "given up early, after 2 epochs", "best so far 0.1000"]
    assert chart["notes"][2][0] == "no figure"
    assert "+20.0" in page


def test_the_table_has_the_best_ten_and_the_preset(staff_client):
    more = [make_row(number, 0.2 + number / 1000) for number in range(5, 25)]
    page = text_of(staff_client, f"/dashboard/tuning/{make_tuning(history=HISTORY + more).pk}/")
    rows = re.findall(r'<th scope="row">(\d+)', page)
    assert rows == [str(number) for number in range(24, 14, -1)] + ["1"]
    assert page.count(">Preset<") == 1


def test_training_with_the_settings_found_makes_one_run_of_them(staff_client):
    tuning = make_tuning(preset="small", seed=3)
    address = f"/dashboard/tuning/{tuning.pk}/train/"
    for _ in range(2):
        answer = staff_client.post(address, {"key": "abc"})
    run = Run.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    assert (run.config, run.preset, run.seed) == (BEST["config"], "small", 3)
    assert f"settings of search {tuning.pk}" in run.note


def test_without_a_result_there_is_nothing_to_train_with(staff_client):
    tuning = make_tuning(Job.State.QUEUED, history=[], best={})
    page = text_of(staff_client, tuning.get_absolute_url())
    assert "Train with these settings" not in page
    assert "first dot appears" in page
    staff_client.post(f"{tuning.get_absolute_url()}train/")
    assert not Run.objects.exists()


def test_when_the_preset_is_the_best_it_says_so_and_offers_no_training(staff_client):
    tuning = make_tuning(history=HISTORY[:3])
    page = text_of(staff_client, tuning.get_absolute_url())
    assert "the preset is the best" in page
    assert "Train with these settings" not in page


def test_a_preset_that_was_interrupted_is_found_again_among_the_later_trials(staff_client):
    history = [make_row(1, None, "failed", params=PARAMS, best_so_far=None), *HISTORY[3:]]
    history.append(make_row(5, 0.1, params=PARAMS, best_so_far=0.12))
    page = text_of(staff_client, make_tuning(history=history).get_absolute_url())
    assert chart_of(page)["reference"]["value"] == 0.1


def test_a_running_search_moves_and_reloads_the_page_at_its_end(staff_client):
    tuning = make_tuning(Job.State.RUNNING)
    page = text_of(staff_client, tuning.get_absolute_url())
    assert f'hx-get="{tuning.get_absolute_url()}panel/"' in page
    assert f"/jobs/{tuning.job_id}/cancel/" in page
    panel = f"{tuning.get_absolute_url()}panel/"
    assert "HX-Refresh" not in staff_client.get(panel, headers=HTMX)
    Job.objects.filter(pk=tuning.job_id).update(state=Job.State.CANCELLED)
    assert staff_client.get(panel, headers=HTMX)["HX-Refresh"] == "true"


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_takes_the_same_queries_for_any_number_of_searches(
    count, staff_client, django_assert_max_num_queries
):
    for _ in range(count):
        make_tuning()
    with django_assert_max_num_queries(6):
        staff_client.get("/dashboard/tuning/")


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("post", "start/"), ("get", "{pk}/"), ("get", "{pk}/panel/"),
     ("post", "{pk}/train/")],
)  # fmt: skip
def test_staff_come_in_members_find_nothing_and_visitors_log_in(
    method, path, member_client, staff_client
):
    address = "/dashboard/tuning/" + path.format(pk=make_tuning().pk)
    assert getattr(member_client, method)(address).status_code == 404
    assert "login" in getattr(Client(), method)(address)["Location"]
    assert not Run.objects.exists()
    assert getattr(staff_client, method)(address).status_code in {200, 302, 422}
    assert staff_client.get("/dashboard/tuning/999999/").status_code == 404
