"""Visitors and the API: the site's own pages may write for them, programs need a token."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from events.models import Event, VisitorEvent
from tests.factories import make_event, make_title, make_user

pytestmark = pytest.mark.django_db
URL = "/api/v1/events/"


@pytest.fixture
def browser() -> Client:
    """Somebody who is not logged in and has opened a page of the site."""
    client = Client(enforce_csrf_checks=True)
    client.get("/")
    return client


def send(client, title, kind="click", key="one", **more):
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    body = {"title": title.pk, "kind": kind, "key": key, **more}
    headers = {"x-csrftoken": token} if token else {}
    return client.post(URL, body, content_type="application/json", headers=headers)


def test_a_visitor_writes_from_a_page_of_the_site_and_takes_it_back(browser):
    title = make_title()
    first, again = send(browser, title), send(browser, title)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["kind"], first.json()["value"]) == ("click", None)
    assert VisitorEvent.objects.count() == 1
    headers = {"x-csrftoken": browser.cookies["csrftoken"].value}
    address = f"{URL}{first.json()['id']}/"
    assert browser.delete(address).status_code == 403
    assert browser.delete(address, headers=headers).status_code == 204
    assert not VisitorEvent.objects.exists()
    assert not Event.objects.exists()


def test_another_site_cannot_write_for_a_visitor(browser):
    body = {"title": make_title().pk, "kind": "click", "key": "one"}
    answer = browser.post(URL, body, content_type="application/json")
    assert answer.status_code == 403
    assert not VisitorEvent.objects.exists()


def test_stars_need_an_account(browser):
    answer = send(browser, make_title(), "rate", value=4)
    assert answer.status_code == 401
    assert not VisitorEvent.objects.exists()


def test_hiding_needs_an_account_and_the_error_names_the_way_out(browser):
    answer = send(browser, make_title(), "hide")
    assert answer.status_code == 401
    assert "log in, or send `dislike`" in answer.json()["detail"]
    assert not VisitorEvent.objects.exists()


def test_what_makes_no_sense_begins_no_session(browser):
    hidden = make_title(published=False)
    answers = [send(browser, hidden), send(browser, make_title(), "sleep")]
    headers = {"x-csrftoken": browser.cookies["csrftoken"].value}
    answers.append(browser.delete(f"{URL}1/", headers=headers))
    assert [answer.status_code for answer in answers] == [400, 400, 404]
    assert not Session.objects.exists()


def test_too_many_new_visitors_of_one_address_are_told_to_wait(settings, browser):
    settings.ACCOUNT_RATE_LIMITS = {"visit": "0/m/ip"}
    assert send(browser, make_title()).status_code == 429


def test_a_visitor_takes_back_nothing_of_a_member(browser):
    event = make_event(make_user(), make_title(), "save")
    headers = {"x-csrftoken": browser.cookies["csrftoken"].value}
    assert browser.delete(f"{URL}{event.pk}/", headers=headers).status_code == 404
    assert Event.objects.standing().exists()


def test_a_program_without_a_token_is_refused():
    assert send(Client(enforce_csrf_checks=True), make_title()).status_code == 401
