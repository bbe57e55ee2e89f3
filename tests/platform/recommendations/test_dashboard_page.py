"""The training page: what it says of the live model, of jobs and of the catalog."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Job
from recommendations.models import Promotion
from recommendations.services import folder_of, promote
from tests.factories import make_event, make_job, make_title, make_user
from tests.platform.recommendations.pages import text_of
from tests.platform.recommendations.runs import make_artifact, make_report, make_run

pytestmark = pytest.mark.django_db


def test_a_site_without_a_model_says_what_to_do(staff_client):
    page = text_of(staff_client)
    assert "No model is live yet" in page
    assert "Start a training run" in page


def test_all_is_well_when_the_live_model_leads_for_sure(site, staff_client):
    page = text_of(staff_client)
    assert "headline--good" in page
    assert "first" in page


def test_a_live_model_that_may_be_no_better_than_popularity_is_said(staff_client):
    promote(artifact=make_artifact("weak", report=make_report(0.081)))
    assert "no better than a list of popular titles" in text_of(staff_client)


def test_a_live_model_behind_a_baseline_is_bad(staff_client):
    promote(artifact=make_artifact("worse", report=make_report(0.05)))
    page = text_of(staff_client)
    assert "headline--bad" in page
    assert "behind a baseline" in page


def test_a_live_model_whose_files_are_gone_is_bad(site, staff_client):
    live = Promotion.objects.live().artifact
    folder_of(live).rename(folder_of(live).with_name("elsewhere"))
    assert "files of the live model are missing" in text_of(staff_client)


def test_a_job_that_nobody_takes_is_bad(site, staff_client):
    job = make_job(queue=Job.Queue.HEAVY)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=5))
    assert "No worker takes jobs" in text_of(staff_client)


def test_a_failed_job_is_a_warning(site, staff_client):
    make_job(state=Job.State.FAILED, finished_at=timezone.now())
    assert "1 job failed in the last day" in text_of(staff_client)


@pytest.mark.parametrize("report", [{}, {"models": {}, "paired": []}])
def test_an_empty_report_breaks_no_page(report, staff_client):
    artifact = make_artifact("empty", report=report)
    run = make_run(artifact=artifact, job=make_job(state=Job.State.DONE))
    promote(artifact=artifact)
    for path in ("/dashboard/", f"/dashboard/runs/{run.pk}/", "/dashboard/runs/"):
        assert staff_client.get(path).status_code == 200


def test_tiles_count_what_happened_since_the_training(site, staff_client, member):
    make_event(member, make_title(), now=timezone.now() + timedelta(seconds=5))
    make_event(member, make_title(), now=timezone.now() - timedelta(days=400))
    make_event(member, make_title(), kind="impression")
    page = text_of(staff_client)
    assert "from 1 member;" in page
    assert "33.3 %" in page  # one of three titles was shown


def test_the_table_has_the_metric_that_was_asked_for(site, staff_client):
    assert "0.300" in text_of(staff_client, "/dashboard/?metric=coverage")
    assert staff_client.get("/dashboard/?metric=nonsense").status_code == 200


@pytest.mark.parametrize("count", [1, 12])
def test_the_training_page_takes_the_same_queries_for_any_number_of_runs(
    count, site, staff_client, django_assert_max_num_queries
):
    for number in range(count):
        artifact = make_artifact(f"more-{number}")
        make_run(artifact=artifact, job=make_job(state=Job.State.DONE, owner=make_user()))
    make_run(job=make_job(state=Job.State.RUNNING), curve=[{"epoch": 1, "loss": 2.0, "ndcg": 0.1}])
    with django_assert_max_num_queries(25):
        staff_client.get("/dashboard/")
    with django_assert_max_num_queries(8):
        staff_client.get("/dashboard/runs/")
