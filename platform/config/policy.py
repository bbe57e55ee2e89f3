"""The content security policy, which Django's admin needs a little wider."""

from functools import cached_property
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

ADMIN: dict[str, Any] = {"script-src": [SELF], "style-src": [SELF, UNSAFE_INLINE]}


class ContentSecurityPolicy(CSPMiddleware):
    """The policy of the settings; in the admin, whose widgets set styles, inline ones too."""

    @cached_property
    def admin_address(self) -> str:
        return reverse("admin:index")

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(self.admin_address):
            parts.replace = (parts.replace or {}) | ADMIN
        return parts
