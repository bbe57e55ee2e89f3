"""The pages by which one leaves, and the statements that everybody can read."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Hidden
from events.models import Event, Rating, Saved
from tests.factories import make_user
from tests.platform.privacy.people import PASSWORD, make_full_user

pytestmark = pytest.mark.django_db


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
