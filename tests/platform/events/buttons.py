"""Pressing the buttons of a title, as a plain form or by htmx."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from catalog.models import Title

HTMX = {"HX-Request": "true"}


def press(
    client: Client, name: str, title: Title, data: dict[str, Any] | None = None, **headers: str
) -> HttpResponse:
    return client.post(reverse(name, args=[title.pk]), data or {}, headers=headers)
