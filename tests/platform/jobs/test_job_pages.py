"""A job is seen by its owner and by staff; nobody else learns that it exists."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from jobs.models import Job
from tests.factories import make_job, make_user

HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(("path", "method"), [("", "get"), ("cancel/", "post"), ("retry/", "post")])
def test_owner_and_staff_may_and_others_may_not(path, method, member, member_client, staff_client):
    job = make_job(owner=member)
    address = f"/jobs/{job.pk}/{path}"
    stranger = Client()
    stranger.force_login(make_user())
    assert getattr(member_client, method)(address).status_code in {200, 302}
    assert getattr(staff_client, method)(address).status_code in {200, 302}
    assert getattr(stranger, method)(address).status_code == 404
    anonymous = getattr(Client(), method)(address)
    assert anonymous.status_code == 302
    assert "login" in anonymous["Location"]


def test_htmx_gets_the_card_alone(member, member_client):
    job = make_job(owner=member, label="Draw a fox", state=Job.State.RUNNING, progress=0.4)
    card = member_client.get(f"/jobs/{job.pk}/", headers=HTMX).content.decode()
    page = member_client.get(f"/jobs/{job.pk}/").content.decode()
    assert "<html" not in card
    assert "<html" in page
    assert 'value="40"' in card


def running(member, *, heard: float, **changes) -> Job:
    """heard: seconds since its worker's last heartbeat."""
    lease = timezone.now() - timedelta(seconds=heard) + settings.JOB_LEASE
    fields = {"state": Job.State.RUNNING, "attempt": 1, "lease_until": lease} | changes
    return make_job(owner=member, **fields)


@pytest.mark.parametrize(
    ("heard", "changes", "said"),
    [
        (12, {}, "for 12 s. Unless it answers, the job is taken up again in 18 s."),
        (12, {"cancel_requested": True}, "Unless it answers, the job is ended in 18 s."),
        (12, {"attempt": 3}, "Unless it answers, the job is ended in 18 s."),
        (40, {}, "for 40 s. The job is taken up again as soon as a worker is free."),
        (40, {"attempt": 3}, "The job is about to be ended."),
    ],
)
def test_a_job_whose_worker_is_silent_says_so_and_what_comes_next(
    heard, changes, said, member, member_client, monkeypatch
):
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    job = running(member, heard=heard, **changes)
    page = member_client.get(f"/jobs/{job.pk}/").content.decode()
    assert "No sign of life from its worker" in page
    assert said in page


def test_a_job_whose_worker_is_heard_of_or_that_waits_says_nothing_of_silence(
    member, member_client
):
    heard = running(member, heard=5)
    waiting = make_job(owner=member)
    for job in (heard, waiting):
        page = member_client.get(f"/jobs/{job.pk}/").content.decode()
        assert "No sign of life" not in page


def test_a_failed_job_says_why_and_can_be_tried_again(member, member_client):
    job = make_job(owner=member, state=Job.State.FAILED, error="The disk is full.", attempt=3)
    page = member_client.get(f"/jobs/{job.pk}/").content.decode()
    assert "The disk is full." in page
    assert f"/jobs/{job.pk}/retry/" in page
    answer = member_client.post(f"/jobs/{job.pk}/retry/", headers=HTMX)
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert "jobs-changed" in answer["HX-Trigger"]


def test_who_is_staff_no_longer_sees_their_training_and_cannot_start_it_again(
    member, member_client, staff_client
):
    job = make_job(owner=member, queue=Job.Queue.HEAVY, state=Job.State.FAILED)
    assert member_client.get(f"/jobs/{job.pk}/").status_code == 200
    for headers in ({}, HTMX):
        assert member_client.post(f"/jobs/{job.pk}/retry/", headers=headers).status_code == 403
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert staff_client.post(f"/jobs/{job.pk}/retry/").status_code == 302
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED


def test_after_cancelling_one_is_back_on_the_page_that_asked_but_never_elsewhere(
    member, member_client
):
    for wanted, got in [("/browse/", "/browse/"), ("https://evil.example/", None)]:
        job = make_job(owner=member)
        answer = member_client.post(f"/jobs/{job.pk}/cancel/", {"next": wanted})
        assert answer["Location"] == (got or f"/jobs/{job.pk}/")
        job.refresh_from_db()
        assert job.state == Job.State.CANCELLED


def test_a_page_asked_for_over_https_never_leads_back_to_http(member, member_client):
    job = make_job(owner=member)
    data = {"next": "http://testserver/browse/"}
    answer = member_client.post(f"/jobs/{job.pk}/cancel/", data, secure=True)
    assert answer["Location"] == f"/jobs/{job.pk}/"


def test_the_bell_shows_ones_own_jobs_only(member, member_client):
    make_job(owner=member, label="Mine", state=Job.State.RUNNING)
    make_job(owner=make_user(), label="Theirs")
    bell = member_client.get("/jobs/").content.decode()
    assert "Mine" in bell
    assert "Theirs" not in bell
    assert 'data-running="1"' in bell


@pytest.mark.parametrize("count", [1, 20])
def test_the_bell_takes_the_same_queries_for_any_number_of_jobs(
    count, member, member_client, django_assert_max_num_queries
):
    for _ in range(count):
        make_job(owner=member)
    with django_assert_max_num_queries(5):
        member_client.get("/jobs/")
