"""Notices of the next page that carry a button to undo what they say."""

from django import template
from django.contrib.messages.storage.base import Message

register = template.Library()
PREFIX = "undo:"


def undo_tag(address: str) -> str:
    """The extra tag of a message that is undone at this address; "" of none."""
    return f"{PREFIX}{address}" if address else ""


@register.filter
def undo_address(message: Message) -> str:
    """Where what the message says is undone; "" where it is not."""
    tag = message.extra_tags or ""
    return tag.removeprefix(PREFIX) if tag.startswith(PREFIX) else ""
