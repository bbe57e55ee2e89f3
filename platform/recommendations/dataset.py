"""Rows to arrays: a person's events as a history, all events as a snapshot, titles as items."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import QuerySet

from catalog.models import Title
from events.models import Event
from events.weights import KINDS, event_weight
from recsys.serving import HistoryEntry

MAX_HISTORY = 200
FEWEST_INTERACTIONS = 50  # training makes no sense with fewer
ROW_GROUP = 100_000  # rows of the file that are read, and here held, at a time


@dataclass(frozen=True)
class Past:
    """What a person did. history: one entry a title, oldest first, the newest MAX_HISTORY."""

    history: list[HistoryEntry]
    seen: frozenset[int]  # rated, seen, saved, played or hidden, ever: never recommended again


NO_PAST = Past([], frozenset())


def past_of(user: Any) -> Past:
    """One query. Opening a page makes no title seen.

    A "not interested" outweighs stars, stars outweigh the rest, else the strongest event counts.
    """
    rows = list(
        Event.objects.of(user)
        .standing()
        .filter(kind__in=KINDS)
        .order_by("happened_at", "id")
        .values_list("title_id", "kind", "value", "happened_at")
    )
    seen = frozenset(title for title, kind, _, _ in rows if kind != Event.Kind.CLICK)
    return Past(fold_history(rows)[-MAX_HISTORY:], seen)


def fold_history(rows: Any) -> list[HistoryEntry]:
    """(title, kind, value, time) rows, oldest first → an entry a title, timed by its last event."""
    rank = {Event.Kind.HIDE: 2, Event.Kind.RATE: 1}
    strongest: dict[int, tuple[int, float, str]] = {}
    last: dict[int, datetime] = {}
    for title, kind, value, happened_at in rows:
        weight = event_weight(kind, value)
        order = rank.get(kind, 0)
        held = strongest.get(title)
        if (
            held is None
            or order > held[0]
            or (order == held[0] and (order > 0 or weight > held[1]))
        ):
            strongest[title] = (order, weight, kind)
        last.pop(title, None)
        last[title] = happened_at
    return [
        HistoryEntry(title, strongest[title][1], int(at.timestamp()), kind=strongest[title][2])
        for title, at in last.items()
    ]


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
        .values_list("user_id", "title_id", "kind", "value", "happened_at")
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
