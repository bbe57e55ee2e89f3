"""Large catalogs in one statement, and how many queries a page takes."""

from typing import Any
from unittest.mock import patch

from cachetools import TTLCache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import census
from catalog.models import Title
from recommendations import dataset


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
    """Of the second request within a second: the first one loads the artifact."""
    kept: TTLCache[Any, Any] = TTLCache(maxsize=100, ttl=60)
    with patch.object(dataset, "kept_fatigue", kept):
        client.get(path)
    with (
        patch.object(census, "POLL_SECONDS", census.STALE_SECONDS),
        patch.object(dataset, "kept_fatigue", kept),
        CaptureQueriesContext(connection) as captured,
    ):
        assert client.get(path).status_code == 200
    # a savepoint is there only because the test is in a transaction
    return sum("SAVEPOINT" not in query["sql"] for query in captured)
