"""Mails about accounts: in the product's name and voice, whatever address the site has."""

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.urls import reverse

from tests.factories import make_user

pytestmark = pytest.mark.django_db
ADA = "ada@example.org"


def sign_up(client):
    data = {"email": ADA, "password1": "correct horse battery"}
    client.post(reverse("account_signup"), data)


def forget_the_password(client):
    EmailAddress.objects.create(user=make_user(email=ADA), email=ADA, primary=True, verified=True)
    client.post(reverse("account_reset_password"), {"email": ADA})


def forget_the_account(client):
    client.post(reverse("account_reset_password"), {"email": ADA})


def ask_for_the_link_again(client):
    user = make_user(email="grace@example.org")
    EmailAddress.objects.create(user=user, email=ADA, verified=False)
    client.force_login(user)
    client.post(reverse("account_email"), {"action_send": "", "email": ADA})


@pytest.mark.parametrize(
    ("act", "subject", "link"),
    [
        (sign_up, "Marquee: confirm your email address", "/account/confirm-email/"),
        (forget_the_password, "Marquee: choose a new password", "/account/password/reset/key/"),
        (forget_the_account, "Marquee: there is no account for this address", "/account/signup/"),
        (ask_for_the_link_again, "Marquee: confirm your email address", "/account/confirm-email/"),
    ],
)
def test_a_mail_speaks_as_marquee(client, act, subject, link):
    act(client)
    [sent] = mail.outbox
    assert sent.subject == subject
    assert sent.to == [ADA]
    assert f"http://testserver{link}" in sent.body
    assert sent.body.count("testserver") == 1  # in the link and nowhere else
    assert sent.body.startswith("Hello,\n\n")
    assert sent.body.endswith("\n\nMarquee")
    assert "\n\n\n" not in sent.body
    assert "!" not in sent.body
