"""Pages and sign-in go on while the cache's server is away."""

import time
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.core.cache import caches
from django.urls import reverse
from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError

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
    assert [away.take("a", 5, 60, 0.0, wanted=3) for _ in range(2)] == [(3, 0), (3, 0)]
    assert away.get_or_set("a", 3) == 3


@pytest.fixture(params=["the server", "memory"])
def shared(settings, request):
    """The server that runs, with keys of this test's own; and what stands for it in other tests."""
    from config.settings import CACHES

    if request.param == "the server":
        settings.CACHES = {"default": CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}
    return caches["default"]


def test_so_many_are_allowed_in_any_period_and_the_next_is_told_when(shared):
    moments = [0.0, 10.0, 20.0, 30.0, 59.5, 60.0, 61.0, 70.25]
    waits = [waits_for(shared, 3, 6000.0 + moment) for moment in moments]
    assert waits == [0, 0, 0, 30, 0.5, 0, 9, 0]
    assert shared.take("b", 3, 60, now=6030.0) == (1, 0)


def waits_for(cache, most: int, now: float) -> float:
    """Seconds; 0: one was taken."""
    count, seconds = cache.take("a", most, 60, now)
    assert count == (seconds == 0)
    return seconds


def test_several_are_taken_at_once_where_there_is_room_and_one_in_the_last_places(shared):
    moments = [0.0, 1.0, 2.0, 3.0, 4.0, 60.0, 61.0]
    taken = [shared.take("a", 8, 60, 6000.0 + moment, wanted=3) for moment in moments]
    assert taken == [(3, 0), (3, 0), (1, 0), (1, 0), (0, 56), (3, 0), (3, 0)]


def test_where_none_is_allowed_there_is_never_room(shared):
    assert [waits_for(shared, 0, 6000.0 + 60 * number) for number in range(3)] == [60] * 3


def test_whoever_had_to_wait_is_not_counted(shared):
    waits = [waits_for(shared, 1, 6000.0 + second) for second in range(61)]
    assert waits == [0, *range(59, 0, -1), 0]


def test_moments_are_forgotten_after_a_period(settings):
    from config.settings import CACHES

    settings.CACHES = {"default": CACHES["default"] | {"KEY_PREFIX": uuid4().hex}}
    cache = caches["default"]
    for moment in range(5):
        cache.take("a", 2, 60, 6000.0 + 60 * moment)
    client = cache._cache.get_client()
    [key] = client.scan_iter(f"{cache.key_prefix}:*")
    assert client.llen(key) == 2
    assert 0 < client.ttl(key) <= 60


@pytest.mark.parametrize("error", [OutOfMemoryError, ReadOnlyError])
def test_a_server_that_cannot_write_is_as_one_that_is_away(error, settings, monkeypatch):
    from config.settings import CACHES

    settings.CACHES = {"default": CACHES["default"]}
    cache = caches["default"]

    def refuse(*arguments, **options):
        raise error

    monkeypatch.setattr(Redis, "execute_command", refuse)
    assert cache.set("a", 1) is None
    assert cache.take("a", 1, 60, now=0.0) == (1, 0)


@pytest.mark.django_db
def test_signing_in_works_while_the_cache_is_away(away, client):
    make_user(email="ada@example.org", password=PASSWORD)
    started = time.monotonic()
    answer = client.post(
        reverse("account_login"), {"login": "ada@example.org", "password": PASSWORD}
    )
    assert answer.url == reverse("home")
    assert time.monotonic() - started < 5
