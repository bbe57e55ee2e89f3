"""Take everything along; leave and be gone; nobody else is touched."""

import json
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import AccessToken, User
from catalog.models import Hidden, Title
from events.models import Event, Rating, Saved
from jobs.models import Job
from privacy.export import SECTIONS, export_user
from privacy.services import ErasureRefused, erase_user
from recommendations import dataset
from recommendations.models import Artifact, Promotion, Run
from tests.factories import make_event, make_job, make_title, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def models_about_a_person() -> list:
    """Every relation of any model to the user, found by looking."""
    return [
        (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete
        and not field.auto_created
        and field.related_model is User
        and not field.many_to_many
    ]


def make_full_user(**changes) -> User:
    """A person with a row in every model that can point to them."""
    user = make_user(password=PASSWORD, name="Ada", **changes)
    title = make_title("Heat")
    make_event(user, title, "rate", value=4)
    make_event(user, title, "save")
    make_event(user, make_title("Hidden one"), "hide")
    AccessToken.issue(owner=user, name="phone")
    EmailAddress.objects.create(user=user, email=user.email, primary=True)
    make_job(owner=user, label="A private job")
    Run.objects.create(job=make_job(owner=user, label="Training"), note="nightly")
    artifact = Artifact.objects.create(name=f"a{user.pk}", format=1, data_sha256="0" * 64, bytes=1)
    Promotion.objects.create(artifact=artifact, promoted_by=user, reason="better")
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return user


def exported(user: User) -> dict:
    return json.loads("".join(export_user(user)))


@pytest.mark.parametrize(("model", "field"), models_about_a_person(), ids=str)
def test_the_export_knows_every_model_that_points_to_a_person(model, field):
    assert model in {section.model for section in SECTIONS.values()}


@pytest.mark.parametrize("name", SECTIONS)
def test_the_export_tells_every_column_or_names_it_secret(name):
    section = SECTIONS[name]
    told = {field.split("__")[0] for field in (*section.fields, *section.secret)}
    about_others = {
        "id",
        "lease_until",
        "worker",
        "max_attempts",
        "cancel_requested",
        "content_type",
        "object_id",
    }
    run_figures = {
        "seed",
        "promote_when_better",
        "curve",
        "history",
        "best",
        "report",
        "interactions",
        "members",
        "titles",
        "artifact",
    }
    owners = {"user", "owner", "promoted_by", "by"}
    fields = section.model._meta.concrete_fields
    left = {field.name for field in fields if not told & {field.name, field.attname}}
    assert not left - about_others - run_figures - owners


def test_the_export_holds_what_a_person_has_and_no_secret():
    user = make_full_user()
    data = exported(user)
    assert data["account"][0]["email"] == user.email
    assert {(row["kind"], row["title_name"]) for row in data["events"]} == {
        ("rate", "Heat"), ("save", "Heat"), ("hide", "Hidden one"),
    }  # fmt: skip
    for name in [
        "ratings",
        "saved",
        "hidden",
        "tokens",
        "email_addresses",
        "sessions",
        "promotions",
    ]:
        assert len(data[name]) == 1, name
    assert {row["label"] for row in data["jobs"]} == {"A private job", "Training"}
    text = "".join(export_user(user))
    secrets = [
        user.password,
        user.tokens.get().digest,
        UserSession.objects.get(user=user).session_key,
    ]
    assert not [secret for secret in secrets if secret in text]


def test_the_export_holds_undone_events_and_nobody_else():
    user, other = make_full_user(), make_full_user()
    Event.objects.filter(user=user).update(undone_at="2026-01-01T00:00Z")
    data = exported(user)
    assert len(data["events"]) == 3
    assert other.email not in json.dumps(data)


def test_the_download_is_a_file_and_one_s_own(client, member, member_client):
    answer = member_client.get(reverse("download_data"))
    assert answer.streaming
    assert "attachment" in answer["Content-Disposition"]
    assert json.loads(b"".join(answer.streaming_content))["account"][0]["id"] == member.pk
    assert client.get(reverse("download_data")).url.startswith(reverse("account_login"))


def test_the_download_of_everything_is_had_ten_times_an_hour(member_client):
    answers = [member_client.get(reverse("download_data")).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]


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


def logged_in(user: User) -> Client:
    client = Client()
    assert (
        client.post(
            reverse("account_login"), {"login": user.email, "password": PASSWORD}
        ).status_code
        == 302
    )
    return client


def test_deleting_logs_out_everywhere_and_says_goodbye():
    user = make_full_user()
    here, elsewhere = logged_in(user), logged_in(user)
    answer = here.post(
        reverse("delete_account"), {"email": user.email.upper(), "password": PASSWORD}
    )
    assert answer.url == reverse("goodbye")
    assert here.get(answer.url).status_code == 200
    for client in (here, elsewhere):
        assert client.get(reverse("account")).url.startswith(reverse("account_login"))
    assert not any(model.objects.exists() for model in (Event, Rating, Saved, Hidden, Session))
    assert (
        here.post(reverse("account_login"), {"login": user.email, "password": PASSWORD}).status_code
        == 200
    )


@pytest.mark.parametrize(
    "changes", [{"email": ""}, {"email": "x@example.org"}, {"password": ""}, {"password": "no"}]
)
def test_deleting_takes_the_address_and_the_password(changes):
    user = make_user(password=PASSWORD)
    answer = logged_in(user).post(
        reverse("delete_account"), {"email": user.email, "password": PASSWORD} | changes
    )
    assert answer.status_code == 422
    assert User.objects.filter(pk=user.pk).exists()


def test_the_only_staff_member_reads_what_to_do_first():
    user = make_user(password=PASSWORD, is_staff=True)
    answer = logged_in(user).post(
        reverse("delete_account"), {"email": user.email, "password": PASSWORD}
    )
    assert "staff rights" in answer.content.decode()
    assert User.objects.filter(pk=user.pk).exists()


def test_a_visitor_has_nothing_to_delete(client):
    assert client.post(reverse("delete_account"), {}).url.startswith(reverse("account_login"))


def test_the_notice_says_how_long_lists_and_visits_are_kept(client, settings):
    settings.SERVED_LISTS_KEPT = timedelta(days=45)
    said = " ".join(client.get(reverse("privacy_notice")).content.decode().split())
    assert "what you had done until then, and what made them, for at least 45 days" in said
    assert "They carry the same mark for 30 days" in said


@pytest.mark.parametrize("name", ["privacy_notice", "accessibility", "goodbye"])
def test_the_statements_are_for_everybody(client, name):
    assert client.get(reverse(name)).status_code == 200
