"""How many requests a minute; the rates are settings, read at each request."""

from django.conf import settings
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle


class SettingsRate(SimpleRateThrottle):
    def get_rate(self) -> str:
        return settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"][self.scope]


class AnonymousThrottle(SettingsRate, AnonRateThrottle):
    """By address, for who is not signed in."""


class MemberThrottle(SettingsRate, UserRateThrottle):
    """By account, whichever token or session it uses."""
