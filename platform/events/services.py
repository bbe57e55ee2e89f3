"""The one place that writes events and the states that follow from them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from catalog.models import Hidden, Title
from events.models import Event, Rating, Saved
from events.weights import sql_parameters

LIKE_STARS = 4.0
MAX_POSITION = 32_767


class EventRefused(ValueError):
    """An event that makes no sense; the message says which value and what would be right."""


@transaction.atomic
def record_event(
    *,
    user: User,
    title: Title,
    kind: str,
    value: float | None = None,
    shelf: str = "",
    position: int | None = None,
    list_id: UUID | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> tuple[Event, bool]:
    """Write an event and what follows from it; (event, True), or (the earlier one, False).

    value: stars 0.5..5 in halves, for a rating only; key: the same key again writes nothing.
    """
    check_value(kind, value)
    check_shown(shelf=shelf, position=position, key=key)
    User.objects.select_for_update(of=("self",)).get(
        pk=user.pk
    )  # one change of a person's state at a time
    if key and (earlier := Event.objects.filter(user=user, key=key).first()):
        return earlier, False
    event = Event.objects.create(
        user=user,
        title=title,
        kind=kind,
        value=value,
        shelf=shelf,
        position=position,
        list_id=list_id,
        key=key,
        happened_at=now or timezone.now(),
        undone_at=_taken_back_since(user, title, kind, now) if now else None,
    )
    _follow(user=user, title=title, kind=kind)
    return event, True


def _taken_back_since(user: User, title: Title, kind: str, moment: datetime) -> datetime | None:
    """When events of this kind on the title were last taken back; None: not since that moment."""
    alike = Event.objects.of(user).filter(title=title, kind=kind, undone_at__gt=moment)
    return alike.aggregate(last=Max("undone_at"))["last"]


@transaction.atomic
def undo_event(*, event: Event, now: datetime | None = None) -> None:
    """Take an event back: the state before it stands again, exactly. Twice is once."""
    User.objects.select_for_update(of=("self",)).get(pk=event.user_id)
    Event.objects.filter(pk=event.pk).standing().update(undone_at=now or timezone.now())
    _follow(user=event.user, title=event.title, kind=event.kind)


@transaction.atomic
def clear(*, user: User, title: Title, kind: str, now: datetime | None = None) -> Event | None:
    """Undo every standing event of this kind on this title; the newest, which restores them all."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    standing = Event.objects.of(user).standing().filter(title=title, kind=kind)
    newest = standing.order_by("-happened_at", "-id").first()
    standing.update(undone_at=now or timezone.now())
    _follow(user=user, title=title, kind=kind)
    return newest


@transaction.atomic
def restore_event(*, event: Event) -> None:
    """Undo an undo, of all events that it took back in one go. Twice is once."""
    User.objects.select_for_update(of=("self",)).get(pk=event.user_id)
    undone_at = Event.objects.values_list("undone_at", flat=True).get(pk=event.pk)
    if undone_at is not None:
        alike = Event.objects.of(event.user).filter(title=event.title_id, kind=event.kind)
        alike.filter(undone_at=undone_at).update(undone_at=None)
    _follow(user=event.user, title=event.title, kind=event.kind)


@transaction.atomic
def set_state(
    *, user: User, title: Title, kind: str, wanted: bool, shown: dict[str, Any] | None = None
) -> tuple[Event | None, bool]:
    """Save, dislike or hide a title, or take that back; (its event, if any; is it changed).

    The event is the one that stands, or the one that was taken back.
    """
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not wanted:
        cleared = clear(user=user, title=title, kind=kind)
        return cleared, cleared is not None
    standing = Event.objects.of(user).standing().filter(title=title, kind=kind).first()
    if standing:
        return standing, False
    return record_event(user=user, title=title, kind=kind, **shown or {})


@transaction.atomic
def set_liked(
    *, user: User, title: Title, liked: bool, shown: dict[str, Any] | None = None
) -> Event | None:
    """Like = four stars or more, its end = no rating; what was written or taken back, if any."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    is_liked = Rating.objects.filter(user=user, title=title, stars__gte=LIKE_STARS).exists()
    if is_liked == liked:
        return None
    if not liked:
        return clear(user=user, title=title, kind=Event.Kind.RATE)
    event, created = record_event(
        user=user, title=title, kind=Event.Kind.RATE, value=LIKE_STARS, **shown or {}
    )
    return event if created else None


def record_impressions(
    *, user: User, shown: Iterable[dict[str, Any]], now: datetime | None = None
) -> None:
    """Note the titles that came into view, at most once a list."""
    now = now or timezone.now()
    events = [Event(user=user, **impression(item), happened_at=now) for item in shown]
    Event.objects.bulk_create(events, ignore_conflicts=True)


def impression(shown: dict[str, Any]) -> dict[str, Any]:
    """The columns of a title that came into view; of one list it is one, without a list each is."""
    key = f"shown:{shown['list_id']}:{shown['title']}"[:64] if shown["list_id"] else None
    place = {name: shown[name] for name in ("shelf", "position", "list_id")}
    return {"title_id": shown["title"], "kind": Event.Kind.IMPRESSION, "key": key, **place}


def check_value(kind: str, value: float | None) -> None:
    if kind not in Event.Kind.values:
        raise EventRefused(f"kind is {kind!r}; it must be one of {', '.join(Event.Kind.values)}")
    if kind == Event.Kind.RATE:
        if value is None or not (0.5 <= value <= 5 and value * 2 % 1 == 0):
            raise EventRefused(f"value is {value}; a rating takes 0.5 to 5 stars in halves")
    elif value is not None:
        raise EventRefused(f"value is {value}; only a rating takes one")


def check_shown(*, shelf: str, position: int | None, key: str | None) -> None:
    if len(shelf) > 60:
        raise EventRefused(f"shelf has {len(shelf)} letters; 60 are allowed")
    if position is not None and not 0 <= position <= MAX_POSITION:
        raise EventRefused(f"position is {position}; it must be 0 to {MAX_POSITION}")
    if key is not None and not 0 < len(key) <= 64:
        raise EventRefused(f"key has {len(key)} letters; 1 to 64 are allowed")


def _follow(*, user: User, title: Title, kind: str) -> None:
    """Bring rating, saved and hidden in line with the latest standing event of that kind."""
    latest = (
        Event.objects.of(user)
        .standing()
        .filter(title=title, kind=kind)
        .order_by("-happened_at", "-id")
        .first()
    )
    match kind:
        case Event.Kind.RATE if latest and latest.value is not None:
            Rating.objects.update_or_create(
                user=user,
                title=title,
                defaults={"stars": latest.value, "rated_at": latest.happened_at},
            )
        case Event.Kind.RATE:
            Rating.objects.filter(user=user, title=title).delete()
        case Event.Kind.SAVE | Event.Kind.HIDE:
            state = Saved if kind == Event.Kind.SAVE else Hidden
            if latest:
                state.objects.get_or_create(user=user, title=title)
            else:
                state.objects.filter(user=user, title=title).delete()


STATISTICS_SQL = """
WITH ratings AS (
    SELECT title_id, count(*) AS n, avg(stars) AS mean FROM events_rating GROUP BY title_id
),
said AS (
    SELECT user_id, title_id, happened_at, CASE kind WHEN 'finish' THEN %(finish)s
        WHEN 'play' THEN %(play)s WHEN 'save' THEN %(save)s ELSE %(click)s END AS weight
    FROM events_event
    WHERE undone_at IS NULL AND kind IN ('click', 'play', 'finish', 'save')
    UNION ALL
    SELECT user_id, title_id, rated_at,
        greatest(0, (stars - %(neutral)s) / (%(most)s - %(neutral)s))
    FROM events_rating
),
days AS (  -- only days on which something happened age a title: a quiet year is no year
    SELECT day, row_number() OVER (ORDER BY day DESC) - 1 AS age
    FROM (SELECT DISTINCT happened_at::date AS day FROM said) AS active
),
strongest AS (  -- one word a person and title: saying it again adds nothing
    SELECT title_id, max(weight * power(0.5, age::float / %(half_life)s)) AS weight
    FROM said JOIN days ON day = happened_at::date
    GROUP BY user_id, title_id
),
positive AS (
    SELECT title_id, sum(weight ORDER BY weight) AS score FROM strongest GROUP BY title_id
)
UPDATE catalog_title t
SET rating_count = fresh.n, rating_mean = fresh.mean, popularity = fresh.score
FROM (
    SELECT c.id, coalesce(r.n, 0) AS n, r.mean, coalesce(p.score, 0) AS score
    FROM catalog_title c
    LEFT JOIN ratings r ON r.title_id = c.id
    LEFT JOIN positive p ON p.title_id = c.id
) fresh
WHERE fresh.id = t.id
    AND (t.rating_count, t.rating_mean, t.popularity)
        IS DISTINCT FROM (fresh.n, fresh.mean, fresh.score)
"""
POPULARITY_HALF_LIFE_DAYS = 90  # days with events


def refresh_statistics() -> int:
    """Recount every title in one statement; how many changed. A quiet day ages nothing."""
    with connection.cursor() as cursor:
        half_life = POPULARITY_HALF_LIFE_DAYS
        cursor.execute(STATISTICS_SQL, {**sql_parameters(), "half_life": half_life})
        return cursor.rowcount
