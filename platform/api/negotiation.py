"""Which form an answer gets."""

from collections.abc import Iterable
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

ANY = "*/*"


class FirstThatWillDo(DefaultContentNegotiation):
    """As by default, and at once where a program takes anything, or the first form by its name."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first, wanted = next(iter(renderers)), request.META.get("HTTP_ACCEPT", ANY)
        if format_suffix is None and wanted in (ANY, first.media_type):
            return first, str(first.media_type)
        found: Any = super().select_renderer(request, renderers, format_suffix)
        return found[0], found[1]
