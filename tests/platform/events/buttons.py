"""Pressing the buttons of a title, as a plain form or by htmx."""

from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from catalog.models import Title

HTMX = {"HX-Request": "true"}
LIST = "0b9a2f0e-0000-4000-8000-000000000001"
BUTTONS = [
    ("rate", {"value": "4.5"}),
    ("save", {"saved": "1"}),
    ("dislike", {}),
    ("hide", {}),
    ("finish", {}),
]
TAKING_BACK = [
    ("rate", {"value": "clear"}),
    ("save", {"saved": "0"}),
    ("dislike", {"disliked": "0"}),
    ("hide", {"hidden": "0"}),
]


def press(
    client: Client, name: str, title: Title, data: dict[str, Any] | None = None, **headers: str
) -> HttpResponse:
    return client.post(reverse(name, args=[title.pk]), data or {}, headers=headers)
