"""Lines that people type or paste, read as people, franchises and titles."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.models import Person, Title
from catalog.names import search_form

PAGE = re.compile(r"/title/(\d+)(?:-[-\w]*)?/?(?:[?#]\S*)?$")
NAME_AND_YEAR = re.compile(r"^(?P<name>.+?),?\s*\(?(?P<year>\d{4})\)?$")
MOST_DIGITS = 18  # of an id of the database
Found = TypeVar("Found", int, str)


@dataclass
class Lines(Generic[Found]):
    """What was found, each once; the lines that say nothing known; questions about unclear ones."""

    found: list[Found] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    _taken: set[Found] = field(default_factory=set, repr=False)

    def add(self, line: str, matches: Sequence[Found], told: Callable[[Found], str] = str) -> None:
        """matches: what the line may mean; of several none is taken. told: one of them in words."""
        if len(matches) == 1:
            if matches[0] not in self._taken:
                self._taken.add(matches[0])
                self.found.append(matches[0])
        elif matches:
            which = ", ".join(map(told, matches))
            self.unclear.append(_("%(line)s: which of %(which)s?") % {"line": line, "which": which})
        else:
            self.unknown.append(line)


def people_in(text: str) -> Lines[int]:
    """People by name, one a line or between commas. One query."""
    lines = _lines(text)
    parts = {part.strip() for line in lines for part in [line, *line.split(",")]}
    forms = {search_form(part) for part in parts}
    rows = Person.objects.filter(Q(name__in=parts) | Q(search_name__in=forms)).order_by("pk")
    known = list(rows.values_list("pk", "name", "search_name"))
    exact, alike = _by(known, lambda row: row[1]), _by(known, lambda row: row[2])

    def matches(name: str) -> list[int]:
        return exact.get(name) or alike.get(search_form(name), [])

    read = Lines[int]()
    for line in lines:
        names = [line] if matches(line) else [part.strip() for part in line.split(",")]
        for name in filter(None, names):
            read.add(name, matches(name))
    return read


def franchises_in(text: str) -> Lines[str]:
    """Franchises by name, one a line. One query."""
    lines = _lines(text)
    rows = Title.objects.filter(franchise__in=lines).order_by()
    known = set(rows.values_list("franchise", flat=True).distinct())
    read = Lines[str]()
    for line in lines:
        read.add(line, [line] if line in known else [])
    return read


def titles_in(text: str) -> Lines[int]:
    """Titles by number, by the address of their page, or by name, with its year or without.

    Two queries.
    """
    lines = _lines(text)
    numbers = {line: number for line in lines if (number := _number(line)) is not None}
    dated = {line: match for line in lines if (match := NAME_AND_YEAR.match(line))}
    ids = set(Title.objects.filter(pk__in=numbers.values()).order_by().values_list("pk", flat=True))
    forms = {search_form(name) for name in [*lines, *(match["name"] for match in dated.values())]}
    titles = Title.objects.filter(search_name__in=forms - {""})
    columns = titles.only("name", "search_name", "year", "kind").order_by("year", "pk")
    known = {title.pk: title for title in columns}
    rows = [(pk, title.search_name, title.year) for pk, title in known.items()]
    of_year, of_name = _by(rows, lambda row: row[1:]), _by(rows, lambda row: row[1])

    def matches(line: str) -> list[int]:
        if numbers.get(line) in ids:
            return [numbers[line]]
        match = dated.get(line)
        exact = of_year.get((search_form(match["name"]), int(match["year"])), []) if match else []
        return exact or of_name.get(search_form(line), [])

    read = Lines[int]()
    for line in lines:
        meant = matches(line)
        read.add(line, meant, _told_apart([known[pk] for pk in meant if pk in known]).__getitem__)
    return read


def _told_apart(titles: Sequence[Title]) -> dict[int, str]:
    """Name and year, which can be typed; titles that have both in common by their numbers."""
    years = Counter(title.year for title in titles)
    return {
        title.pk: str(title)
        if title.year and years[title.year] == 1
        else f"{title.pk} ({title.name}, {title.get_kind_display()})"
        for title in titles
    }


def lines_of_titles(ids: Sequence[int]) -> str:
    """Their pages' addresses, as they can be read again. One query."""
    titles = Title.objects.only("name").in_bulk(ids)
    return "\n".join(titles[pk].get_absolute_url() for pk in ids if pk in titles)


def lines_of_people(ids: Sequence[int]) -> str:
    """One query."""
    people = Person.objects.in_bulk(ids)
    return "\n".join(people[pk].name for pk in ids if pk in people)


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line for each in text.splitlines() if (line := each.strip())))


def _number(line: str) -> int | None:
    """Of a line that is a number or an address."""
    page = PAGE.search(line)
    digits = page[1] if page else line
    if not (digits.isascii() and digits.isdigit()) or len(digits) > MOST_DIGITS:
        return None
    return int(digits)


Row = TypeVar("Row", bound=tuple)
Key = TypeVar("Key")


def _by(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[int]]:
    """Ids, the first column, under what each row is known by."""
    found: dict[Key, list[int]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row[0])
    return found
