"""First pages of lists, kept for as long as all that they were made from stands."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from cachetools import TTLCache

from recommendations.grounds import Grounds, Stamp

MAX_PAGES = 2_000
KEPT_SECONDS = 60.0  # as late popularity moves, and what was shown in vain begins to tire somebody
Key = tuple[Any, ...]
Page = TypeVar("Page")

_pages: TTLCache[Key, tuple[Stamp, Any]] = TTLCache(MAX_PAGES, KEPT_SECONDS)
_lock = threading.Lock()


def kept_page(user: Any, key: Key, make: Callable[[Grounds], tuple[Page, bool]]) -> Page:
    """The page that this member was given under this key, or a new one.

    make: the page, and whether it may be given again.
    """
    grounds = Grounds.of(user)
    whole_key = (user.pk, *key)
    with _lock:
        kept = _pages.get(whole_key)
    if kept is not None and kept[0].holds(grounds):
        return kept[1]
    page, is_lasting = make(grounds)
    if is_lasting:
        with _lock:
            _pages[whole_key] = grounds.stamp(), page
    return page


def forget_pages() -> None:
    """As a process that starts now."""
    with _lock:
        _pages.clear()
