"""What a request carries beside Django's own: the middleware's details, the way back."""

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails


class SiteRequest(HttpRequest):
    """From anybody, by htmx or not: an annotation for views, never made."""

    htmx: HtmxDetails


def safe_next(request: HttpRequest, default: str = "home") -> str:
    """The page of this site that the form or its address says it came from, else the default."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url(default)
