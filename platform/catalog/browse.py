"""What the browse page can be narrowed by, and how many titles each choice would leave."""

from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import Count, F, FloatField, QuerySet
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.models import Genre, Title

SORTS = {
    "popular": _("Popular"),
    "newest": _("Newest"),
    "rating": _("Best rated"),
    "name": _("Name"),
}
AGES = {0: _("All ages"), 8: _("Up to 8"), 13: _("Up to 13"), 17: _("Up to 17")}
KEYS = ("kind", "genre", "decade", "year_min", "year_max", "age", "franchise", "sort")
LONGEST_FRANCHISE = 120
USUAL_STARS, USUAL_WEIGHT = 3.5, 20  # a title of few ratings is ranked as if it had these as well


@dataclass(frozen=True)
class Filters:
    """One state of the page; whatever an address holds that makes no sense is left out."""

    kind: str = ""
    genres: tuple[str, ...] = ()  # slugs; a title must have all of them
    decades: tuple[int, ...] = ()
    year_min: int | None = None
    year_max: int | None = None
    age: int | None = None
    franchise: str = ""
    sort: str = "popular"

    @classmethod
    def from_query(cls, query: QueryDict) -> Self:
        kind, sort = query.get("kind") or "", query.get("sort") or ""
        age = _number(query.get("age"))
        return cls(
            kind=kind if kind in Title.Kind.values else "",
            genres=tuple(
                dict.fromkeys(
                    slug for slug in query.getlist("genre") if slug and "\x00" not in slug
                )
            )[:10],
            decades=tuple(
                decade
                for text in dict.fromkeys(query.getlist("decade"))
                if (decade := _number(text)) is not None and decade % 10 == 0
            )[:20],
            year_min=_number(query.get("year_min")),
            year_max=_number(query.get("year_max")),
            age=age if age in AGES else None,
            franchise=_franchise(query.get("franchise") or ""),
            sort=sort if sort in SORTS else "popular",
        )

    def left_out(self, query: QueryDict) -> list[tuple[str, str]]:
        """What an address asks for that is no filter: (key, value), the first of each key."""
        kept = QueryDict(self.address())
        usual = [("sort", "popular")]  # right, and not repeated in a short address
        return [
            (key, given[0])
            for key in KEYS
            if not kept.getlist(key)
            and (
                given := [text for text in query.getlist(key) if text and (key, text) not in usual]
            )
        ]

    @property
    def narrowed(self) -> bool:
        return self != Filters(sort=self.sort)

    def address(self, **extra: Any) -> str:
        """The query string of this state, without what is as usual."""
        query = QueryDict(mutable=True)
        usual = Filters()
        for name in ("kind", "year_min", "year_max", "age", "franchise", "sort"):
            if (value := getattr(self, name)) != getattr(usual, name):
                query[name] = str(value)
        query.setlist("genre", list(self.genres))
        query.setlist("decade", [str(decade) for decade in self.decades])
        for key, value in extra.items():
            query[key] = str(value)
        return query.urlencode()

    def apply(self, titles: QuerySet[Title]) -> QuerySet[Title]:
        """Narrowed, not ordered."""
        if self.kind:
            titles = titles.filter(kind=self.kind)
        for slug in self.genres:
            titles = titles.filter(
                pk__in=Title.genres.through.objects.filter(genre__slug=slug).values("title")
            )
        if self.decades:
            years = [year for decade in self.decades for year in range(decade, decade + 10)]
            titles = titles.filter(year__in=years)
        if self.year_min is not None:
            titles = titles.filter(year__gte=self.year_min)
        if self.year_max is not None:
            titles = titles.filter(year__lte=self.year_max)
        if self.age is not None:
            titles = titles.filter(minimum_age__lte=self.age)
        if self.franchise:
            titles = titles.filter(franchise=self.franchise)
        return titles

    def order(self, titles: QuerySet[Title]) -> QuerySet[Title]:
        match self.sort:
            case "newest":
                return titles.order_by(F("year").desc(nulls_last=True), "-popularity", "pk")
            case "name":
                return titles.order_by("sort_name", "year", "pk")
            case "rating":
                stars = F("rating_mean") * F("rating_count") + USUAL_STARS * USUAL_WEIGHT
                weighted = Cast(stars, FloatField()) / (F("rating_count") + USUAL_WEIGHT)
                return titles.annotate(weighted=weighted).order_by(
                    F("weighted").desc(nulls_last=True), "sort_name", "pk"
                )
            case _:
                return titles.order_by("-popularity", "sort_name", "pk")


@dataclass(frozen=True)
class Choice:
    """One chip of a filter group."""

    value: str
    label: Any
    count: int
    on: bool


def kind_choices(visible: QuerySet[Title], filters: Filters) -> list[Choice]:
    """A chip for every kind that has titles at all; none when there is only one such kind."""
    existing = set(visible.order_by().values_list("kind", flat=True).distinct())
    if len(existing) < 2:
        return []
    counts = _counts(replace(filters, kind="").apply(visible), "kind")
    return [
        Choice(kind, Title.Kind(kind).label, counts.get(kind, 0), filters.kind == kind)
        for kind in Title.Kind.values
        if kind in existing
    ]


def genre_choices(visible: QuerySet[Title], filters: Filters) -> list[Choice]:
    """A chip for every genre that leaves something, chosen ones always; by name."""
    left = filters.apply(visible)
    counts = dict(
        Title.genres.through.objects.filter(title__in=left.order_by().values("pk"))
        .values_list("genre__slug")
        .annotate(n=Count("pk"))
    )
    return [
        Choice(genre.slug, genre.name, counts.get(genre.slug, 0), genre.slug in filters.genres)
        for genre in Genre.objects.filter(slug__in={*counts, *filters.genres})
    ]


def decade_choices(visible: QuerySet[Title], filters: Filters) -> list[Choice]:
    """A chip a decade, the newest first."""
    by_year = _counts(replace(filters, decades=()).apply(visible), "year")
    counts: dict[int, int] = dict.fromkeys(filters.decades, 0)
    for year, n in by_year.items():
        if year is not None:
            counts[year // 10 * 10] = counts.get(year // 10 * 10, 0) + n
    return [
        Choice(
            str(decade),
            _("%(decade)ss") % {"decade": decade},
            counts[decade],
            decade in filters.decades,
        )
        for decade in sorted(counts, reverse=True)
    ]


def age_choices(visible: QuerySet[Title], filters: Filters) -> list[Choice]:
    """A chip for every age up to which some title is known to be suitable."""
    by_age = _counts(replace(filters, age=None).apply(visible), "minimum_age")
    choices = []
    for age, label in AGES.items():
        count = sum(n for minimum, n in by_age.items() if minimum is not None and minimum <= age)
        if count or filters.age == age:
            choices.append(Choice(str(age), label, count, filters.age == age))
    return choices


def _counts(titles: QuerySet[Title], column: str) -> dict[Any, int]:
    return dict(titles.order_by().values_list(column).annotate(n=Count("pk")))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 4 else None


def _franchise(text: str) -> str:
    """As it is, or "" when no title can be of it."""
    return "" if "\x00" in text or len(text) > LONGEST_FRANCHISE else text.strip()
