"""Lines that people type or paste, read as people, franchises and titles."""

import re
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
    """What was found, each once, and the lines that say nothing known, with the reason if any."""

    found: list[Found] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    _taken: set[Found] = field(default_factory=set, repr=False)

    def add(self, line: str, matches: Sequence[Found]) -> None:
        """matches: what the line may mean; of several none is taken."""
        if len(matches) == 1:
            if matches[0] not in self._taken:
                self._taken.add(matches[0])
                self.found.append(matches[0])
        elif matches:
            which = ", ".join(map(str, sorted(matches)))
            self.unknown.append(_("%(line)s (which: %(which)s?)") % {"line": line, "which": which})
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
    """Titles by number, by the address of their page, or by name and year. Two queries."""
    lines = _lines(text)
    numbers = {line: number for line in lines if (number := _number(line)) is not None}
    named = {line: match for line in lines if (match := NAME_AND_YEAR.match(line))}
    ids = set(Title.objects.filter(pk__in=numbers.values()).order_by().values_list("pk", flat=True))
    forms = {search_form(match["name"]) for line, match in named.items() if line not in numbers}
    rows = Title.objects.filter(search_name__in=forms).order_by("pk")
    by_name = _by(list(rows.values_list("pk", "search_name", "year")), lambda row: (row[1], row[2]))
    read = Lines[int]()
    for line in lines:
        if line in numbers:
            read.add(line, [numbers[line]] if numbers[line] in ids else [])
        elif line in named:
            key = (search_form(named[line]["name"]), int(named[line]["year"]))
            read.add(line, by_name.get(key, []))
        else:
            read.add(line, [])
    return read


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
