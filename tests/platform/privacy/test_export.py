"""What a person takes along: everything of theirs, no secret, nobody else's."""

import json

import pytest
from allauth.usersessions.models import UserSession
from django.urls import reverse

from accounts.models import User
from events.models import Event
from privacy.export import SECTIONS, export_user
from tests.factories import make_user
from tests.platform.arcade.training import make_run as make_agent_run
from tests.platform.privacy.people import make_full_user, models_about_a_person
from tests.platform.studio.training import make_run as make_generator_run

pytestmark = pytest.mark.django_db


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
        "previews",
        "facts",
    }
    owners = {"user", "owner", "promoted_by", "by", "published_by", "added_by"}
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


def test_the_export_holds_the_generators_that_one_trained_and_no_other_s():
    user, run = make_user(is_staff=True), make_generator_run(note="for the fair")
    assert exported(user)["generator_runs"] == []
    assert [row["note"] for row in exported(run.job.owner)["generator_runs"]] == ["for the fair"]


def test_the_export_holds_the_agents_that_one_trained_and_no_other_s():
    user, run = make_user(is_staff=True), make_agent_run(note="for the fair")
    assert exported(user)["agent_runs"] == []
    assert [row["note"] for row in exported(run.job.owner)["agent_runs"]] == ["for the fair"]


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
