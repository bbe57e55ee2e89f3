"""The training page: who sees it, what it says, what its buttons do."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from jobs.models import Job
from recommendations.models import Artifact, Promotion, Run
from recommendations.reports import is_worth_promoting
from recommendations.services import folder_of, promote, prune_artifacts, roll_back, rollback_target
from recommendations.work import reports_of_late
from tests.factories import make_event, make_job, make_title, make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def make_report(
    ndcg: float = 0.17, *, popularity: float = 0.08, half: float = 0.004
) -> dict[str, Any]:
    def score(value: float) -> dict[str, float]:
        return {"value": value, "low": value - half, "high": value + half}

    ratio = ndcg / popularity
    return {
        "n_users": 671,
        "models": {
            "blend": {"ndcg": score(ndcg), "coverage": score(0.3)},
            "popularity": {"ndcg": score(popularity), "coverage": score(0.01)},
        },
        "paired": [
            {
                "a": "blend",
                "b": "popularity",
                "metric": "ndcg",
                "ratio": ratio,
                "low": ratio * 0.9,
                "high": ratio * 1.1,
            }
        ],
    }


def make_artifact(name: str, *, report: dict[str, Any] | None = None, **changes: Any) -> Artifact:
    artifact = Artifact.objects.create(
        name=name,
        format=1,
        data_sha256=name,
        bytes=1000,
        report=make_report() if report is None else report,
        **changes,
    )
    folder_of(artifact).mkdir(parents=True)
    (folder_of(artifact) / "manifest.json").write_text('{"format": 1, "files": {}}')
    return artifact


def make_run(**changes: Any) -> Run:
    job = changes.pop("job", None) or make_job(
        task="recommendations.tasks.train", queue=Job.Queue.HEAVY
    )
    return Run.objects.create(job=job, **changes)


@pytest.fixture
def site() -> dict[str, int]:
    """A live artifact with its run, and a candidate."""
    live, candidate = make_artifact("first"), make_artifact("second", report=make_report(0.18))
    run = make_run(artifact=live, job=make_job(state=Job.State.DONE, started_at=timezone.now()))
    promote(artifact=live)
    return {"run": run.pk, "artifact": candidate.pk}


PAGES = [
    ("get", ""), ("get", "runs/"), ("get", "runs/{run}/"), ("get", "runs/{run}/panel/"),
    ("get", "system/"), ("get", "artifacts/{artifact}/promote/"), ("get", "artifacts/rollback/"),
    ("post", "start/"), ("post", "schedule/"), ("post", "artifacts/{artifact}/promote/"),
    ("post", "artifacts/rollback/"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_staff_come_in_members_find_nothing_and_visitors_log_in(
    method, path, site, member_client, staff_client
):
    address = "/dashboard/" + path.format(**site)
    assert getattr(staff_client, method)(address).status_code in {200, 302, 409, 422}
    assert getattr(member_client, method)(address).status_code == 404
    anonymous = getattr(Client(), method)(address)
    assert anonymous.status_code == 302
    assert "login" in anonymous["Location"]
    assert Promotion.objects.count() <= 2


def text_of(client: Client, path: str = "/dashboard/") -> str:
    return client.get(path).content.decode()


# ── What it says ──────────────────────────────────────────────────────────────────────────────────


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


# ── What its buttons do ───────────────────────────────────────────────────────────────────────────


def test_starting_makes_one_run_however_often_the_button_is_pressed(staff_client):
    form = {
        "preset": "tiny",
        "note": "look",
        "seed": "7",
        "promote_when_better": "on",
        "key": "abc",
    }
    for _ in range(2):
        assert staff_client.post("/dashboard/start/", form).status_code == 302
    run = Run.objects.get()
    assert (run.preset, run.note, run.seed, run.promote_when_better) == ("tiny", "look", 7, True)
    assert (run.job.queue, run.job.state) == (Job.Queue.HEAVY, Job.State.QUEUED)
    assert "Waits for a worker" in text_of(staff_client)


def test_a_wrong_start_form_starts_nothing_and_keeps_what_was_typed(staff_client):
    answer = staff_client.post(
        "/dashboard/start/", {"preset": "huge", "note": "my note", "seed": "-1"}
    )
    assert answer.status_code == 422
    assert "my note" in answer.content.decode()
    assert not Run.objects.exists()


def test_a_running_run_shows_its_progress_and_reloads_the_page_at_its_end(site, staff_client):
    run = make_run(job=make_job(state=Job.State.RUNNING, progress=0.63, message="epoch 44 of 70"))
    answer = staff_client.get(f"/dashboard/runs/{run.pk}/panel/", headers=HTMX)
    assert "63 %" in answer.content.decode()
    assert "epoch 44 of 70" in answer.content.decode()
    assert "HX-Refresh" not in answer
    Job.objects.filter(pk=run.job_id).update(state=Job.State.DONE)
    assert (
        staff_client.get(f"/dashboard/runs/{run.pk}/panel/", headers=HTMX)["HX-Refresh"] == "true"
    )


def test_a_run_can_be_cancelled_from_its_panel(site, staff_client):
    run = make_run()
    cancel = f"/jobs/{run.job_id}/cancel/"
    assert cancel in text_of(staff_client)
    assert staff_client.post(cancel, {"next": "/dashboard/"})["Location"] == "/dashboard/"
    run.job.refresh_from_db()
    assert run.job.state == Job.State.CANCELLED


def test_promoting_says_how_sure_it_is_and_then_serves(site, staff_client):
    address = f"/dashboard/artifacts/{site['artifact']}/promote/"
    page = text_of(staff_client, address)
    assert "better than the live one for sure" in page
    assert "different data" in page
    assert Promotion.objects.live().artifact.name == "first"
    staff_client.post(address, {"reason": "it is better"})
    live = Promotion.objects.live()
    assert (live.artifact.name, live.reason, live.is_rollback) == ("second", "it is better", False)


def test_an_artifact_without_files_is_not_promoted(site, staff_client):
    gone = Artifact.objects.get(pk=site["artifact"])
    folder_of(gone).rename(folder_of(gone).with_name("elsewhere"))
    answer = staff_client.post(f"/dashboard/artifacts/{gone.pk}/promote/", {})
    assert answer.status_code == 409
    assert "are gone" in answer.content.decode()


def test_rolling_back_twice_goes_further_back():
    first, third, second = make_artifact("a"), make_artifact("c"), make_artifact("b")
    for artifact in (first, second, third):
        promote(artifact=artifact)
    assert roll_back().artifact == second
    assert roll_back().artifact == first
    assert rollback_target() is None
    promote(artifact=third)
    assert roll_back().artifact == first


def test_rolling_back_skips_what_was_pruned():
    first, second, third = (make_artifact(name) for name in "abc")
    for artifact in (first, second, third):
        promote(artifact=artifact)
    Artifact.objects.filter(pk=second.pk).update(pruned_at=timezone.now())
    assert roll_back().artifact == first


def test_rolling_back_with_nothing_to_go_back_to_is_refused_in_words(site, staff_client):
    answer = staff_client.post("/dashboard/artifacts/rollback/")
    assert answer.status_code == 409
    assert "No earlier artifact" in answer.content.decode()


def test_pruning_keeps_the_live_one_its_predecessor_and_four_more():
    artifacts = [make_artifact(f"run-{number}") for number in range(9)]
    promote(artifact=artifacts[0])
    promote(artifact=artifacts[1])
    pruned = prune_artifacts(now=timezone.now())
    assert sorted(pruned) == ["run-2", "run-3", "run-4"]
    left = {artifact.name for artifact in artifacts if folder_of(artifact).is_dir()}
    assert left == {"run-0", "run-1", "run-5", "run-6", "run-7", "run-8"}
    assert Artifact.objects.get(name="run-2").report  # the figures stay


def test_the_nightly_training_is_off_until_it_is_switched_on_and_can_be_moved(staff_client):
    assert "Off: nothing trains by itself" in text_of(staff_client)
    staff_client.post("/dashboard/schedule/", {"enabled": "on", "hour": "4"})
    task = PeriodicTask.objects.get(name="nightly training")
    assert (task.enabled, task.crontab.hour, task.task) == (
        True,
        "4",
        "recommendations.tasks.nightly",
    )
    staff_client.post("/dashboard/schedule/", {"hour": "5"})
    task.refresh_from_db()
    assert (task.enabled, task.crontab.hour) == (False, "5")
    staff_client.post("/dashboard/schedule/", {"enabled": "on", "hour": "99"})
    task.refresh_from_db()
    assert not task.enabled


def test_the_nightly_task_starts_one_run_a_day():
    from recommendations.tasks import nightly

    nightly(), nightly()
    assert Run.objects.get().promote_when_better


def test_only_a_sure_lead_over_popularity_is_worth_promoting():
    good, weak = make_report(0.17), make_report(0.081)
    assert is_worth_promoting(good, [good])
    assert not is_worth_promoting(weak, [])
    assert not is_worth_promoting(good | {"paired": []}, [])
    assert not is_worth_promoting({}, [])


def test_a_row_of_promotions_does_not_lower_the_bar():
    for name, ndcg in (("a", 0.180), ("b", 0.177), ("c", 0.174)):
        promote(artifact=make_artifact(name, report=make_report(ndcg)))
    live, now = Promotion.objects.live(), timezone.now()
    assert is_worth_promoting(make_report(0.171), [live.artifact.report])
    assert not is_worth_promoting(make_report(0.171), reports_of_late(live, now=now))
    later = now + timedelta(days=31)
    assert is_worth_promoting(make_report(0.171), reports_of_late(live, now=later))


# ── Underneath ────────────────────────────────────────────────────────────────────────────────────


def test_the_system_page_answers_before_the_workers_do(staff_client, monkeypatch):
    from recommendations import system

    monkeypatch.setattr(system, "look", lambda: pytest.fail("the page asked the workers"))
    assert "Asking the workers" in text_of(staff_client, "/dashboard/system/")


def test_the_system_fragment_counts_jobs_and_says_that_no_worker_answers(staff_client, settings):
    make_job(queue=Job.Queue.HEAVY)
    fragment = staff_client.get("/dashboard/system/", headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert "PostgreSQL" in fragment
    assert "A queue has no worker" in fragment


def test_a_broker_that_is_away_is_said_and_nothing_breaks(staff_client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    fragment = staff_client.get("/dashboard/system/", headers=HTMX).content.decode()
    assert "The broker does not answer" in fragment
    assert Client().get("/readyz/").status_code == 503


def test_readyz_follows_the_live_artifact(client):
    assert client.get("/readyz/").json() == {
        "ok": True,
        "database": "ok",
        "broker": "ok",
        "artifact": "none",
    }
    live = make_artifact("live")
    promote(artifact=live)
    assert client.get("/readyz/").status_code == 200
    (folder_of(live) / "manifest.json").write_text("{")
    answer = client.get("/readyz/")
    assert answer.status_code == 503
    assert "live" in json.loads(answer.content)["artifact"]
