"""What every importer shares: reading rows and refusing bad ones with file and line."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.text import slugify
from tqdm import tqdm

from catalog.models import Credit, Title

MAX_FIELD_CHARACTERS = 1_000_000
FIRST_YEAR, LAST_YEAR = 1870, 2100
check_url = URLValidator(schemes=["http", "https"])  # never javascript: or file:
csv.field_size_limit(MAX_FIELD_CHARACTERS)
UNREADABLE = (OSError, EOFError, zlib.error)  # a file that is cut, damaged or gone


class ImportFailed(Exception):
    """The file as a whole cannot be imported; nothing was written. The message says why."""


class BadRow(ValueError):
    """One row makes no sense; the message says what is wrong with it."""


@dataclass(frozen=True)
class TitleRow:
    """A title as a source tells it, whatever the format; refuses what the catalog cannot hold."""

    source: str
    source_id: str
    name: str
    kind: str = Title.Kind.FILM
    year: int | None = None
    released_on: date | None = None
    minutes: int | None = None
    minimum_age: int | None = None
    country: str = ""
    franchise: str = ""
    description: str = ""
    genres: tuple[str, ...] = ()
    credits: tuple[tuple[str, str], ...] = ()  # (role, name), in order
    links: tuple[tuple[str, str], ...] = ()  # (label, address)

    def __post_init__(self) -> None:
        for what, value, longest in (
            ("name", self.name, 250),
            ("source", self.source, 40),
            ("source_id", self.source_id, 120),
        ):
            check_text(what, value, longest=longest, needed=True)
        check_text("country", self.country, longest=120)
        check_text("franchise", self.franchise, longest=120)
        check_text("description", self.description, longest=100_000)
        for genre in self.genres:
            check_text("genre", genre, longest=60, needed=True)
            if not slugify(genre, allow_unicode=True):
                raise BadRow(f"genre {genre!r} has no letter")
        for _, person in self.credits:
            check_text("person", person, longest=120, needed=True)
        if self.kind not in Title.Kind.values:
            raise BadRow(f"kind is {self.kind!r}; it must be one of {', '.join(Title.Kind.values)}")
        check_range("year", self.year, FIRST_YEAR, LAST_YEAR)
        check_range("minutes", self.minutes, 1, 30_000)
        check_range("age", self.minimum_age, 0, 21)
        for label, url in self.links:
            check_text("link label", label, longest=60)
            check_link(url)


Located = tuple[Path, int, TitleRow]


def check_text(what: str, value: str, *, longest: int, needed: bool = False) -> None:
    if needed and not value.strip():
        raise BadRow(f"{what} is empty")
    if len(value) > longest:
        raise BadRow(f"{what} is longer than {longest} characters")
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadRow(f"{what} holds bytes that are no UTF-8 text")


def check_range(what: str, value: int | None, lowest: int, highest: int) -> None:
    if value is not None and not lowest <= value <= highest:
        raise BadRow(f"{what} is {value}; it must be between {lowest} and {highest}")


def check_link(url: str) -> None:
    try:
        check_url(url)
    except ValidationError as error:
        raise BadRow(f"link {url!r} is no http(s) address") from error
    if len(url) > 500:
        raise BadRow("a link is longer than 500 characters")


def whole_number(what: str, text: str) -> int | None:
    """ "1994" → 1994, empty → None."""
    text = text.strip()
    if not text:
        return None
    try:
        return int(text)
    except ValueError as error:
        raise BadRow(f"{what} is {text!r}; it must be a whole number") from error


def split_list(text: str) -> tuple[str, ...]:
    """ "Drama|Comedy|Drama" → ("Drama", "Comedy")."""
    return tuple(dict.fromkeys(part.strip() for part in text.split("|") if part.strip()))


@dataclass
class Report:
    """What an import did, and every row that it refused."""

    strict: bool = False
    progress: bool = False
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)

    def refuse(self, path: Path, line: int, reason: object) -> None:
        """Note a bad row; with `strict` the whole import ends here."""
        problem = f"{path.name}, line {line}: {reason}"
        if self.strict:
            raise ImportFailed(problem)
        self.problems.append(problem)

    @contextmanager
    def row(self, path: Path, line: int) -> Iterator[None]:
        """A `BadRow` inside is noted and the work goes on after the block."""
        self.read += 1
        try:
            yield
        except BadRow as error:
            self.refuse(path, line, error)

    def summary(self) -> str:
        return (
            f"{self.read} rows read: {self.created} titles new, {self.updated} changed, "
            f"{self.unchanged} as before, {len(self.problems)} rows refused"
        )


def open_text(path: Path) -> IO[str]:
    """A text file, gzipped or not; bytes that are no UTF-8 become surrogates, which rows refuse."""
    try:
        if path.suffix == ".gz":
            raw: Any = gzip.open(path, "rb")  # noqa: SIM115  # the caller closes it
        else:
            raw = path.open("rb")
        return io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise ImportFailed(f"cannot read {path}: {error.strerror or error}") from error


def read_csv(
    path: Path, report: Report, *, needed: Iterable[str] = (), optional: Iterable[str] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of every well-formed row; a needed column that is missing fails the file.

    optional: the other columns that are known (None: any); a column beyond them fails the file too.
    """
    with open_text(path) as file:
        reader = csv.reader(file)
        columns = [name.strip() for name in _next_row(path, reader) or []]
        if missing := [name for name in needed if name not in columns]:
            raise ImportFailed(f"{path.name}: column {', '.join(missing)} is missing")
        if optional is not None and (strange := set(columns) - set(needed) - set(optional)):
            raise ImportFailed(f"{path.name}: unknown column {', '.join(sorted(strange))}")
        for line, cells in _progress(path, _csv_rows(path, reader, report), report):
            if len(cells) == len(columns):
                yield line, dict(zip(columns, cells, strict=True))
            elif cells:
                report.read += 1
                report.refuse(path, line, f"{len(cells)} cells; the header has {len(columns)}")


def _next_row(path: Path, reader: Any) -> list[str] | None:
    try:
        return next(reader, None)
    except (csv.Error, *UNREADABLE) as error:
        raise ImportFailed(f"{path.name}: {error}") from error


def _csv_rows(path: Path, reader: Any, report: Report) -> Iterator[tuple[int, list[str]]]:
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            report.read += 1
            report.refuse(path, reader.line_num, error)
            continue
        except UNREADABLE as error:
            raise ImportFailed(f"{path.name}, line {reader.line_num}: {error}") from error
        if cells is None:
            return
        yield reader.line_num, cells


def read_jsonl(path: Path, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, object) of every line that holds a JSON object."""
    with open_text(path) as file:
        for line, text in _progress(path, enumerate(_lines(path, file), start=1), report):
            if not text.strip():
                continue
            try:
                row = json.loads(text)
            except (ValueError, RecursionError) as error:  # numbers too long, lists too deep
                report.read += 1
                report.refuse(path, line, f"no JSON: {error}")
                continue
            if isinstance(row, dict):
                yield line, row
            else:
                report.read += 1
                report.refuse(path, line, "no JSON object")


def _lines(path: Path, file: IO[str]) -> Iterator[str]:
    try:
        yield from file
    except UNREADABLE as error:
        raise ImportFailed(f"{path.name}: {error}") from error


def _progress(path: Path, rows: Iterable[Any], report: Report) -> Iterable[Any]:
    if not report.progress:
        return rows
    with open_text(path) as file:
        total = sum(1 for _ in _lines(path, file))
    return tqdm(rows, total=total, desc=path.name, unit=" rows", leave=False)


def without_repeats(rows: Iterable[Located], report: Report) -> Iterator[TitleRow]:
    """Each (source, source_id) once; a later row with the same one is refused."""
    return (row for _, _, row in located_once(rows, report))


def located_once(rows: Iterable[Located], report: Report) -> Iterator[Located]:
    """`without_repeats`, with where each row stands."""
    seen: dict[tuple[str, str], int] = {}
    for path, line, row in rows:
        key = (row.source, row.source_id)
        if key in seen:
            title = f"{row.name!r} ({row.source} {row.source_id!r})"
            report.refuse(path, line, f"{title} is already in line {seen[key]}")
            continue
        seen[key] = line
        yield path, line, row


def chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def credits_of(**names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """director=["A"], actor=["B", "C"] → (("director", "A"), ("actor", "B"), ("actor", "C"))."""
    return tuple(
        (Credit.Role(role).value, name)
        for role, people in names.items()
        for name in dict.fromkeys(people)
    )
