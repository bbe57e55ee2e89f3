"""Cursor pages: keyset pages that neither skip nor repeat a row while the list changes."""

from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


class CursorPages(BasePagination):
    """{results, next, previous}. The view's `ordering` names fields that are unique together.

    All of them run one way: ("sort_name", "id") or ("-rated_at", "-id"). A cursor is signed for the
    address it was made for, so no invented position ever reaches the database.
    """

    def paginate_queryset(  # type: ignore[override]  # the stubs want sequences too
        self, queryset: QuerySet, request: Request, view: Any = None
    ) -> list[Any]:
        self.request = request
        self.fields = [name.removeprefix("-") for name in view.ordering]
        descending = view.ordering[0].startswith("-")
        size = self._page_size(getattr(view, "page_size", PAGE_SIZE))
        backwards, position = self._read_cursor()
        down = descending != backwards
        if position is not None:
            queryset = queryset.filter(after(self.fields, position, down=down))
        rows = list(
            queryset.order_by(*(f"-{name}" if down else name for name in self.fields))[: size + 1]
        )
        more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        self.has_next = more if not backwards else True
        self.has_previous = more if backwards else position is not None
        self.rows = rows
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        ends = (self.rows[-1], self.rows[0]) if self.rows else (None, None)
        return Response(
            {
                "results": data,
                "next": self._link(ends[0], backwards=False) if self.has_next else None,
                "previous": self._link(ends[1], backwards=True) if self.has_previous else None,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        default = getattr(view, "page_size", PAGE_SIZE)
        size = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": default}
        return [
            {
                "name": "limit",
                "in": "query",
                "description": "How many results a page has.",
                "schema": size,
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins; from `next` or `previous`.",
                "schema": {"type": "string"},
            },
        ]

    def _page_size(self, default: int) -> int:
        given = self.request.query_params.get("limit") or str(default)
        if not (given.isascii() and given.isdigit() and len(given) < 10):
            given = "0"
        if not 1 <= int(given) <= MAX_PAGE_SIZE:
            raise ValidationError({"limit": [_("A page has 1 to %d results.") % MAX_PAGE_SIZE]})
        return int(given)

    def _salt(self) -> str:
        return f"api.pagination:{self.request.path}"

    def _read_cursor(self) -> tuple[bool, list[Any] | None]:
        """(backwards, position); (False, None) is the first page."""
        cursor = self.request.query_params.get("cursor")
        if not cursor:
            return False, None
        try:
            backwards, position = signing.loads(cursor, salt=self._salt())
        except (signing.BadSignature, UnicodeError) as error:
            raise ValidationError(
                {"cursor": [_("This cursor was not made by this list.")]}
            ) from error
        return backwards, position

    def _link(self, row: Any, *, backwards: bool) -> str | None:
        """The address of the page after (or before) a row; an empty page has none to go on from."""
        if row is None:
            return None
        position = [_plain(getattr(row, name)) for name in self.fields]
        cursor = signing.dumps([backwards, position], salt=self._salt())
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)


def after(fields: list[str], position: list[Any], *, down: bool) -> Q:
    """Rows behind a position: (a, b) > (x, y), or < when the order runs down."""
    operator = "lt" if down else "gt"
    behind, equal = Q(), Q()
    for name, value in zip(fields, position, strict=True):
        behind |= equal & Q(**{f"{name}__{operator}": value})
        equal &= Q(**{name: value})
    return behind


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) else value.isoformat()
