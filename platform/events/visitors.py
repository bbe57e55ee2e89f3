"""What people do before they log in: kept by browser session, and their account's at log-in."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import User
from catalog.models import Title
from events.models import Event, VisitorEvent
from events.services import check_shown, check_value, impression, set_state

MOST_EVENTS = 500  # of one visitor
KEPT = timedelta(days=30)
STATES = {Event.Kind.SAVE, Event.Kind.DISLIKE, Event.Kind.HIDE}
SALT = "events.visitor"


def visitor_of(session: SessionBase) -> str | None:
    """Keyed hash of this browser session, which nobody can turn back; None when none stands."""
    session.keys()  # reads it: the key of a session that is gone, or never was, is dropped
    return _hashed(session.session_key) if session.session_key else None


def _hashed(session_key: str | None) -> str:
    return salted_hmac(SALT, session_key or "", algorithm="sha256").hexdigest()


def start_visit(session: SessionBase) -> str:
    """The visitor of this browser session, which is begun if need be."""
    visitor = visitor_of(session)
    if visitor is None:
        session.create()
        visitor = _hashed(session.session_key)
    return visitor


def record_visit(
    *,
    visitor: str,
    title: Title,
    kind: str,
    shelf: str = "",
    position: int | None = None,
    list_id: UUID | None = None,
    key: str | None = None,
    now: datetime | None = None,
) -> tuple[VisitorEvent, bool]:
    """Write what a visitor did; (it, True), or (the earlier one with this key, False)."""
    check_value(kind, None)
    check_shown(shelf=shelf, position=position, key=key)
    said = {"title": title, "kind": kind, "shelf": shelf, "position": position, "list_id": list_id}
    said["happened_at"] = now or timezone.now()
    if key:
        event, is_new = VisitorEvent.objects.get_or_create(visitor=visitor, key=key, defaults=said)
    else:
        event, is_new = VisitorEvent.objects.create(visitor=visitor, **said), True
    _drop_the_oldest(visitor)
    return event, is_new


def record_visitor_impressions(
    *, visitor: str, shown: Iterable[dict[str, Any]], now: datetime | None = None
) -> None:
    """Note the titles that came into view, at most once a list."""
    now = now or timezone.now()
    events = [VisitorEvent(visitor=visitor, **impression(item), happened_at=now) for item in shown]
    VisitorEvent.objects.bulk_create(events, ignore_conflicts=True)
    _drop_the_oldest(visitor)


def set_visitor_state(
    *, visitor: str, title: Title, kind: str, wanted: bool, shown: dict[str, Any] | None = None
) -> tuple[VisitorEvent | None, bool]:
    """Save or dislike a title, or take that back; (the event that stands; is it changed)."""
    standing = VisitorEvent.objects.filter(visitor=visitor, title=title, kind=kind)
    if not wanted:
        deleted, _ = standing.delete()
        return None, deleted > 0
    if event := standing.first():
        return event, False
    return record_visit(visitor=visitor, title=title, kind=kind, **shown or {})


def undo_visit(*, visitor: str, pk: int) -> VisitorEvent | None:
    """Take a visitor's event back, without a trace; what it was, None when it is not theirs."""
    event = VisitorEvent.objects.filter(visitor=visitor, pk=pk).select_related("title").first()
    if event:
        event.delete()
    return event


def _drop_the_oldest(visitor: str) -> None:
    """Keep MOST_EVENTS; what was only shown goes before what was done."""
    only_shown = ExpressionWrapper(Q(kind=Event.Kind.IMPRESSION), BooleanField())
    order = VisitorEvent.objects.filter(visitor=visitor).order_by(only_shown, "-id")
    too_many = list(order.values_list("id", flat=True)[MOST_EVENTS : 2 * MOST_EVENTS])
    if too_many:
        VisitorEvent.objects.filter(id__in=too_many).delete()


@transaction.atomic
def merge_visitor(*, visitor: str, user: User) -> int:
    """What this visitor did becomes the account's; how many events. Twice is once.

    What was only done comes before what was saved and put away, and what the account already says
    is not said again. Titles that it may not see are left out. No event of the visitor's stays;
    the lists that they were served keep the hash of their session until they are 30 days old.
    """
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    rows = list(
        VisitorEvent.objects.select_for_update(of=("self",))
        .filter(visitor=visitor)
        .order_by("happened_at", "id")
    )
    titles = Title.objects.allowed_to(user).in_bulk({row.title_id for row in rows})
    kept = [row for row in rows if row.title_id in titles]
    Event.objects.bulk_create(
        [
            Event(user=user, title_id=row.title_id, kind=row.kind, **_said(row))
            for row in kept
            if row.kind not in STATES
        ],
        ignore_conflicts=True,
    )
    for row in kept:
        if row.kind in STATES:
            said = _said(row)
            said["now"] = said.pop("happened_at")
            set_state(user=user, title=titles[row.title_id], kind=row.kind, wanted=True, shown=said)
    VisitorEvent.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(kept)


def visit_key(pk: int) -> str:
    """The key that a visitor's event without one has in the account."""
    return f"visit:{pk}"


def _said(row: VisitorEvent) -> dict[str, Any]:
    """Where and when; its own number is the key of what had none."""
    return {
        "shelf": row.shelf,
        "position": row.position,
        "list_id": row.list_id,
        "key": row.key or visit_key(row.pk),
        "happened_at": row.happened_at,
    }


def forget_visitors(*, now: datetime | None = None) -> int:
    """Drop what visitors did more than 30 days ago; how many events."""
    old = VisitorEvent.objects.filter(happened_at__lt=(now or timezone.now()) - KEPT)
    return old.delete()[0]
