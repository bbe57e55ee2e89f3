"""A past for who has no account, and what was kept of it."""

from django.db.models import Manager, QuerySet
from django.test import Client

from catalog.models import Title
from tests.platform.events.buttons import press


def visit(client: Client, *titles: Title) -> None:
    """Each title opened, so that the session has a past."""
    for title in titles:
        assert press(client, "click", title).status_code == 204


def kinds_of(rows: Manager | QuerySet) -> list[tuple[int, str]]:
    """(title, kind) of each row, sorted."""
    return sorted(rows.values_list("title", "kind"))
