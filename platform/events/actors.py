"""Who pressed a button, a member or a visitor: the same writes for both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.db.models import Q, QuerySet
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
    visit_key,
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

    def record_impressions(self, shown: Sequence[dict[str, Any]]) -> None:
        record_impressions(user=self.user, shown=shown)

    def set_state(self, **state: Any) -> tuple[Event | None, bool]:
        return set_state(user=self.user, **state)

    def undo(self, pk: int) -> Event | None:
        """The event that is taken back, also by its number from before they logged in.

        None when it is not theirs.
        """
        own = Event.objects.of(self.user).select_related("user", "title")
        event = own.filter(Q(pk=pk) | Q(key=visit_key(pk))).first()
        if event is None:
            return None
        undo_event(event=event)
        return event

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
    """Their session begins at the first write, which may raise TooManyVisitors."""

    request: HttpRequest

    @property
    def visitor(self) -> str | None:
        """Keyed hash of the browser session; None before it has begun."""
        return visitor_of(self.request.session)

    def begin(self) -> str:
        """The visitor of this browser session, which begins if need be."""
        is_new = self.visitor is None
        if is_new and not ratelimit.consume(self.request, action="visit"):
            raise TooManyVisitors
        return start_visit(self.request.session)

    def events(self) -> QuerySet[VisitorEvent]:
        visitor = self.visitor
        own = VisitorEvent.objects.filter(visitor=visitor)
        return own if visitor else own.none()

    def earlier(self, key: str) -> VisitorEvent | None:
        return self.events().filter(key=key).first()

    def record(self, **event: Any) -> tuple[VisitorEvent, bool]:
        return record_visit(visitor=self.begin(), **event)

    def record_impressions(self, shown: Sequence[dict[str, Any]]) -> None:
        if shown:
            record_visitor_impressions(visitor=self.begin(), shown=shown)

    def set_state(self, *, wanted: bool, **state: Any) -> tuple[VisitorEvent | None, bool]:
        visitor = self.begin() if wanted else self.visitor
        if visitor is None:
            return None, False
        return set_visitor_state(visitor=visitor, wanted=wanted, **state)

    def undo(self, pk: int) -> VisitorEvent | None:
        visitor = self.visitor
        return undo_visit(visitor=visitor, pk=pk) if visitor else None

    def state_of(self, title: Title) -> dict[str, Any]:
        own = self.events().filter(title=title)
        kinds = set(own.values_list("kind", flat=True))
        saved, disliked = Event.Kind.SAVE in kinds, Event.Kind.DISLIKE in kinds
        return {"saved": saved, "disliked": disliked, "stars": None}


Actor = Member | Visitor


def actor_of(request: HttpRequest) -> Actor:
    """Who sent this."""
    return Member(request.user) if request.user.is_authenticated else Visitor(request)


def anybody(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view takes the actor after the request; too many new visitors are a 429."""

    @wraps(view)
    def acting(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, actor_of(request), *args, **kwargs)
        except TooManyVisitors:
            return HttpResponse(_("Too many visitors; try again in a minute."), status=429)

    return acting
