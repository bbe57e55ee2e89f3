"""Sign up, log in, log out, reset a password: plain forms, by email address, with real mail."""

import re

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import identify_hasher
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
ARGON2 = "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_a_newcomer_signs_up_and_is_asked_for_tastes():
    client = Client(enforce_csrf_checks=True)
    page = client.get(reverse("account_signup")).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    data = {
        "email": "Ada@Example.org",
        "password1": "a long new password",
        "csrfmiddlewaretoken": token,
    }
    answer = client.post(reverse("account_signup"), data)
    assert answer.status_code == 302, answer.context["form"].errors
    assert answer.url == reverse("tastes")
    assert User.objects.get().email == "ada@example.org"
    assert mail.outbox[0].to == ["ada@example.org"]
    assert client.get(reverse("account")).status_code == 200


@pytest.mark.parametrize("password", ["short", "12345678901", "password123", "ada@example.org"])
def test_a_weak_password_is_refused(client, password):
    client.post(reverse("account_signup"), {"email": "ada@example.org", "password1": password})
    assert not User.objects.exists()


def test_one_address_is_one_account_however_it_is_written(client):
    make_user(email="ada@example.org")
    client.post(
        reverse("account_signup"), {"email": "ADA@example.org", "password1": "a long new password"}
    )
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.org"])
def test_logging_in_takes_the_address_in_any_case(client, email):
    make_user(email="ada@example.org", password=PASSWORD)
    answer = client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    assert answer.url == reverse("home")


def test_logging_in_leads_back_to_the_page_one_came_from_and_never_to_another_site(client):
    make_user(email="ada@example.org", password=PASSWORD)
    data = {"login": "ada@example.org", "password": PASSWORD}
    assert client.post(reverse("account_login"), data | {"next": "/my-list/"}).url == "/my-list/"
    client.logout()
    assert client.post(reverse("account_login"), data | {"next": "//evil.example/"}).url == reverse(
        "home"
    )


def test_a_wrong_password_and_an_unknown_address_are_told_alike(client):
    make_user(email="ada@example.org", password=PASSWORD)
    errors = [
        client.post(reverse("account_login"), {"login": email, "password": "wrong"})
        .context["form"]
        .errors
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert errors[0] == errors[1] != {}


def test_many_wrong_passwords_are_slowed_down(client):
    make_user(email="ada@example.org", password=PASSWORD)
    for _ in range(6):
        client.post(reverse("account_login"), {"login": "ada@example.org", "password": "wrong"})
    answer = client.post(
        reverse("account_login"), {"login": "ada@example.org", "password": PASSWORD}
    )
    assert answer.status_code != 302


def test_members_of_the_demo_data_cannot_log_in(client):
    make_user(email="demo1@example.org", password=None, is_demo=True)
    answer = client.post(reverse("account_login"), {"login": "demo1@example.org", "password": ""})
    assert answer.status_code == 200


def test_logging_out_takes_a_press_and_ends_the_session(member_client):
    member_client.get(reverse("account_logout"))
    assert member_client.get(reverse("account")).status_code == 200
    assert member_client.post(reverse("account_logout")).url == reverse("home")
    assert member_client.get(reverse("account")).status_code == 302


def test_a_forgotten_password_is_reset_by_mail(client):
    user = make_user(email="ada@example.org", password=PASSWORD)
    answer = client.post(reverse("account_reset_password"), {"email": "ada@example.org"})
    assert answer.url == reverse("account_reset_password_done")
    link = re.search(r"https?://\S+", mail.outbox[0].body)[0]
    page = client.get(link, follow=True)
    data = {"password1": "an even longer one", "password2": "an even longer one"}
    assert client.post(page.redirect_chain[-1][0], data).status_code == 302
    user.refresh_from_db()
    assert user.check_password("an even longer one")


def test_a_reset_for_an_unknown_address_looks_the_same(client):
    answer = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert answer.url == reverse("account_reset_password_done")


def test_new_passwords_are_hashed_with_argon2():
    from django.conf import LazySettings
    from django.utils.module_loading import import_string

    own = import_string("config.settings.PASSWORD_HASHERS")
    assert isinstance(configured, LazySettings)
    assert own[0] == ARGON2
    with override_settings(PASSWORD_HASHERS=own):
        assert identify_hasher(make_user().password).algorithm == "argon2"


def test_the_admin_takes_the_address_and_keeps_members_out(client):
    make_user(email="staff@example.org", password=PASSWORD, is_staff=True, is_superuser=True)
    make_user(email="ada@example.org", password=PASSWORD)
    data = {"password": PASSWORD, "next": "/admin/"}
    assert client.post("/admin/login/", data | {"username": "ada@example.org"}).status_code == 200
    assert client.post("/admin/login/", data | {"username": "staff@example.org"}).url == "/admin/"
    for page in [
        "/admin/",
        "/admin/accounts/user/",
        "/admin/accounts/user/add/",
        "/admin/events/event/",
    ]:
        assert client.get(page).status_code == 200
    member = User.objects.get(email="ada@example.org")
    assert client.get(f"/admin/accounts/user/{member.pk}/change/").status_code == 200


def test_the_admin_slows_guessing_down_too(client):
    make_user(email="staff@example.org", password=PASSWORD, is_staff=True)
    data = {"username": "staff@example.org", "next": "/admin/"}
    for _ in range(6):
        client.post("/admin/login/", data | {"password": "wrong"})
    assert client.post("/admin/login/", data | {"password": PASSWORD}).status_code == 200
