"""Starting, watching and ending training runs, by hand and by schedule."""

import pytest
from django_celery_beat.models import PeriodicTask

from jobs.models import Job
from recommendations.models import Run
from tests.factories import make_job
from tests.platform.recommendations.pages import text_of
from tests.platform.recommendations.runs import make_run

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


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


def test_a_run_that_has_read_nothing_yet_says_nothing_of_interactions(site, staff_client):
    make_run(job=make_job(state=Job.State.QUEUED))
    assert "None" not in staff_client.get("/dashboard/runs/").content.decode()


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
