"""Who asked for a training run: told truthfully, also when they are gone."""

import pytest
from django.core.management import call_command

from jobs.models import Job
from privacy.services import erase_user
from recommendations import tasks
from recommendations.models import FIRST_MODEL, Run
from tests.factories import make_event, make_title, make_user
from tests.platform.recommendations.runs import make_run

pytestmark = pytest.mark.django_db


def test_a_run_of_staff_stays_one_when_their_account_is_erased(staff_client):
    make_user(is_staff=True)
    staff_client.post("/dashboard/start/", {"preset": "tiny", "seed": "0"})
    assert Run.objects.get().origin == Run.Origin.STAFF
    erase_user(Run.objects.get().job.owner)
    assert (Run.objects.get().job.owner, Run.objects.get().origin) == (None, Run.Origin.STAFF)


def test_the_nightly_run_is_the_schedule_s():
    tasks.nightly()
    assert Run.objects.get().origin == Run.Origin.SCHEDULE


def test_the_run_that_makes_a_new_site_ready_is_the_first_start_s(settings, monkeypatch):
    settings.DEMO = "none"
    monkeypatch.setattr("recommendations.management.commands.prepare.FEWEST_INTERACTIONS", 1)
    monkeypatch.setattr(
        "recommendations.management.commands.prepare.ensure_staff", lambda url: None
    )
    monkeypatch.setattr(
        "recommendations.management.commands.prepare.show_progress", lambda *_: None
    )
    monkeypatch.setattr(tasks, "train", lambda job_id: None)
    make_event(make_user(), make_title())
    call_command("prepare", preset="tiny")
    assert Run.objects.get().origin == Run.Origin.FIRST_START


@pytest.mark.parametrize(
    ("note", "key", "is_owned", "origin"),
    [
        ("nightly", "nightly-2026-01-01", False, "schedule"),
        (FIRST_MODEL, None, False, "first start"),
        (FIRST_MODEL, None, True, "staff"),
        ("by somebody who has left", None, False, "staff"),
    ],
)
def test_runs_of_before_it_was_written_down_are_told_by_what_else_is_known(
    note, key, is_owned, origin
):
    run = make_run(note=note)
    Job.objects.filter(pk=run.job_id).update(owner=make_user() if is_owned else None, key=key)
    assert Run.objects.get().origin == origin
