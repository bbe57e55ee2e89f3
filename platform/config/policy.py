"""The content security policy, which Django's admin needs a little wider."""

from functools import cached_property
from typing import Any

from csp.constants import HEADER, HEADER_REPORT_ONLY, SELF, UNSAFE_INLINE
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

ADMIN = {"script-src": [SELF], "style-src": [SELF, UNSAFE_INLINE]}
DEBUG_PAGES = (404, 500)


class ContentSecurityPolicy(MiddlewareMixin):
    """The policy of the settings; in the admin, whose widgets set styles, inline ones too.

    It names nothing of a request, so it is written once: CSPMiddleware writes it at each. Nonces
    and the decorators of django-csp, which no view has, are not heeded.
    """

    @cached_property
    def everywhere(self) -> dict[str, str]:
        return headers()

    @cached_property
    def in_admin(self) -> dict[str, str]:
        return headers(replace=ADMIN)

    @cached_property
    def admin_address(self) -> str:
        return reverse("admin:index")

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if settings.DEBUG and response.status_code in DEBUG_PAGES:
            return response
        is_admin = request.path_info.startswith(self.admin_address)
        for name, value in (self.in_admin if is_admin else self.everywhere).items():
            response.headers.setdefault(name, value)
        return response


def headers(replace: dict[str, Any] | None = None) -> dict[str, str]:
    """The policy, and the one that is only reported on, if the settings have one."""
    both = {
        HEADER: build_policy(replace=replace),
        HEADER_REPORT_ONLY: build_policy(replace=replace, report_only=True),
    }
    return {name: value for name, value in both.items() if value}
