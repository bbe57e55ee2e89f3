"""What browsers and crawlers ask for without being told."""

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse


def test_the_icon_is_found_where_browsers_look_for_it(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer.url.startswith("/static/img/favicon.")
    assert finders.find("img/favicon.ico")


@pytest.mark.parametrize("name", ["account", "dashboard", "api:docs", "history", "account_login"])
def test_crawlers_are_asked_to_stay_out_of_private_pages(client, name):
    answer = client.get("/robots.txt")
    assert answer.headers["Content-Type"].startswith("text/plain")
    rules = answer.text.splitlines()
    barred = [rule.removeprefix("Disallow: ") for rule in rules if rule.startswith("Disallow: ")]
    assert any(reverse(name).startswith(path) for path in barred)
    assert "/" not in barred
