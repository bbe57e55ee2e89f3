"""What tests of a match's page send it, keep for it and read in it."""

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from arcade.models import Match

HTMX = {"HX-Request": "true"}


def post(client: Client, name: str, match: Match, **fields: Any) -> Any:
    return client.post(reverse(name, args=[match.code]), fields, headers=HTMX)


def thought(value, *, action=0, policy=None, line=()) -> dict[str, Any]:
    """As a match keeps what an agent thought about a move."""
    shares = {str(key): share for key, share in (policy or {action: 1.0}).items()}
    return {"action": action, "value": value, "policy": shares, "simulations": 9, "line": [*line]}


def said(answer: HttpResponse) -> str:
    """The page with its white space made even."""
    return re.sub(r"\s+", " ", answer.content.decode())
