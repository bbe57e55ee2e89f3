"""Which titles a rule speaks of."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db.models import Q

from catalog.models import Credit, Title

LISTS = {"kinds": str, "genres": int, "people": int, "franchises": str, "titles": int}
NUMBERS = ("year_min", "year_max", "added_days")


@dataclass(frozen=True)
class Condition:
    """All that is said must hold; of several kinds, genres and so on, one. Nothing said: all."""

    kinds: tuple[str, ...] = ()
    genres: tuple[int, ...] = ()  # ids, as of people and titles
    people: tuple[int, ...] = ()
    franchises: tuple[str, ...] = ()
    titles: tuple[int, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    added_days: int | None = None  # added within so many days

    def __post_init__(self) -> None:
        for name, type_ in LISTS.items():
            if any(type(value) is not type_ for value in getattr(self, name)):
                raise ValueError(f"{name}: a list of {type_.__name__} is wanted")
        for name in NUMBERS:
            if type(getattr(self, name)) not in (int, type(None)):
                raise ValueError(f"{name}: a whole number is wanted")
        if not set(self.kinds) <= set(Title.Kind.values):
            raise ValueError(f"kinds: {', '.join(Title.Kind.values)} are known")

    @classmethod
    def read(cls, kept: Any) -> Self:
        """From JSON; ValueError when it is no condition."""
        try:
            said: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value
                for name, value in kept.items()
            }
            return cls(**said)
        except (AttributeError, TypeError) as error:
            raise ValueError(f"this is no condition: {kept!r}") from error

    def kept(self) -> dict[str, Any]:
        """As JSON: what is said only."""
        said = {name: value for name, value in asdict(self).items() if value not in ((), None)}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in said.items()}

    def says_nothing(self) -> bool:
        return not self.kept()

    def query(self, now: datetime) -> Q:
        """The titles, as a filter."""
        found = Q()
        if self.kinds:
            found &= Q(kind__in=self.kinds)
        if self.genres:
            of_genres = Title.genres.through.objects.filter(genre__in=self.genres)
            found &= Q(pk__in=of_genres.values("title"))
        if self.people:
            found &= Q(pk__in=Credit.objects.filter(person__in=self.people).values("title"))
        if self.franchises:
            found &= Q(franchise__in=self.franchises)
        if self.titles:
            found &= Q(pk__in=self.titles)
        if self.year_min is not None:
            found &= Q(year__gte=self.year_min)
        if self.year_max is not None:
            found &= Q(year__lte=self.year_max)
        if self.added_days is not None:
            found &= Q(added_at__gt=now - timedelta(days=self.added_days))
        return found
