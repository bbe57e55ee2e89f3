"""Clients that speak as a program does: with a bearer token, or with nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import AccessToken
from tests.factories import make_user


class Api:
    """GET, POST, PATCH, DELETE below /api/v1/ with JSON bodies."""

    def __init__(self, user: Any = None) -> None:
        self.user = user
        self.client = Client()
        if user:
            _token, secret = AccessToken.issue(owner=user, name="tests")
            self.client = Client(headers={"authorization": f"Bearer {secret}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(self._address(path), query)

    def post(self, path: str, body: Any = None) -> Any:
        return self._send("post", path, body)

    def patch(self, path: str, body: Any = None) -> Any:
        return self._send("patch", path, body)

    def delete(self, path: str) -> Any:
        return self.client.delete(self._address(path))

    def ids(self, path: str, **query: Any) -> list[int]:
        """The ids of a page's titles, whatever they are wrapped in."""
        results = self.get(path, **query).json()["results"]
        return [
            row.get("title", row)["id"] if isinstance(row["title"], dict) else row["id"]
            for row in results
        ]

    def _send(self, method: str, path: str, body: Any) -> Any:
        data = {} if body is None else body
        return getattr(self.client, method)(
            self._address(path), data, content_type="application/json"
        )

    @staticmethod
    def _address(path: str) -> str:
        return path if path.startswith("http") else f"/api/v1/{path}"


@pytest.fixture
def as_user(db) -> Callable[[Any], Api]:
    return Api


@pytest.fixture
def anonymous(db) -> Api:
    return Api()


@pytest.fixture
def owner(db) -> Api:
    return Api(make_user())


@pytest.fixture
def stranger(db) -> Api:
    return Api(make_user())


@pytest.fixture
def staff(db) -> Api:
    return Api(make_user(is_staff=True))


@pytest.fixture
def child(db) -> Api:
    return Api(make_user(age_limit=8))
