"""Pages and sign-in go on while the cache's server is away."""

import time
from uuid import uuid4

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
    assert away.is_within("a", 1, 60, now=0.0)
    assert away.get_or_set("a", 3) == 3


@pytest.fixture
def served(settings):
    """The server that runs, with keys of this test's own."""
    from config.settings import CACHES

    settings.CACHES = {"default": CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}
    return caches["default"]


def test_so_many_are_within_a_period(served):
    assert [served.is_within("a", 3, 60, now=6000.0 + n) for n in range(5)] == [1, 1, 1, 0, 0]
    assert served.is_within("b", 3, 60, now=6000.0)


def test_a_new_period_begins_with_what_is_still_near_of_the_last(served):
    for _ in range(4):
        served.is_within("a", 4, 60, now=6000.0)
    later = [served.is_within("a", 4, 60, now=6060.0 + 45) for _ in range(4)]
    assert later == [1, 1, 1, 0]  # a quarter of the four before still counts


def test_what_was_refused_is_not_counted(served):
    for _ in range(50):
        served.is_within("a", 2, 60, now=6000.0)
    assert served.is_within("a", 2, 60, now=6119.0)


def test_counts_leave_nothing_behind(served):
    now = time.time()
    served.is_within("a", 2, 60, now=now)
    client = served._cache.get_client()
    [key] = client.scan_iter(f"{served.key_prefix}:*")
    assert 60 < client.ttl(key) <= 120


@pytest.mark.django_db
def test_signing_in_works_while_the_cache_is_away(away, client):
    make_user(email="ada@example.org", password=PASSWORD)
    started = time.monotonic()
    answer = client.post(
        reverse("account_login"), {"login": "ada@example.org", "password": PASSWORD}
    )
    assert answer.url == reverse("home")
    assert time.monotonic() - started < 5
