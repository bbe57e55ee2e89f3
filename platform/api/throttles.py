"""How many requests a minute; the rates are settings, read at each request."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle


class SettingsRate(SimpleRateThrottle):
    """A sliding window: requests of this period, and of the last one as much as is still near.

    Two numbers at the cache's server and one question to it; a list of moments, which is what
    SimpleRateThrottle keeps, would be read and written whole at every request.
    """

    cache: Any  # of `config.cache`
    duration: int  # seconds
    num_requests: int

    def get_rate(self) -> str:
        return settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][self.scope]

    def allow_request(self, request: Request, view: Any) -> bool:
        key = self.get_cache_key(request, view)
        if key is None:
            return True
        self.now = self.timer()
        return self.cache.is_within(key, self.num_requests, self.duration, self.now)

    def wait(self) -> float:
        """Seconds until the next period; a little room may be there before."""
        return self.duration - self.now % self.duration


class AnonymousThrottle(SettingsRate, AnonRateThrottle):
    """By address, for who is not signed in."""


class MemberThrottle(SettingsRate, UserRateThrottle):
    """By account, whichever token or session it uses."""
