"""Who may come in, for every view that takes a plain form or htmx."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from config.requests import SiteRequest, safe_next

View = Callable[..., HttpResponse]


def member_required(view: View) -> View:
    """Visitors are sent to log in and then back to the page they were on, not to this address."""

    @wraps(view)
    def checked(request: SiteRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        here = request.htmx.current_url_abs_path if request.htmx else None
        target = (
            f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': here or safe_next(request)})}"
        )
        if request.htmx:
            return HttpResponseClientRedirect(target)
        return HttpResponseRedirect(target)

    return checked
