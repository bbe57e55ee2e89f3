"""The content security policy, which Django's admin needs a little wider."""

from functools import cached_property

from csp.constants import HEADER, SELF, UNSAFE_INLINE
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

ADMIN = {"script-src": [SELF], "style-src": [SELF, UNSAFE_INLINE]}
DEBUG_PAGES = (404, 500)


class ContentSecurityPolicy(MiddlewareMixin):
    """The policy of the settings; in the admin, whose widgets set styles, inline ones too.

    It names nothing of a request, so it is written once: CSPMiddleware writes it at each.
    """

    @cached_property
    def everywhere(self) -> str:
        return build_policy()

    @cached_property
    def in_admin(self) -> str:
        return build_policy(replace=ADMIN)

    @cached_property
    def admin_address(self) -> str:
        return reverse("admin:index")

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if settings.DEBUG and response.status_code in DEBUG_PAGES:
            return response
        is_admin = request.path_info.startswith(self.admin_address)
        response.headers.setdefault(HEADER, self.in_admin if is_admin else self.everywhere)
        return response
