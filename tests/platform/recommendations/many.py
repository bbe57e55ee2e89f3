"""Large catalogs in one statement, and how many queries a page takes."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Title


def make_many(count: int) -> list[Title]:
    return Title.objects.bulk_create(
        Title(
            name=f"One of many {number}",
            source="many",
            source_id=str(number),
            year=1950 + number % 70,
            minimum_age=0,
            sort_name=f"one of many {number}",
            search_name=f"one of many {number}",
        )
        for number in range(count)
    )


def queries_of(client: Client, path: str) -> int:
    """Of the second request: the first one loads the artifact."""
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)
