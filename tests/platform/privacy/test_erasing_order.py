"""Erasing holds rows of other people only for what must be sure."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from privacy.services import erase_user
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_sessions_are_searched_before_anybody_s_row_is_locked():
    user = make_user()
    Client().force_login(user)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        erase_user(user)
    statements = [query["sql"] for query in seen.captured_queries]
    opened = next(n for n, sql in enumerate(statements) if '"session_data"' in sql)
    locked = next(n for n, sql in enumerate(statements) if "FOR UPDATE" in sql)
    assert opened < locked
    assert not Session.objects.exists()
