"""The page of one logged list: what it held, what became of it, and whether it comes out again."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from catalog.models import Title
from events.models import Event, VisitorEvent
from recommendations.headlines import Headline
from recommendations.models import LoggedList
from recommendations.replaying import Replay, replay
from recommendations.served_views import RUNGS, shelf_label, shelf_names
from recommendations.staff_views import staff_only

SOURCES = {
    "personal": gettext_lazy("Their taste"),
    "cold": gettext_lazy("Their taste, new title"),
    "similar": gettext_lazy("Likeness"),
    "popular": gettext_lazy("Popularity"),
    "new": gettext_lazy("Newness"),
    "pinned": gettext_lazy("Pinned"),
}
RANKED_BY = {
    "personal": gettext_lazy("The model, from what they had done"),
    "taste": gettext_lazy("Likeness to a title, by the taste of people"),
    "content": gettext_lazy("Likeness to a title, by genre, people and words"),
    "popular": gettext_lazy("Popularity of that day"),
    "order": gettext_lazy("Newness of that day"),
}
BECAME = {  # the most telling first
    Event.Kind.FINISH: gettext_lazy("Finished"),
    Event.Kind.PLAY: gettext_lazy("Played"),
    Event.Kind.CLICK: gettext_lazy("Opened"),
    Event.Kind.IMPRESSION: gettext_lazy("Seen"),
}


@dataclass(frozen=True)
class Line:
    """A title as it stood. title: None if it is no longer there; became: "" for nothing."""

    position: int
    title_id: int
    title: Title | None
    score: float
    source: str
    became: str


@staff_only
@require_safe
def served_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    lists = LoggedList.objects.select_related("user", "experiment")
    logged = lists.filter(list_id=list_id).first()
    if logged is None:
        raise Http404
    found = replay(logged)
    context = {
        "dashboard_page": "served",
        "logged": logged,
        "headline": headline(found),
        "shelf": shelf_label(logged.surface, logged.shelf, shelf_names()),
        "rung": RUNGS.get(logged.rung, logged.rung),
        "ranked_by": RANKED_BY.get((logged.recipe or {}).get("by", "")),
        "lines": lines_of(logged),
    }
    return render(request, "recommendations/served_list.html", context)


def headline(found: Replay) -> Headline:
    if found.made is None:
        return Headline("warn", _("This list cannot be made again."), found.difference)
    if not found.is_exact:
        return Headline("bad", _("This list comes out otherwise than served."), found.difference)
    title = ngettext(
        "Made again from what was written down: the same title.",
        "Made again from what was written down: the same %(n)d titles in the same order.",
        len(found.made),
    )
    text = _("Every score came out the same too.")
    return Headline("good", title % {"n": len(found.made)}, text)


def lines_of(logged: LoggedList) -> list[Line]:
    titles = Title.objects.in_bulk(logged.title_ids)
    happened = became_of(logged)
    rows = zip(logged.title_ids, logged.scores, logged.sources, strict=True)
    return [
        Line(
            position=position,
            title_id=title_id,
            title=titles.get(title_id),
            score=score,
            source=str(SOURCES.get(source, source)),
            became=next((str(BECAME[kind]) for kind in BECAME if kind in happened[title_id]), ""),
        )
        for position, (title_id, score, source) in enumerate(rows, 1)
    ]


def became_of(logged: LoggedList) -> defaultdict[int, set[str]]:
    """Kinds of what the person did from this list, by title."""
    rows: Any = VisitorEvent.objects.filter(list_id=logged.list_id, visitor=logged.visitor)
    if logged.user_id is not None:
        rows = Event.objects.filter(list_id=logged.list_id, user=logged.user_id).standing()
    happened: defaultdict[int, set[str]] = defaultdict(set)
    for title_id, kind in rows.values_list("title_id", "kind"):
        happened[title_id].add(kind)
    return happened
