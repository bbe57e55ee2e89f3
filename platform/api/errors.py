"""Every error of the API is a problem document (RFC 9457), with `errors` by field."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"
API_ROOT = "/api/"
WHOLE_BODY = "non_field_errors"


class ContentTooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None (Django's own 500) for what nobody expected."""
    if isinstance(error, RequestDataTooBig):
        error = ContentTooLarge()
    elif isinstance(error, Http404):
        error = exceptions.NotFound(missing(context))
    elif isinstance(error, SuspiciousOperation):
        error = exceptions.ParseError(_("This request is malformed."))
    response = exception_handler(error, context)
    if response is None:
        return None
    detail = getattr(error, "detail", response.data.get("detail", ""))
    errors = by_field(detail) if isinstance(error, exceptions.ValidationError) else {}
    if errors:
        detail = _("Some values are not acceptable.")
    elif isinstance(error, exceptions.ValidationError):
        detail = " ".join(map(str, detail))
    response.data = document(response.status_code, str(detail), errors)
    response.content_type = MEDIA_TYPE
    return response


def missing(context: dict[str, Any]) -> str:
    """ "There is no title 123.", from what the view looks up and from its address."""
    queryset = getattr(context.get("view"), "queryset", None)
    number = next(iter((context.get("kwargs") or {}).values()), None)
    if queryset is None or number is None:
        return _("There is nothing here that you may see.")
    thing = queryset.model._meta.verbose_name
    return _("There is no %(thing)s %(number)s.") % {"thing": thing, "number": number}


def document(
    status: int, detail: str, errors: dict[str, list[str]] | None = None
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": printable(detail),
    }
    if errors:
        body["errors"] = errors
    return body


def by_field(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested error detail, flat: {"shelf": [...], "shown.0.title": [...]}."""
    if isinstance(detail, dict):
        parts: Iterable[tuple[Any, Any]] = detail.items()
    elif isinstance(detail, list) and any(isinstance(part, dict | list) for part in detail):
        parts = enumerate(detail)
    elif isinstance(detail, list):
        return {prefix or WHOLE_BODY: [printable(str(message)) for message in detail]}
    else:
        return {prefix or WHOLE_BODY: [printable(str(detail))]}
    flat: dict[str, list[str]] = {}
    for name, part in parts:
        flat.update(by_field(part, f"{prefix}.{name}" if prefix else str(name)))
    return flat


def printable(text: str) -> str:
    """Messages repeat what was sent: half a surrogate pair in it could not be encoded again."""
    return text.encode(errors="replace").decode()


# ── What Django answers by itself, before or beside DRF ───────────────────────────────────────────


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_ROOT):
        return _plain(400, _("This request is malformed."))
    request.GET = QueryDict()  # the page shows the search box, and may not trip over it again
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_ROOT):
        return _plain(403, _("You may not do this."))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith(API_ROOT):
        return _plain(404, _("There is nothing at this address; all addresses end in a slash."))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API_ROOT):
        return _plain(500, _("The site failed to answer; the failure was written down."))
    return defaults.server_error(request)


def _plain(status: int, detail: str) -> HttpResponse:
    return HttpResponse(
        json.dumps(document(status, detail)), status=status, content_type=MEDIA_TYPE
    )
