"""Words of the pages that must fit what happened, and be said once."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from jobs.models import Job
from recommendations.models import Run
from tests.factories import make_job, make_title, make_user

pytestmark = pytest.mark.django_db


def test_the_rules_of_a_password_are_said_once(client):
    fresh = client.get(reverse("account_signup")).content.decode()
    assert fresh.count("at least 10 characters") == 1
    data = {"email": "ada@example.org", "password1": "a1b2"}
    refused = client.post(reverse("account_signup"), data).content.decode()
    assert refused.count("at least 10 characters") == 1
    assert 'id="id_password1_error"' in refused  # the field is described by it


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Run.Origin.FIRST_START, "Started by the first start"),
        (Run.Origin.SCHEDULE, "Started by the schedule"),
        (Run.Origin.STAFF, "Asked for by a former member of staff"),
    ],
)
def test_a_run_of_nobody_says_what_started_it(client, origin, words):
    client.force_login(make_user(is_staff=True))
    job = make_job(owner=None, state=Job.State.DONE, params={"origin": origin})
    page = client.get(reverse("run", args=[Run.objects.create(job=job).pk])).content.decode()
    assert words in page
    assert "becomes a candidate" not in page
    assert "What it left" in page


def test_a_run_under_way_says_what_it_will_become(client):
    client.force_login(make_user(is_staff=True))
    run = Run.objects.create(job=make_job(owner=None, state=Job.State.RUNNING))
    page = client.get(reverse("run", args=[run.pk])).content.decode()
    assert "becomes a candidate" in page
    assert "What it left" not in page


def test_the_facts_of_a_pick_name_three_genres_at_most():
    title = make_title(genres=["Crime", "Drama", "Mystery", "Thriller"])
    line = render_to_string("_facts_line.html", {"title": title, "with_genres": True})
    assert "Crime, Drama, Mystery</span>" in line
    assert "Crime" not in render_to_string("_facts_line.html", {"title": title})


def test_the_account_page_says_that_the_age_limit_is_the_account_s(client):
    client.force_login(make_user())
    assert "logging out ends it" in client.get(reverse("account")).content.decode()
