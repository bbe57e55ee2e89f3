"""MovieLens folders: films, and their ratings as what demo members did, with the real times."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import User
from catalog.importing import (
    BadRow,
    ImportFailed,
    Report,
    TitleRow,
    chunks,
    read_csv,
    split_list,
    whole_number,
    without_repeats,
)
from catalog.models import Title
from catalog.names import display_form
from catalog.upserting import upsert
from events.models import Event, Rating
from events.services import refresh_statistics

SOURCE = "movielens"
NO_GENRES = "(no genres listed)"
YEAR_IN_TITLE = re.compile(r"\s*\((\d{4})(?:[-–]\d{0,4})?\)\s*$")
CHUNK = 5000
RATING_COLUMNS = ("userId", "movieId", "rating", "timestamp")


@dataclass(frozen=True)
class RatingRow:
    member: str
    movie: str
    stars: float
    at: datetime


@transaction.atomic
def import_movielens(folder: Path, report: Report) -> int:
    """Films and ratings of the folder, all or nothing; how many ratings it holds. Twice is once."""
    films = without_repeats(_film_rows(folder / "movies.csv", report), report)
    upsert(films, report, writes=("kind", "name", "year", "genres"))
    count = _import_ratings(_ratings_file(folder), report)
    refresh_statistics()
    return count


def _film_rows(path: Path, report: Report) -> Iterator[tuple[Path, int, TitleRow]]:
    for line, cells in read_csv(path, report, needed=("movieId", "title", "genres")):
        with report.row(path, line):
            yield path, line, _film_row(cells)


def _film_row(cells: dict[str, str]) -> TitleRow:
    name, year = cells["title"].strip(), whole_number("year", cells.get("year", ""))
    if "year" not in cells and (match := YEAR_IN_TITLE.search(name)):
        name, year = name[: match.start()], int(match[1])
    if not name:
        raise BadRow(f"film {cells['movieId']} has no title")
    return TitleRow(
        source=SOURCE,
        source_id=cells["movieId"].strip(),
        name=display_form(name),
        year=year,
        genres=() if cells["genres"] == NO_GENRES else split_list(cells["genres"]),
    )


def _ratings_file(folder: Path) -> Path:
    for name in ("ratings.csv", "ratings.csv.gz"):
        if (folder / name).is_file():
            return folder / name
    raise ImportFailed(f"{folder} holds neither ratings.csv nor ratings.csv.gz")


def _import_ratings(path: Path, report: Report) -> int:
    titles = dict(Title.objects.filter(source=SOURCE).values_list("source_id", "id"))
    members: dict[str, int] = {}
    count = 0
    for chunk in chunks(_rating_rows(path, report, titles), CHUNK):
        _add_members({row.member for row in chunk} - set(members), members)
        Event.objects.bulk_create(
            [
                Event(
                    user_id=members[row.member],
                    title_id=titles[row.movie],
                    kind=Event.Kind.RATE,
                    value=row.stars,
                    key=f"{SOURCE}:{row.movie}",
                    happened_at=row.at,
                )
                for row in chunk
            ],
            ignore_conflicts=True,
        )
        Rating.objects.bulk_create(
            [
                Rating(
                    user_id=members[row.member],
                    title_id=titles[row.movie],
                    stars=row.stars,
                    rated_at=row.at,
                )
                for row in chunk
            ],
            ignore_conflicts=True,
        )
        count += len(chunk)
    return count


def _rating_rows(path: Path, report: Report, titles: dict[str, int]) -> Iterator[RatingRow]:
    for line, cells in read_csv(path, report, needed=RATING_COLUMNS):
        with report.row(path, line):
            row = _rating_row(cells)
            if row.movie not in titles:
                raise BadRow(f"film {row.movie!r} is not in movies.csv, or was refused there")
            yield row


def _rating_row(cells: dict[str, str]) -> RatingRow:
    try:
        stars = float(cells["rating"])
        at = datetime.fromtimestamp(int(cells["timestamp"]), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise BadRow(f"rating {cells['rating']!r} at {cells['timestamp']!r}: {error}") from error
    if not (0.5 <= stars <= 5 and (stars * 2).is_integer()):
        raise BadRow(f"rating is {stars:g}; it must be 0.5 to 5 in halves")
    member = cells["userId"].strip()
    if not member.isalnum() or not member.isascii() or len(member) > 40:
        raise BadRow(f"userId is {member!r}; it must be letters and digits")
    return RatingRow(member=member, movie=cells["movieId"].strip(), stars=stars, at=at)


def _add_members(names: set[str], members: dict[str, int]) -> None:
    """Demo members of these names: nobody can sign in as one."""
    emails = {f"demo-{name}@example.invalid": name for name in sorted(names)}
    unusable = make_password(None)
    User.objects.bulk_create(
        [
            User(email=email, name=f"Member {name}", password=unusable, is_demo=True)
            for email, name in emails.items()
        ],
        ignore_conflicts=True,
    )
    for email, pk in User.objects.filter(email__in=emails).values_list("email", "id"):
        members[emails[email]] = pk
