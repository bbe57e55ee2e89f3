"""Pages and sign-in go on while the cache's server is away."""

import time

import pytest
from django.conf import settings as configured
from django.core.cache import caches
from django.urls import reverse

from tests.factories import make_user

PASSWORD = "correct horse battery"


@pytest.fixture
def away(settings):
    """A cache whose server nobody runs."""
    from config.settings import CACHES

    settings.CACHES = {"default": CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    return caches["default"]


def test_every_operation_answers_as_an_empty_cache_does(away):
    assert "ForgivingRedisCache" in configured.CACHES["default"]["BACKEND"]
    assert away.get("a", 7) == 7
    assert away.get_many(["a", "b"]) == {}
    assert "a" not in away
    assert away.add("a", 1)
    assert away.set("a", 1) is None
    assert away.set_many({"a": 1}) == []
    assert not away.touch("a")
    assert away.incr("a", 2) == 2
    assert not away.delete("a")
    assert away.delete_many(["a", "b"]) is None
    assert away.get_or_set("a", 3) == 3


@pytest.mark.django_db
def test_signing_in_works_while_the_cache_is_away(away, client):
    make_user(email="ada@example.org", password=PASSWORD)
    started = time.monotonic()
    answer = client.post(
        reverse("account_login"), {"login": "ada@example.org", "password": PASSWORD}
    )
    assert answer.url == reverse("home")
    assert time.monotonic() - started < 5
