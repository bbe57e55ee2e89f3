"""What the middleware puts on a request: annotations for views, never made."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class SiteRequest(HttpRequest):
    """From anybody, by htmx or not."""

    htmx: HtmxDetails
