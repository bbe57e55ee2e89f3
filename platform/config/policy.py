"""The content security policy, which Django's admin needs a little wider."""

from functools import cached_property
from typing import Any

from csp.constants import HEADER, SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

# what django-csp writes on a response by its decorators, and on a request that wants a nonce
WISHES, NONCE = "_csp_", "_csp_nonce"
REPORTED = "CONTENT_SECURITY_POLICY_REPORT_ONLY"
ADMIN: dict[str, Any] = {"script-src": [SELF], "style-src": [SELF, UNSAFE_INLINE]}


class ContentSecurityPolicy(CSPMiddleware):
    """The policy of the settings; in the admin, whose widgets set styles, inline ones too.

    Its text is written once for all responses without wishes of their own.
    """

    @cached_property
    def admin_address(self) -> str:
        return reverse("admin:index")

    @cached_property
    def usual(self) -> str:
        return build_policy()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if (
            settings.DEBUG  # Django's pages about faults set styles
            or request.path_info.startswith(self.admin_address)
            or hasattr(request, NONCE)
            or hasattr(settings, REPORTED)
            or any(name.startswith(WISHES) for name in vars(response))
        ):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.usual)
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(self.admin_address):
            parts.replace = (parts.replace or {}) | ADMIN
        return parts
