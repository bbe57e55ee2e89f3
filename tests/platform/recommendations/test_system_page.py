"""What lies underneath: workers, queues, the broker, and /readyz/."""

import json

import pytest
from django.test import Client

from jobs.models import Job
from recommendations.services import folder_of, promote
from tests.factories import make_job
from tests.platform.recommendations.pages import text_of
from tests.platform.recommendations.runs import make_artifact

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HTMX = {"HX-Request": "true"}


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
