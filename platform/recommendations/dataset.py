"""Rows to arrays: a person's events as a history, all events as a snapshot, titles as items."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from django.db.models import QuerySet

from catalog.models import Title
from events.models import Event
from events.weights import KINDS, event_weight
from recsys.serving import HistoryEntry

MAX_HISTORY = 200
FEWEST_INTERACTIONS = 50  # training makes no sense with fewer


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
    strongest: dict[int, tuple[int, float]] = {}
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
            strongest[title] = (order, weight)
        last.pop(title, None)
        last[title] = happened_at
    return [
        HistoryEntry(item_id=title, weight=strongest[title][1], timestamp=int(at.timestamp()))
        for title, at in last.items()
    ]


def snapshot(folder: Path) -> dict[str, int]:
    """Write interactions.parquet, items.parquet; how many rows, members and titles they hold."""
    interactions = interactions_frame()
    items = items_frame(Title.objects.filter(published=True))
    folder.mkdir(parents=True, exist_ok=True)
    interactions.to_parquet(folder / "interactions.parquet", index=False)
    items.to_parquet(folder / "items.parquet", index=False)
    return {
        "interactions": len(interactions),
        "members": interactions["user_id"].nunique(),
        "titles": len(items),
    }


def interactions_frame() -> pd.DataFrame:
    """What everybody's events teach: user_id, item_id, timestamp, one row a member and title.

    Positive events only: a title somebody disliked or hid is no example of their taste.
    """
    rows = (
        Event.objects.standing()
        .filter(kind__in=KINDS, title__published=True)
        .order_by("happened_at", "id")
        .values_list("user_id", "title_id", "kind", "value", "happened_at")
    )
    by_user: dict[int, list[tuple[int, str, float | None, datetime]]] = {}
    for user, title, kind, value, happened_at in rows.iterator(chunk_size=20_000):
        by_user.setdefault(user, []).append((title, kind, value, happened_at))
    return pd.DataFrame(
        [
            (user, entry.item_id, entry.timestamp)
            for user, events in by_user.items()
            for entry in fold_history(events)
            if entry.weight > 0
        ],
        columns=["user_id", "item_id", "timestamp"],
    )


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
