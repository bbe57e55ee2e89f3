"""Name, age limit and tokens on the account page; owner, stranger, visitor."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessToken, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
FORMS = [
    ("change_name", {"name": "Ada"}),
    ("set_age_limit", {"age_limit": "8"}),
    ("create_token", {"name": "app"}),
]


def test_a_visitor_has_to_log_in(client):
    assert client.get(reverse("account")).url.startswith(reverse("account_login"))
    for name, data in FORMS:
        assert client.post(reverse(name), data).url.startswith(reverse("account_login"))
    assert not AccessToken.objects.exists()


def test_the_page_links_to_all_one_may_do(member_client):
    page = member_client.get(reverse("account")).content.decode()
    for name in [
        "account_email",
        "account_change_password",
        "usersessions_list",
        "download_data",
        "delete_account",
    ]:
        assert f'href="{reverse(name)}"' in page


@pytest.mark.parametrize(("name", "data"), FORMS)
def test_forms_of_other_sites_are_refused(member, name, data):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    assert client.post(reverse(name), data).status_code == 403


def test_the_name_is_saved_and_nothing_else(member, member_client):
    data = {
        "name": "Ada",
        "is_staff": "on",
        "is_superuser": "on",
        "age_limit": "0",
        "email": "x@example.org",
    }
    assert member_client.post(reverse("change_name"), data).status_code == 302
    saved = User.objects.get(pk=member.pk)
    assert (saved.name, saved.is_staff, saved.is_superuser) == ("Ada", False, False)
    assert (saved.age_limit, saved.email) == (18, member.email)


def test_a_name_that_is_too_long_is_told(member_client):
    assert member_client.post(reverse("change_name"), {"name": "x" * 81}).status_code == 422


def test_lowering_the_age_limit_is_free(member, member_client):
    assert member_client.post(reverse("set_age_limit"), {"age_limit": "8"}).status_code == 302
    member.refresh_from_db()
    assert member.age_limit == 8


@pytest.mark.parametrize(
    ("password", "status", "limit"), [("", 422, 8), ("wrong", 422, 8), (PASSWORD, 302, 17)]
)
def test_raising_the_age_limit_takes_the_password(password, status, limit):
    user = make_user(age_limit=8, password=PASSWORD)
    client = Client()
    client.force_login(user)
    answer = client.post(reverse("set_age_limit"), {"age_limit": "17", "password": password})
    user.refresh_from_db()
    assert (answer.status_code, user.age_limit) == (status, limit)


def test_the_password_cannot_be_guessed_for_long():
    user = make_user(age_limit=8, password=PASSWORD)
    client = Client()
    client.force_login(user)
    for _ in range(10):
        client.post(reverse("set_age_limit"), {"age_limit": "18", "password": "wrong"})
    client.post(reverse("set_age_limit"), {"age_limit": "18", "password": PASSWORD})
    user.refresh_from_db()
    assert user.age_limit == 8


@pytest.mark.parametrize("limit", ["", "5", "-1", "99", "x"])
def test_an_age_limit_that_does_not_exist_is_told(member, member_client, limit):
    assert member_client.post(reverse("set_age_limit"), {"age_limit": limit}).status_code == 422
    member.refresh_from_db()
    assert member.age_limit == 18


def test_a_token_s_secret_is_shown_once_and_kept_as_a_hash(member, member_client):
    answer = member_client.post(reverse("create_token"), {"name": "phone"}, follow=True)
    secret = answer.context["new_token"]["secret"]
    assert answer.redirect_chain == [(reverse("account") + "#tokens", 302)]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    token = AccessToken.objects.get(owner=member)
    assert token.digest == AccessToken.digest_of(secret) != secret
    page = member_client.get(reverse("account")).content.decode()
    assert "phone" in page
    assert secret not in page
    assert token.digest not in page
    assert secret not in str(dict(member_client.session))


def test_a_token_needs_a_name(member_client):
    assert member_client.post(reverse("create_token"), {"name": " "}).status_code == 422
    assert not AccessToken.objects.exists()


def test_there_is_an_end_to_tokens(member, member_client):
    for number in range(19):
        AccessToken.issue(owner=member, name=str(number))
    answers = [
        member_client.post(reverse("create_token"), {"name": name}).status_code
        for name in ("the last one", "one too many")
    ]
    assert answers[1] == 422
    assert answers[0] < 400
    assert member.tokens.count() == 20


def test_revoking_is_for_the_owner_only(client, member, member_client):
    token, _ = AccessToken.issue(owner=member, name="phone")
    url = reverse("revoke_token", args=[token.pk])
    stranger = Client()
    stranger.force_login(make_user(is_staff=True))
    assert stranger.post(url).status_code == 404
    assert client.post(url).url.startswith(reverse("account_login"))
    token.refresh_from_db()
    assert token.revoked_at is None
    member_client.post(url)
    token.refresh_from_db()
    first = token.revoked_at
    member_client.post(url)
    token.refresh_from_db()
    assert token.revoked_at == first is not None
    assert "phone" not in member_client.get(reverse("account"), follow=True).context[
        "tokens"
    ].values_list("name")


def test_changing_the_address_takes_the_password_again(member, member_client):
    data = {"email": "new@example.org", "action_add": ""}
    answer = member_client.post(reverse("account_email"), data)
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not member.emailaddress_set.filter(email="new@example.org").exists()
