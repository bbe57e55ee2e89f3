"""No page runs a script of another origin or an inline one; the admin alone may set styles."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_user

pytestmark = pytest.mark.django_db


def policy_of(client: Client, address: str) -> dict[str, str]:
    header = client.get(address)["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


def test_the_site_allows_nothing_inline(client):
    policy = policy_of(client, reverse("account_login"))
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in " ".join(policy.values())


def test_the_admin_allows_inline_styles_and_no_inline_script():
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True))
    policy = policy_of(client, reverse("admin:index"))
    assert policy["script-src"] == policy["default-src"] == "'self'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["frame-ancestors"] == "'none'"


def test_a_policy_that_is_only_reported_on_is_sent_too(settings):
    address = reverse("account_login")
    assert "Content-Security-Policy-Report-Only" not in Client().get(address)
    settings.CONTENT_SECURITY_POLICY_REPORT_ONLY = {"DIRECTIVES": {"default-src": ["'none'"]}}
    answer = Client().get(address)
    assert answer["Content-Security-Policy-Report-Only"] == "default-src 'none'"
    assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_pages_about_faults_of_a_developer_are_left_as_they_are(settings):
    settings.DEBUG = True
    answer = Client().get("/nothing-is-here/")
    assert answer.status_code == 404
    assert "Content-Security-Policy" not in answer
