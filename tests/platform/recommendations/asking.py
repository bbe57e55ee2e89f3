"""A list for a person, as the API makes it."""

from typing import Any

from recommendations import lists


def recommend(user: Any, *, limit: int, kind: str | None = None) -> lists.ServedList:
    """The first page of a fresh list."""
    return lists.recommendation_page(user, limit=limit, kind=kind, cursor=None)[0]
