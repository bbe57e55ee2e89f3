"""How many requests a minute; the rates are settings, read at each request."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle


class SettingsRate(SimpleRateThrottle):
    """So many in any period, as SimpleRateThrottle has it, by one question to the cache's server.

    That one reads and writes all the moments of a period, up to hundreds, at every request.
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
        self.seconds = self.cache.wait(key, self.num_requests, self.duration, self.timer())
        return self.seconds == 0

    def wait(self) -> float:
        return self.seconds


class AnonymousThrottle(SettingsRate, AnonRateThrottle):
    """By address, for who is not signed in."""


class MemberThrottle(SettingsRate, UserRateThrottle):
    """By account, whichever token or session it uses."""
