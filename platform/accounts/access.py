"""Who may come in, and where to go back to: for every view that takes a plain form or htmx."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from config.requests import SiteRequest

View = Callable[..., HttpResponse]


def safe_next(request: HttpRequest, default: str = "home") -> str:
    """The page of this site that the form came from, else the default."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url(default)


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
