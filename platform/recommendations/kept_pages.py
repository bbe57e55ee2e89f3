"""First pages of lists, kept for as long as all that they were made from stands."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from cachetools import TTLCache

from catalog.census import Census, current_census
from events.taste_version import taste_version
from recommendations.experiments import Arm, arm_of
from recommendations.loading import Live
from recommendations.rulebook import Rulebook, current_rulebook
from recommendations.taste import served_by

MAX_PAGES = 2_000
KEPT_SECONDS = 60.0  # as late popularity moves, and what was shown in vain begins to tire somebody
Key = tuple[Any, ...]
Page = TypeVar("Page")


@dataclass(frozen=True, eq=False)
class Grounds:
    """What a list of a member is made from, as it stood at one moment."""

    taste_version: int
    age_limit: int
    arm: Arm | None
    census: Census
    rulebook: Rulebook
    live: Live | None

    @classmethod
    def of(cls, user: Any) -> "Grounds":
        arm, census = arm_of(user), current_census()
        rulebook, live = current_rulebook(census), served_by(arm)
        return cls(taste_version(user.pk), user.age_limit, arm, census, rulebook, live)

    def still_hold(self, now: "Grounds") -> bool:
        """A list made now would be the same, but for what was shown since and what is popular."""
        return (
            (self.taste_version, self.age_limit) == (now.taste_version, now.age_limit)
            and self.arm == now.arm
            and self.census is now.census
            and self.rulebook is now.rulebook
            and self.live is now.live
            and now.census.is_current()
        )


_pages: TTLCache[Key, tuple[Grounds, Any]] = TTLCache(MAX_PAGES, KEPT_SECONDS)
_lock = threading.Lock()


def kept_page(user: Any, key: Key, make: Callable[[], tuple[Page, bool]]) -> Page:
    """The page that this member was given under this key, or a new one.

    make: the page, and whether it may be given again.
    """
    grounds = Grounds.of(user)
    whole_key = (user.pk, *key)
    with _lock:
        kept = _pages.get(whole_key)
    if kept is not None and kept[0].still_hold(grounds):
        return kept[1]
    page, is_lasting = make()
    if is_lasting:
        with _lock:
            _pages[whole_key] = grounds, page
    return page


def forget_pages() -> None:
    """As a process that starts now."""
    with _lock:
        _pages.clear()
