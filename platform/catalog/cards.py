"""What a card on any page shows of a title."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Title


@dataclass
class Card:
    """A title at its place in a list; saved and liked are filled in by the apps that know."""

    title: Title
    why: str = ""
    position: int = 0
    saved: bool = False
    liked: bool = False
    score: float | None = None
    sources: tuple[str, ...] = ()  # which parts of the recommender brought it

    @property
    def rating_mean(self) -> float | None:
        return self.title.rating_mean

    @property
    def rating_count(self) -> int:
        return self.title.rating_count


def cards_of(titles: Iterable[Title], *, start: int = 0) -> list[Card]:
    """One card a title, numbered on from `start`."""
    return [Card(title=title, position=start + place) for place, title in enumerate(titles)]
