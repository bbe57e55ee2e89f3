"""What a card on any page shows of a title."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse

from catalog.models import Title
from catalog.posters.spec import PosterSpec, poster_digest

ADDRESSES_KEPT = 20_000  # of titles and of posters each


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

    @property
    def address(self) -> str:
        return _address(self.title.pk, self.title.name)

    @property
    def poster_address(self) -> str:
        return _poster_address(self.title.pk, self.title.poster)


@lru_cache(ADDRESSES_KEPT)
def _address(pk: int, name: str) -> str:
    return Title(pk=pk, name=name).get_absolute_url()


@lru_cache(ADDRESSES_KEPT)
def _poster_address(pk: int, spec: PosterSpec) -> str:
    return reverse("poster", args=[pk, poster_digest(spec)])


def cards_of(titles: Iterable[Title], *, start: int = 0) -> list[Card]:
    """One card a title, numbered on from `start`."""
    return [Card(title=title, position=start + place) for place, title in enumerate(titles)]
