"""The formats that the catalog imports: CSV, films of Wikipedia, AppStream games, film facts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import transaction

from catalog.ages import age_from_mpa, age_from_oars
from catalog.importing import (
    BadRow,
    Located,
    Report,
    TitleRow,
    check_text,
    credits_of,
    located_once,
    read_csv,
    read_jsonl,
    split_list,
    whole_number,
    without_repeats,
)
from catalog.models import Title
from catalog.names import search_form
from catalog.upserting import EVERYTHING, upsert

CSV_NEEDED = ("kind", "source_id", "name")
CSV_ROLES = {
    "directors": "director",
    "creators": "creator",
    "developers": "developer",
    "artists": "artist",
    "actors": "actor",
}
CSV_FIELDS = CSV_ROLES | {"age": "minimum_age"}  # where a column and its field differ
CSV_OPTIONAL = (
    *("source", "year", "released_on", "minutes", "age", "country", "franchise", "description"),
    *("genres", *CSV_ROLES, "links"),
)
FACT_COLUMNS = (
    *("movie_id", "title", "year", "directors", "actors"),
    *("age_rating", "country", "synopsis"),
)
FACTS = ("minimum_age", "country", "description", "director", "actor")  # and maybe the franchise
WIKIPEDIA = "wikipedia"
ARTICLE = ("description", "actor", "links")  # what one tells of any film
# freedesktop's categories as genres; a category that is no genre has no entry
GAME_GENRES = {
    "ActionGame": "Action",
    "AdventureGame": "Adventure",
    "ArcadeGame": "Arcade",
    "BlocksGame": "Blocks",
    "BoardGame": "Board game",
    "CardGame": "Card game",
    "Education": "Educational",
    "KidsGame": "Children",
    "Languages": "Educational",
    "LogicGame": "Puzzle",
    "RolePlaying": "Role-playing",
    "Shooter": "Shooter",
    "Simulation": "Simulation",
    "SportsGame": "Sports",
    "StrategyGame": "Strategy",
}
MAX_TEXT = 100_000  # characters
CsvRow = tuple[int, dict[str, str]]  # line, cells


@transaction.atomic
def import_csv(path: Path, report: Report) -> None:
    """Titles of any kind from the CSV described in docs/importing.md; absent columns stay."""
    columns, rows = _with_columns(read_csv(path, report, needed=CSV_NEEDED, optional=CSV_OPTIONAL))
    writes = [CSV_FIELDS.get(column, column) for column in columns]
    upsert(without_repeats(_csv_rows(path, rows, report), report), report, writes=writes)


def _with_columns(rows: Iterator[CsvRow]) -> tuple[Sequence[str], Iterable[CsvRow]]:
    """The columns of a file, () without any row; and its rows."""
    first = next(rows, None)
    return ((), ()) if first is None else (tuple(first[1]), chain([first], rows))


def _csv_rows(path: Path, rows: Iterable[CsvRow], report: Report) -> Iterator[Located]:
    for line, cells in rows:
        with report.row(path, line):
            yield (
                path,
                line,
                _csv_row({name: cells.get(name, "") for name in CSV_NEEDED + CSV_OPTIONAL}),
            )


def _csv_row(cells: dict[str, str]) -> TitleRow:
    return TitleRow(
        source=cells["source"].strip() or "csv",
        source_id=cells["source_id"].strip(),
        kind=cells["kind"].strip().lower(),
        name=" ".join(cells["name"].split()),
        year=whole_number("year", cells["year"]),
        released_on=_day(cells["released_on"]),
        minutes=whole_number("minutes", cells["minutes"]),
        minimum_age=whole_number("age", cells["age"]),
        country=cells["country"].strip(),
        franchise=" ".join(cells["franchise"].split()),
        description=cells["description"].strip(),
        genres=split_list(cells["genres"]),
        credits=credits_of(**{role: split_list(cells[name]) for name, role in CSV_ROLES.items()}),
        links=tuple(_link(text) for text in split_list(cells["links"])),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise BadRow(f"released_on is {text!r}; it must be a day like 1994-05-21") from error


def _link(text: str) -> tuple[str, str]:
    """ "Trailer=https://…" → ("Trailer", "https://…"); a bare address is labelled with its host."""
    label, equals, url = text.partition("=")
    if equals and "://" not in label:
        return label.strip(), url.strip()
    return text.split("://")[-1].split("/")[0][:60], text


@transaction.atomic
def import_wikipedia_films(path: Path, report: Report) -> None:
    """films.jsonl(.gz): films of Wikipedia's yearly lists.

    A film that another source brought (same name and year) is completed, not doubled.
    """
    others = _films_of_others()
    once = located_once(_wikipedia_rows(path, report), report)
    matched = ((path, line, _matched(row, others)) for path, line, row in once)
    rows = list(without_repeats(matched, report))
    fresh = [row for row in rows if row.source == WIKIPEDIA]
    upsert(fresh, report, writes=("kind", "name", "year", "genres", *ARTICLE))
    completed = [row for row in rows if row.source != WIKIPEDIA]
    upsert(completed, report, writes=ARTICLE, only_empty=True)


def _films_of_others() -> dict[tuple[str, int | None], tuple[str, str] | None]:
    """(name as searched, year) → source and id; None where there are two: neither is sure."""
    others: dict[tuple[str, int | None], tuple[str, str] | None] = {}
    films = Title.objects.filter(kind=Title.Kind.FILM).exclude(source=WIKIPEDIA)
    for name, year, *key in films.values_list("search_name", "year", "source", "source_id"):
        others[name, year] = None if (name, year) in others else (key[0], key[1])
    return others


def _matched(
    row: TitleRow, others: dict[tuple[str, int | None], tuple[str, str] | None]
) -> TitleRow:
    """The row in the name of the source that brought this film, or as it is."""
    other = others.get((search_form(row.name)[:250], row.year))
    return replace(row, source=other[0], source_id=other[1]) if other else row


def _wikipedia_rows(path: Path, report: Report) -> Iterator[Located]:
    for line, film in read_jsonl(path, report):
        with report.row(path, line):
            yield path, line, _wikipedia_row(film)


def _wikipedia_row(film: dict[str, Any]) -> TitleRow:
    name, year, article = _text(film, "title"), film.get("year"), _text(film, "href")
    if not name or not isinstance(year, int):
        raise BadRow("a film needs a title (text) and a year (number)")
    address = f"https://en.wikipedia.org/wiki/{quote(article, safe='/()_,!*:;')}"
    return TitleRow(
        source=WIKIPEDIA,
        source_id=article or f"{name} ({year})",
        name=name,
        year=year,
        description=_text(film, "extract") if article else "",  # no text without its credit
        genres=_texts(film, "genres"),
        credits=credits_of(actor=[name for name in _texts(film, "cast") if name[0] != "("]),
        links=(("Wikipedia", address),) if article else (),
    )


def _text(row: dict[str, Any], key: str, *, needed: bool = False) -> str:
    """Without the spaces around it; absent or null → ""."""
    value = row.get(key)
    value = "" if value is None else value
    if not isinstance(value, str):
        raise BadRow(f"{key} must be a text")
    check_text(key, value, longest=MAX_TEXT, needed=needed)
    return value.strip()


def _texts(row: dict[str, Any], key: str) -> tuple[str, ...]:
    value = row.get(key)
    value = [] if value is None else value
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRow(f"{key} must be a list of texts")
    return tuple(dict.fromkeys(item.strip() for item in value if item.strip()))


@transaction.atomic
def import_appstream(path: Path, report: Report) -> None:
    """games.jsonl: games of an AppStream catalog, one component a line."""
    writes = [name for name in EVERYTHING if name != "franchise"]  # not told there
    upsert(without_repeats(_appstream_rows(path, report), report), report, writes=writes)


def _appstream_rows(path: Path, report: Report) -> Iterator[Located]:
    for line, game in read_jsonl(path, report):
        with report.row(path, line):
            yield path, line, _appstream_row(game)


def _appstream_row(game: dict[str, Any]) -> TitleRow:
    released = _released(game.get("released"))
    categories = [GAME_GENRES[name] for name in _texts(game, "genres") if name in GAME_GENRES]
    summary, text = _text(game, "summary"), _text(game, "description")
    developer, homepage = _text(game, "developer"), _text(game, "homepage")
    return TitleRow(
        source="appstream",
        source_id=_text(game, "id", needed=True),
        kind=Title.Kind.GAME,
        name=_text(game, "name", needed=True),
        year=released.year if released else None,
        released_on=released,
        minimum_age=_oars_age(game.get("content_rating")),
        description=f"{summary.rstrip('.')}.\n\n{text}" if summary and text else text or summary,
        genres=tuple(dict.fromkeys(categories)),
        credits=credits_of(developer=[developer] if developer else []),
        links=(("Project page", homepage),) if homepage else (),
    )


def _released(seconds: Any) -> date | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).date()
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise BadRow(f"released is {seconds!r}; it must be seconds since 1970") from error


def _oars_age(ratings: Any) -> int | None:
    try:
        return None if ratings is None else age_from_oars(ratings)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRow(f"content_rating is no OARS rating: {error}") from error


@transaction.atomic
def import_film_facts(path: Path, report: Report) -> None:
    """films.csv: people, age, country, synopsis, franchise of films of a MovieLens folder."""
    known = set(Title.objects.filter(source="movielens").values_list("source_id", flat=True))
    columns, rows = _with_columns(read_csv(path, report, needed=FACT_COLUMNS))
    writes = (*FACTS, "franchise") if "franchise" in columns else FACTS
    located = _fact_rows(path, rows, report, known)
    upsert(without_repeats(located, report), report, writes=writes)


def _fact_rows(
    path: Path, rows: Iterable[CsvRow], report: Report, known: set[str]
) -> Iterator[Located]:
    for line, cells in rows:
        with report.row(path, line):
            if cells["movie_id"] not in known:
                raise BadRow(
                    f"no title with MovieLens id {cells['movie_id']!r}: import MovieLens first"
                )
            yield path, line, _fact_row(cells)


def _fact_row(cells: dict[str, str]) -> TitleRow:
    try:
        age = age_from_mpa(cells["age_rating"])
    except KeyError as error:
        raise BadRow(
            f"age_rating is {cells['age_rating']!r}; known are G, PG, PG-13, R, NC-17"
        ) from error
    return TitleRow(
        source="movielens",
        source_id=cells["movie_id"],
        name=cells["title"],
        minimum_age=age,
        country=", ".join(split_list(cells["country"])),
        franchise=" ".join(cells.get("franchise", "").split()),
        description=cells["synopsis"].strip(),
        credits=credits_of(
            director=split_list(cells["directors"]), actor=split_list(cells["actors"])
        ),
    )
