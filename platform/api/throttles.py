"""How many requests a minute; the rates are settings, read at each request."""

from threading import Lock
from typing import Any

from cachetools import TTLCache
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

PARTS = 60  # of a limit: so large a part is taken at once
MAX_CLIENTS = 10_000
TAKEN_SECONDS = 5.0  # what was taken and not used by then is gone

# requests that are counted already: client and rate → how many, a number that is changed in place
_taken: TTLCache[tuple[str, int, int], list[int]] = TTLCache(MAX_CLIENTS, TAKEN_SECONDS)
_lock = Lock()


class SettingsRate(SimpleRateThrottle):
    """So many in any period, as SimpleRateThrottle has it, by one question to the cache's server.

    That one reads and writes all the moments of a period, up to hundreds, at every request. Here a
    sixtieth of a limit is counted at once, and the next few requests ask nobody. What was counted
    and is not used within seconds is lost, so who is let in late has been counted early.
    """

    cache: Any  # of `config.cache`
    duration: int  # seconds
    num_requests: int
    seconds: float  # until there is room

    def get_rate(self) -> str:
        return settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][self.scope]

    def allow_request(self, request: Request, view: Any) -> bool:
        key = self.get_cache_key(request, view) if self.rate else None
        if key is None:
            return True
        kept_as = (key, self.num_requests, self.duration)
        if use_one(kept_as):
            return True
        wanted = max(1, self.num_requests // PARTS)
        count, self.seconds = self.cache.take(
            key, self.num_requests, self.duration, self.timer(), wanted
        )
        if count > 1:
            with _lock:
                _taken[kept_as] = [count - 1]
        return count > 0

    def wait(self) -> float:
        return self.seconds


def use_one(kept_as: tuple[str, int, int]) -> bool:
    """Of those that were taken before, if one is left."""
    with _lock:
        left = _taken.get(kept_as, [0])
        left[0] -= 1
        return left[0] >= 0


def forget_taken() -> None:
    """As a process that starts now."""
    with _lock:
        _taken.clear()


class AnonymousThrottle(SettingsRate, AnonRateThrottle):
    """By address, for who is not signed in."""


class MemberThrottle(SettingsRate, UserRateThrottle):
    """By account, whichever token or session it uses."""
