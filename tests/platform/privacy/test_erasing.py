"""Who is erased is gone, from training too; nobody else is touched."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from arcade.training_models import AgentRun
from arcade.training_services import queue_rating
from catalog.models import Title
from jobs.models import Job
from privacy.services import ErasureRefused, erase_user
from recommendations import dataset
from recommendations.models import Promotion, Run
from studio.models import GeneratorRun
from tests.factories import make_job, make_user
from tests.platform.arcade.training import make_run as make_agent_run
from tests.platform.privacy.people import make_full_user, models_about_a_person
from tests.platform.studio.training import make_run as make_generator_run

pytestmark = pytest.mark.django_db


def test_erasing_ends_sessions_that_nobody_noted_too():
    make_user(is_staff=True)
    user, other = make_full_user(), make_full_user()
    clients = [Client() for _ in range(3)]
    for client, person in zip(clients, (user, user, other), strict=True):
        client.force_login(person)
    visitor = Client().session
    visitor["cart"] = "a visitor's"
    visitor.create()
    UserSession.objects.filter(user__in=[user, other]).delete()
    erase_user(user)
    left = {session.get_decoded().get("_auth_user_id") for session in Session.objects.all()}
    assert left == {str(other.pk), None}
    assert clients[2].get(reverse("account")).status_code == 200


def test_erasing_opens_nobody_s_session(monkeypatch):
    user, other = make_full_user(), make_full_user()
    make_user(is_staff=True)

    def opened(self):
        raise AssertionError("a session was decoded")

    monkeypatch.setattr(Session, "get_decoded", opened)
    erase_user(user)
    kept = UserSession.objects.get(user=other).session_key
    assert [session.session_key for session in Session.objects.all()] == [kept]


def test_ended_sessions_are_cleared_and_others_stay():
    from accounts.tasks import clear_sessions

    for key, year in (("ended", 2001), ("open", 2999)):
        Session.objects.create(pk=key, session_data="", expire_date=f"{year}-01-01T00:00Z")
    clear_sessions()
    assert [session.pk for session in Session.objects.all()] == ["open"]


def rows_about(user_id: int) -> dict:
    found = {
        f"{model.__name__}.{field}": model._base_manager.filter(**{field: user_id}).count()
        for model, field in models_about_a_person()
    }
    return {name: count for name, count in found.items() if count}


def test_erasing_leaves_no_row_and_touches_nobody_else():
    make_user(is_staff=True)
    user, other = make_full_user(), make_full_user()
    assert len(rows_about(user.pk)) >= 8
    before = rows_about(other.pk)
    erase_user(user)
    assert rows_about(user.pk) == {}
    assert not User.objects.filter(pk=user.pk).exists()
    assert rows_about(other.pk) == before
    assert [s.get_decoded()["_auth_user_id"] for s in Session.objects.all()] == [str(other.pk)]
    assert Title.objects.filter(name="Heat").count() == 2


def test_training_runs_stay_as_nobody_s_and_private_jobs_go():
    user = make_full_user()
    erase_user(user)
    assert Job.objects.get().owner is None
    assert Run.objects.exists()
    assert Promotion.objects.get().promoted_by is None


def test_trained_generators_their_measuring_and_their_data_stay_as_nobody_s():
    make_user(is_staff=True)
    run = make_generator_run()
    user = run.job.owner
    run.measuring = make_job(owner=user, label="Measuring")
    run.save()
    run.dataset.job = make_job(owner=user, label="Reading")
    run.dataset.save()
    erase_user(user)
    found = GeneratorRun.objects.get()
    jobs = [found.job, found.measuring, found.dataset.job]
    assert [(job.owner, job.key) for job in jobs] == [(None, None)] * 3


def test_trained_agents_and_their_rating_stay_as_nobody_s():
    make_user(is_staff=True)
    run = make_agent_run()
    user = run.job.owner
    queue_rating(run=run, owner=user)
    erase_user(user)
    found = AgentRun.objects.get()
    assert [(job.owner, job.key) for job in (found.job, found.rating)] == [(None, None)] * 2


def test_the_next_training_does_without_the_person(tmp_path):
    import pandas as pd

    user, other = make_full_user(), make_full_user()
    erase_user(user)
    dataset.snapshot(tmp_path)
    members = set(pd.read_parquet(tmp_path / "interactions.parquet")["user_id"])
    assert members == {other.pk}


def test_the_only_staff_account_is_not_deleted():
    user = make_user(is_staff=True)
    make_user(is_staff=True, password=None)
    make_user(is_staff=True, is_active=False)
    with pytest.raises(ErasureRefused, match="staff rights"):
        erase_user(user)
    assert User.objects.filter(pk=user.pk).exists()


def test_one_of_two_staff_can_leave():
    user = make_user(is_staff=True)
    make_user(is_staff=True)
    erase_user(user)
    assert User.objects.count() == 1
