"""Names a browser in words a person knows, from what it says about itself."""

import re

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# the first that fits: most browsers also claim to be those that come after them here
FAMILIES = (
    (r"\bEdg(e|A|iOS)?/", "Edge"),
    (r"\b(OPR|Opera)/", "Opera"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bVivaldi/", "Vivaldi"),
    (r"\b(Firefox|FxiOS)/", "Firefox"),
    (r"\b(HeadlessChrome|Chromium|Chrome|CriOS)/", "Chrome"),
    (r"\bVersion/[\d.]+ .*Safari/", "Safari"),
)
SYSTEMS = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bWindows\b", "Windows"),
    (r"\bMac OS X\b|\bMacintosh\b", "macOS"),
    (r"\bLinux\b", "Linux"),
)


@register.filter
def browser_name(user_agent: str) -> str:
    """Family and system, such as "Firefox on Linux"; one alone when the other is not known."""
    family, system = _first(FAMILIES, user_agent), _first(SYSTEMS, user_agent)
    if family and system:
        return _("%(browser)s on %(system)s") % {"browser": family, "system": system}
    if system:
        return _("Unknown browser on %(system)s") % {"system": system}
    return family or _("Unknown browser")


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for pattern, name in names if re.search(pattern, user_agent or "")), "")
