"""Rows into tables: new titles are made, known ones brought in line, in a handful of statements."""

from collections import defaultdict
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from catalog.importing import Report, TitleRow, chunks
from catalog.models import Credit, Genre, Link, Person, Title
from catalog.names import search_form, sort_form

CHUNK = 1000
COLUMNS = (
    "kind",
    "name",
    "year",
    "released_on",
    "minutes",
    "minimum_age",
    "country",
    "franchise",
    "description",
)
RELATIONS = ("genres", *Credit.Role.values, "links")
EVERYTHING = COLUMNS + RELATIONS
ROLE = itemgetter(0)  # of a (role, person)


@transaction.atomic
def upsert(
    rows: Iterable[TitleRow],
    report: Report,
    *,
    writes: Iterable[str] = EVERYTHING,
    only_empty: bool = False,
) -> None:
    """Make or change the titles of these rows; all or nothing.

    writes: what this source knows (people by their role), the rest of a known title stays;
    only_empty: fill gaps only, and add the links that are missing.
    """
    writes = tuple(writes)
    for chunk in chunks(rows, CHUNK):
        _upsert_chunk(chunk, report, writes, only_empty)


def _upsert_chunk(
    rows: list[TitleRow], report: Report, writes: tuple[str, ...], only_empty: bool
) -> None:
    known = _known(rows)
    new = [row for row in rows if (row.source, row.source_id) not in known]
    made = Title.objects.bulk_create([_new_title(row) for row in new])
    titles = known | {(title.source, title.source_id): title for title in made}
    changed: set[int] = set()
    pairs = [(titles[row.source, row.source_id], row) for row in rows]
    columns = [name for name in COLUMNS if name in writes]
    for title, row in pairs:
        if sum(_set(title, name, getattr(row, name), only_empty) for name in columns):
            changed.add(title.pk)
    if changed and columns:
        fields = [*columns, *(["sort_name", "search_name"] if "name" in columns else [])]
        touched = [title for title in titles.values() if title.pk in changed]
        Title.objects.bulk_update(touched, fields, batch_size=500)
    fresh = {title.pk for title in made}
    _write_relations([pair for pair in pairs if pair[0].pk in fresh], EVERYTHING, False)
    held = [pair for pair in pairs if pair[0].pk not in fresh]
    changed |= _write_relations(held, writes, only_empty)
    report.created += len(fresh)
    report.updated += len(changed - fresh)
    report.unchanged += len(rows) - len(fresh) - len(changed - fresh)


def _write_relations(
    pairs: list[tuple[Title, TitleRow]], writes: tuple[str, ...], only_empty: bool
) -> set[int]:
    """Bring genres, people and links in line; which titles changed."""
    changed: set[int] = set()
    if not pairs:
        return changed
    if "genres" in writes:
        changed |= _write_genres(pairs, only_empty)
    if roles := set(writes) & set(Credit.Role.values):
        changed |= _write_credits(pairs, roles, only_empty)
    if "links" in writes:
        changed |= _write_links(pairs, only_empty)
    return changed


def _known(rows: list[TitleRow]) -> dict[tuple[str, str], Title]:
    by_source: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(row.source_id)
    return {
        (title.source, title.source_id): title
        for source, ids in by_source.items()
        for title in Title.objects.filter(source=source, source_id__in=ids).defer("search")
    }


def _new_title(row: TitleRow) -> Title:
    return Title(
        source=row.source,
        source_id=row.source_id,
        **_searched_names(row.name),
        **{name: getattr(row, name) for name in COLUMNS},
    )


def _set(title: Title, name: str, value: Any, only_empty: bool) -> bool:
    """Whether the column changed."""
    held = getattr(title, name)
    if held == value or (only_empty and held not in (None, "")):
        return False
    setattr(title, name, value)
    if name == "name":
        for form, text in _searched_names(value).items():
            setattr(title, form, text)
    return True


def _searched_names(name: str) -> dict[str, str]:
    """Both forms, cut to their columns: a letter like ß becomes longer in them."""
    return {"sort_name": sort_form(name)[:250], "search_name": search_form(name)[:250]}


def _write_genres(pairs: list[tuple[Title, TitleRow]], only_empty: bool) -> set[int]:
    """Bring the genres in line; which titles changed."""
    ids = _genre_ids({genre for _, row in pairs for genre in row.genres})
    wanted = {
        title.pk: {ids[slugify(genre, allow_unicode=True)] for genre in row.genres}
        for title, row in pairs
    }
    through = Title.genres.through
    held: dict[int, set[int]] = defaultdict(set)
    for title_id, genre_id in through.objects.filter(title__in=wanted).values_list(
        "title_id", "genre_id"
    ):
        held[title_id].add(genre_id)
    changed = {
        title_id
        for title_id, genres in wanted.items()
        if genres != held[title_id] and not (only_empty and held[title_id])
    }
    through.objects.filter(title__in=[title_id for title_id in changed if held[title_id]]).delete()
    through.objects.bulk_create(
        [
            through(title_id=pk, genre_id=genre)
            for pk in sorted(changed)
            for genre in sorted(wanted[pk])
        ]
    )
    return changed


def _genre_ids(names: set[str]) -> dict[str, int]:
    """Slug → id; genres that are not there yet are made."""
    by_slug = {slugify(name, allow_unicode=True): name for name in sorted(names)}
    missing = set(by_slug) - set(
        Genre.objects.filter(slug__in=by_slug).values_list("slug", flat=True)
    )
    Genre.objects.bulk_create(
        [Genre(name=by_slug[slug], slug=slug) for slug in sorted(missing)], ignore_conflicts=True
    )
    return dict(Genre.objects.filter(slug__in=by_slug).values_list("slug", "id"))


def _write_credits(
    pairs: list[tuple[Title, TitleRow]], roles: set[str], only_empty: bool
) -> set[int]:
    """Bring the people of these roles in line, each role in its order; which titles changed."""
    ids = _person_ids({name for _, row in pairs for role, name in row.credits if role in roles})
    wanted = {
        title.pk: sorted(
            ((role, ids[name]) for role, name in row.credits if role in roles), key=ROLE
        )
        for title, row in pairs
    }
    held: dict[int, list[tuple[str, int]]] = defaultdict(list)
    rows = Credit.objects.filter(title__in=wanted, role__in=roles).order_by("position", "id")
    for title_id, role, person in rows.values_list("title_id", "role", "person_id"):
        held[title_id].append((role, person))
    changed = {
        title_id
        for title_id, credits in wanted.items()
        if credits != sorted(held[title_id], key=ROLE) and not (only_empty and held[title_id])
    }
    Credit.objects.filter(title__in=changed, role__in=roles).delete()
    Credit.objects.bulk_create(
        [
            Credit(title_id=title_id, role=role, person_id=person, position=position)
            for title_id in sorted(changed)
            for position, (role, person) in enumerate(wanted[title_id])
        ]
    )
    return changed


def _person_ids(names: set[str]) -> dict[str, int]:
    """Name → id; people who are not there yet are made."""
    known = dict(Person.objects.filter(name__in=names).values_list("name", "id"))
    missing = sorted(names - set(known))
    made = Person.objects.bulk_create(
        [Person(name=name, search_name=search_form(name)[:120]) for name in missing]
    )
    return known | {person.name: person.pk for person in made}


def _write_links(pairs: list[tuple[Title, TitleRow]], only_empty: bool) -> set[int]:
    """Bring the links in line, or only add those that are missing; which titles changed."""
    wanted = {title.pk: {url: label for label, url in row.links} for title, row in pairs}
    held: dict[int, dict[str, str]] = defaultdict(dict)
    for title_id, url, label in Link.objects.filter(title__in=wanted).values_list(
        "title_id", "url", "label"
    ):
        held[title_id][url] = label
    if only_empty:  # a text that fills a gap may need its source's link beside those held
        wanted = {
            title_id: held[title_id] | links | held[title_id] for title_id, links in wanted.items()
        }
    changed = {title_id for title_id, links in wanted.items() if links != held[title_id]}
    Link.objects.filter(title__in=changed).delete()
    Link.objects.bulk_create(
        [
            Link(title_id=title_id, url=url, label=label)
            for title_id in sorted(changed)
            for url, label in wanted[title_id].items()
        ]
    )
    return changed
