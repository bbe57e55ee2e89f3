"""Every button: where a plain form leads, who is refused, what is no value."""

import pytest
from django.test import Client
from django.urls import reverse

from events.models import Event
from tests.factories import make_title, make_user
from tests.platform.events.buttons import BUTTONS, HTMX, press

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize(("name", "data"), BUTTONS)
def test_a_plain_form_goes_back_to_its_page(member_client, name, data):
    answer = press(member_client, name, make_title(), data | {"next": "/browse/?page=2"})
    assert answer.status_code == 302
    assert answer.url == "/browse/?page=2"
    assert Event.objects.get().kind == name


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""]
)
@pytest.mark.parametrize(("name", "data"), BUTTONS)
def test_no_form_leads_to_another_site(member_client, name, data, elsewhere):
    assert press(member_client, name, make_title(), data | {"next": elsewhere}).url == reverse(
        "home"
    )


def test_a_visitor_who_rates_is_sent_to_log_in_and_then_back(client):
    answer = press(client, "rate", make_title(), {"value": "4.5", "next": "/browse/"})
    assert answer.url == f"{reverse('account_login')}?next=%2Fbrowse%2F"
    assert not Event.objects.exists()


def test_a_visitor_who_rates_with_htmx_is_sent_to_log_in_as_a_page(client):
    page = {"HX-Current-URL": "http://testserver/browse/?kind=film"}
    answer = press(client, "rate", make_title(), {"value": "4.5"}, **HTMX, **page)
    assert answer["HX-Redirect"] == f"{reverse('account_login')}?next=%2Fbrowse%2F%3Fkind%3Dfilm"
    assert not Event.objects.exists()


@pytest.mark.parametrize(("name", "data"), [*BUTTONS, ("play", {"link": "1"})])
def test_a_get_is_not_allowed(member_client, name, data):
    assert member_client.get(reverse(name, args=[make_title().pk]), data).status_code == 405


@pytest.mark.parametrize(("name", "data"), [*BUTTONS, ("play", {"link": "1"})])
def test_forms_of_other_sites_are_refused(member, name, data):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    assert press(client, name, make_title(), data).status_code == 403


@pytest.mark.parametrize(("name", "data"), [*BUTTONS, ("play", {"link": "1"})])
@pytest.mark.parametrize(
    "changes", [{"published": False}, {"minimum_age": 18}, {"minimum_age": None}]
)
def test_a_title_that_is_not_for_this_person_is_not_found(name, data, changes):
    user = make_user(age_limit=13)
    client = Client()
    client.force_login(user)
    assert press(client, name, make_title(**changes), data).status_code == 404
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rate", {}),
        ("rate", {"value": "6"}),
        ("rate", {"value": "3.3"}),
        ("rate", {"value": "nan"}),
        ("rate", {"value": "good"}),
        ("save", {}),
        ("save", {"saved": "perhaps"}),
        ("dislike", {"disliked": "2"}),
        ("hide", {"hidden": "2"}),
        ("finish", {"position": "-1"}),
        ("finish", {"position": "99999999999"}),
        ("finish", {"list_id": "no-uuid"}),
        ("finish", {"shelf": "x" * 61}),
        ("finish", {"key": "x" * 65}),
        ("finish", {"shelf": "a\0b"}),
        ("play", {}),
        ("play", {"link": "-1"}),
    ],
)
def test_a_wrong_value_is_a_400_that_says_why(member_client, name, data):
    for headers in ({}, HTMX):
        answer = press(member_client, name, make_title(), data, **headers)
        assert answer.status_code == 400
        assert answer.content
    assert not Event.objects.exists()
