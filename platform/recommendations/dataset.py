"""Rows to arrays: a person's events as a history, all events as a snapshot, titles as items."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, islice
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from cachetools import TTLCache
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import BigIntegerField, F, Func, QuerySet

from catalog.models import Title
from events.fatigue import fatigue_of, fatigue_of_visitor
from events.models import Event
from events.past import Said, said_by_member, said_by_visitor
from events.taste_version import taste_version
from events.visitors import visitor_of
from events.weights import KINDS, OPINION, RANKS, WEIGHTS, event_weight
from recsys.entries import HistoryEntry

MAX_HISTORY = 200
FEWEST_INTERACTIONS = 50  # training makes no sense with fewer
DAY = 86_400  # seconds
SECONDS = Func(
    F("happened_at"),
    template="floor(extract(epoch FROM %(expressions)s))::bigint",
    output_field=BigIntegerField(),
)
OPENED = str(Event.Kind.CLICK)
ROW_GROUP = 100_000  # rows of the file that are read, and here held, at a time


@dataclass(frozen=True)
class Past:
    """What a person did. history: one entry a title, oldest first, the newest MAX_HISTORY."""

    history: list[HistoryEntry]
    seen: frozenset[int]  # all but opened: never recommended again
    fatigue: dict[int, float] = field(default_factory=dict)  # 0..1 by title shown in vain, else 0
    disliked: frozenset[int] = frozenset()  # "not interested": in `seen` too
    hidden: frozenset[int] = frozenset()  # in no list at all; in `seen` too


NO_PAST = Past([], frozenset())
UNKNOWN = -1  # no version of anybody's taste
MOST_ENTRIES = 40_000  # of histories that are kept, some 200 bytes each
# by member: the version of their taste, and what they did until then
kept_pasts: TTLCache[int, tuple[int, Past]] = TTLCache(
    MOST_ENTRIES, ttl=600, getsizeof=lambda kept: 1 + len(kept[1].history)
)
# of whom a past was made of late: a page that is kept (kept_pages) needs none
known_versions: TTLCache[int, int] = TTLCache(maxsize=20_000, ttl=600)
pasts_lock = Lock()
kept_fatigue: TTLCache[tuple[Any, ...], dict[int, float]] = TTLCache(maxsize=500, ttl=60)
fatigue_lock = Lock()


def past_of(
    user: Any,
    version: int | None = None,
    *,
    said: Sequence[Said] | None = None,
    was_shown: bool = True,
) -> Past:
    """What a member did until now. Opening a page makes no title seen.

    One small query as long as they do nothing; three after they did. version: of their taste, if
    it was just asked; said: what `said_by_member` says, if that was; was_shown: False when it is
    known that nothing can tire them.
    """
    key = (user.pk, taste_version(user.pk) if version is None else version)
    with pasts_lock:
        kept_version, past = kept_pasts.get(user.pk, (UNKNOWN, NO_PAST))
    if kept_version != key[1]:
        past = past_from(said_by_member(user.pk) if said is None else said)
        with pasts_lock:
            kept_pasts[user.pk], known_versions[user.pk] = (key[1], past), key[1]
    if not was_shown:
        return past
    return replace(past, fatigue=_kept_fatigue(key, partial(fatigue_of, user)))


def known_version(user_id: int) -> int:
    """Of the taste of the member whose past was made here last."""
    with pasts_lock:
        return known_versions.get(user_id, UNKNOWN)


def _kept_fatigue(key: tuple[Any, ...], read: Callable[[], dict[int, float]]) -> dict[int, float]:
    """Read again at the next thing that somebody does, or after a minute of looking on."""
    with fatigue_lock:
        found = kept_fatigue.get(key)
    if found is None:
        found = read()
        with fatigue_lock:
            kept_fatigue[key] = found
    return found


def visitor_past_of(session: SessionBase) -> Past:
    """The same of a browser session that nobody is logged in to: two queries, or none."""
    visitor = visitor_of(session)
    if visitor is None:
        return NO_PAST
    said = said_by_visitor(visitor)
    key = (visitor, len(said), *said[-1:])
    fatigue = _kept_fatigue(key, partial(fatigue_of_visitor, visitor))
    return replace(past_from(said), fatigue=fatigue)


def past_from(rows: Sequence[Said]) -> Past:
    """rows: oldest first."""
    return Past(
        history=fold_history(rows)[-MAX_HISTORY:],
        seen=frozenset([title for title, kind, _, _ in rows if kind != OPENED]),
        disliked=_titles_of(rows, Event.Kind.DISLIKE),
        hidden=_titles_of(rows, Event.Kind.HIDE),
    )


def _titles_of(rows: Sequence[Said], said: Event.Kind) -> frozenset[int]:
    wanted = str(said)
    return frozenset([title for title, kind, _, _ in rows if kind == wanted])


def fold_history(rows: Iterable[Said]) -> list[HistoryEntry]:
    """Rows, oldest first → an entry a title, timed by its last event.

    What it is worth: the latest of "not interested" and stars; else the strongest of seen, played
    and saved, each stronger for every other day (UTC) it was said on; else hidden; else opened.
    """
    told: dict[int, tuple[int, float, str, int]] = {}  # rank, weight, kind, seconds
    days: dict[tuple[int, str], tuple[int | None, int]] = {}  # last day, and how many
    for title, kind, value, happened_at in rows:
        count = 1
        if kind in WEIGHTS:  # the others are states
            day, (before, count) = happened_at // DAY, days.get((title, kind), (None, 0))
            count += day != before
            days[title, kind] = day, count
        rank, weight = RANKS[kind], event_weight(kind, value, days=count)
        held = told.pop(title, None)  # and put back behind all others
        if held and (rank, weight) <= held[:2] and not rank == held[0] == OPINION:
            rank, weight, kind, _ = held
        told[title] = rank, weight, kind, happened_at
    return [HistoryEntry(title, weight, at, kind) for title, (_, weight, kind, at) in told.items()]


class Row(NamedTuple):
    """What a member's events say of a title. weight: -1..1, not above 0: no example of taste."""

    user_id: int
    item_id: int
    timestamp: int
    weight: float
    kind: str  # of the event that counted


SCHEMA = pa.schema(
    [
        ("user_id", pa.int64()),
        ("item_id", pa.int64()),
        ("timestamp", pa.int64()),
        ("weight", pa.float32()),
        ("kind", pa.string()),
    ]
)


def snapshot(folder: Path) -> dict[str, int]:
    """Write interactions.parquet, items.parquet; how many positives, their members, and titles."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = write_interactions(folder / "interactions.parquet")
    items = items_frame(Title.objects.filter(published=True))
    items.to_parquet(folder / "items.parquet", index=False)
    return {**counts, "titles": len(items)}


def write_interactions(path: Path) -> dict[str, int]:
    """A row a member and title, those against it too; how many speak for one, of how many."""
    rows, positives, members = interaction_rows(), 0, set()
    with pq.ParquetWriter(path, SCHEMA) as writer:
        while group := list(islice(rows, ROW_GROUP)):
            columns = zip(*group, strict=True)
            arrays = [
                pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
            liked = [row.user_id for row in group if row.weight > 0]
            positives += len(liked)
            members.update(liked)
    return {"interactions": positives, "members": len(members)}


def count_positives() -> int:
    """How many rows a training would have to learn from."""
    return sum(row.weight > 0 for row in interaction_rows())


def interaction_rows() -> Iterator[Row]:
    """What everybody's events say, member by member; dislikes too: they tell of a taste."""
    events = (
        Event.objects.standing()
        .filter(kind__in=KINDS, title__published=True)
        .order_by("user_id", "happened_at", "id")
        .values_list("user_id", "title_id", "kind", "value", SECONDS)
    )
    for user, own in groupby(events.iterator(chunk_size=20_000), key=lambda event: event[0]):
        for entry in fold_history(event[1:] for event in own):
            yield Row(user, int(entry.item_id), entry.timestamp, entry.weight, entry.kind)


def members_of(folder: Path) -> set[int]:
    """Ids of the members in the snapshot of this folder; none without one."""
    path = folder / "interactions.parquet"
    if not path.exists():
        return set()
    return set(pd.read_parquet(path, columns=["user_id"])["user_id"].tolist())


def items_frame(titles: QuerySet[Title]) -> pd.DataFrame:
    """Titles in the form recsys reads: item_id, title, genres, year, description, people, kind."""
    return pd.DataFrame(
        [
            {
                "item_id": title.pk,
                "title": title.name,
                "genres": "|".join(genre.name for genre in title.genres.all()),
                "year": title.year,
                "description": title.description,
                "people": "|".join(credit.person.name for credit in title.credits.all()),
                "kind": title.kind,
            }
            for title in titles.prefetch_related("genres", "credits__person").order_by("pk")
        ],
        columns=["item_id", "title", "genres", "year", "description", "people", "kind"],
    )
