"""Stars in words."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def in_stars(value: float | str) -> str:
    """0.5 to 5 in halves: "half a star", "1 star", "1½ stars"."""
    whole, half = divmod(round(2 * float(value)), 2)
    if not whole:
        return _("half a star")
    number = f"{whole}½" if half else str(whole)
    return ngettext("%(n)s star", "%(n)s stars", whole + half) % {"n": number}
