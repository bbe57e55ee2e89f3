"""Icons of the one drawing that holds them all."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """Decorative: what stands beside it says the same. name: an id in static/icons.svg"""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        drawing(),
        name,
    )


@cache
def drawing() -> str:
    """Its address."""
    return static("icons.svg")
