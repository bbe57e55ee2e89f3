"""Who pressed a button, a member or a visitor: the same writes for both."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import Title
from events.models import Event, Rating, Saved, VisitorEvent
from events.services import record_event, record_impressions, set_state, undo_event
from events.visitors import (
    record_visit,
    record_visitor_impressions,
    set_visitor_state,
    start_visit,
    undo_visit,
    visitor_of,
)


class TooManyVisitors(Exception):
    """More new visitors from one address than people can be."""


@dataclass(frozen=True)
class Member:
    user: User

    def earlier(self, key: str) -> Event | None:
        """The event with this key, also one that was undone."""
        return Event.objects.of(self.user).filter(key=key).first()

    def record(self, **event: Any) -> tuple[Event, bool]:
        return record_event(user=self.user, **event)

    def record_impressions(self, shown: Iterable[dict[str, Any]]) -> None:
        record_impressions(user=self.user, shown=shown)

    def set_state(self, **state: Any) -> tuple[Event | None, bool]:
        return set_state(user=self.user, **state)

    def undo(self, pk: int) -> str | None:
        """The kind of the event that is taken back; None when it is not theirs."""
        event = Event.objects.of(self.user).select_related("user", "title").filter(pk=pk).first()
        if event is None:
            return None
        undo_event(event=event)
        return event.kind

    def state_of(self, title: Title) -> dict[str, Any]:
        """`saved`, `disliked` and `stars` (None = not rated) as they stand."""
        own = {"user": self.user, "title": title}
        rating = Rating.objects.filter(**own).first()
        disliked = Event.objects.standing().filter(**own, kind=Event.Kind.DISLIKE)
        return {
            "saved": Saved.objects.filter(**own).exists(),
            "disliked": disliked.exists(),
            "stars": rating.stars if rating else None,
        }


@dataclass(frozen=True)
class Visitor:
    visitor: str  # keyed hash of the browser session

    def earlier(self, key: str) -> VisitorEvent | None:
        return VisitorEvent.objects.filter(visitor=self.visitor, key=key).first()

    def record(self, **event: Any) -> tuple[VisitorEvent, bool]:
        return record_visit(visitor=self.visitor, **event)

    def record_impressions(self, shown: Iterable[dict[str, Any]]) -> None:
        record_visitor_impressions(visitor=self.visitor, shown=shown)

    def set_state(self, **state: Any) -> tuple[VisitorEvent | None, bool]:
        return set_visitor_state(visitor=self.visitor, **state)

    def undo(self, pk: int) -> str | None:
        return undo_visit(visitor=self.visitor, pk=pk)

    def state_of(self, title: Title) -> dict[str, Any]:
        own = VisitorEvent.objects.filter(visitor=self.visitor, title=title)
        kinds = set(own.values_list("kind", flat=True))
        saved, disliked = Event.Kind.SAVE in kinds, Event.Kind.DISLIKE in kinds
        return {"saved": saved, "disliked": disliked, "stars": None}


Actor = Member | Visitor


def actor_of(request: HttpRequest) -> Actor:
    """Who sent this; a visitor's first write begins their session. Raises TooManyVisitors."""
    if request.user.is_authenticated:
        return Member(request.user)
    is_new = visitor_of(request.session) is None
    if is_new and not ratelimit.consume(request, action="visit"):
        raise TooManyVisitors
    return Visitor(start_visit(request.session))


def anybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view takes the actor after the request; too many new visitors are a 429."""

    @wraps(view)
    def acting(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            actor = actor_of(request)
        except TooManyVisitors:
            return HttpResponse(_("Too many visitors; try again in a minute."), status=429)
        return view(request, actor, *args, **kwargs)

    return acting
