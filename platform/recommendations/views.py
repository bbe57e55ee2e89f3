"""Home, a title with its reasons, and the taste picker."""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db.models import (
    Count,
    Exists,
    OuterRef,
    Prefetch,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import MemberRequest
from catalog.cards import Card
from catalog.models import Credit, Title
from config.requests import SiteRequest
from events.models import Event, Rating, Saved, VisitorEvent
from events.visitors import visitor_of
from recommendations import home as shelves
from recommendations import lists
from recommendations.forms import TASTES_OFFERED, TastesForm
from recommendations.home import Shelf
from recommendations.services import record_tastes

SIMILAR_TITLES = 20


@require_GET
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    found = shelves.home(request.user, request.session)
    featured, with_people = None, Prefetch("credits", Credit.objects.select_related("person"))
    if found and found[0].key == "picked":
        featured = found[0].cards.pop(0)
        prefetch_related_objects([featured.title], with_people)
    return render(request, "recommendations/home.html", {"shelves": found, "featured": featured})


@require_GET
@never_cache
def title(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    """Everything about one title, with this person's own stars, saved and seen."""
    visible = Title.objects.visible_to(request.user).for_cards().prefetch_related("links")
    shown = get_object_or_404(with_own_state(visible, request), pk=pk)
    if request.path != shown.get_absolute_url():
        return redirect(shown, permanent=True)
    near, why = lists.title_page(request.user, shown, session=request.session, limit=SIMILAR_TITLES)
    context = {
        "title": shown,
        "why": why,
        "histogram": histogram(shown),
        "shelf": similar_shelf(near),
        "by": "taste",
    }
    return render(request, "recommendations/title.html", context)


@require_GET
def similar(request: SiteRequest, pk: int) -> HttpResponse:
    """The shelf of similar titles by taste or by content."""
    shown = get_object_or_404(Title.objects.visible_to(request.user), pk=pk)
    by: Any = "content" if request.GET.get("by") == "content" else "taste"
    near = lists.similar_titles(
        request.user, shown, session=request.session, limit=SIMILAR_TITLES, by=by
    )
    context = {"title": shown, "shelf": similar_shelf(near), "by": by}
    template = (
        "recommendations/similar.html#shelf" if request.htmx else "recommendations/similar.html"
    )
    return render(request, template, context)


def similar_shelf(near: lists.ServedList) -> Shelf:
    cards = [
        Card(
            title=cast(Title, pick.title),  # read as cards
            why=pick.why,
            position=position,
            score=pick.score,
            sources=pick.sources,
        )
        for position, pick in enumerate(near.picks)
    ]
    heading, evidence = _("Similar titles"), _("By genre, people and words")
    if near.rung == "popular":
        heading, evidence = _("Popular in the same genres"), _("Most popular first")
    elif near.by == "taste":
        evidence = _("People who rate this high also rate these high")
    return Shelf("similar", heading, evidence, near.rung, near.list_id, cards)


def with_own_state(titles: QuerySet[Title], request: HttpRequest) -> QuerySet[Title]:
    """`stars`, `is_saved`, `is_disliked`, `finished` (the event's id): in the same query.

    Of a visitor the last two, from what their browser session did.
    """
    own = {"user": request.user.pk, "title": OuterRef("pk")}
    said: QuerySet[Any] = Event.objects.standing().filter(**own)
    if not request.user.is_authenticated and (visitor := visitor_of(request.session)):
        said = VisitorEvent.objects.filter(visitor=visitor, title=OuterRef("pk"))
    finished = said.filter(kind=Event.Kind.FINISH).order_by("-id")
    return titles.annotate(
        stars=Subquery(Rating.objects.filter(**own).values("stars")[:1]),
        is_saved=Exists(Saved.objects.filter(**own)),
        is_disliked=Exists(said.filter(kind=Event.Kind.DISLIKE)),
        finished=Subquery(finished.values("pk")[:1]),
    )


def histogram(shown: Title) -> list[dict[str, Any]]:
    """Ten bars from half a star to five, in a drawing of 100 x 40."""
    counts = dict(
        Rating.objects.filter(title=shown).order_by().values_list("stars").annotate(n=Count("pk"))
    )
    highest = max(counts.values(), default=0)
    bars = []
    for half in range(1, 11):
        height = 1 + 36 * counts.get(half / 2, 0) / max(highest, 1)
        bars.append(
            {"stars": half / 2, "x": (half - 1) * 10 + 1, "y": 40 - height, "height": height}
        )
    return bars


@login_required
@require_http_methods(["GET", "POST"])
def tastes(request: MemberRequest) -> HttpResponse:
    """Pick what you like: each pick counts as four stars. Skipping is fine."""
    form = TastesForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        record_tastes(user=request.user, titles=form.cleaned_data["title"])
        return redirect("home")
    context = {"offered": taste_offer(request.user), "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "recommendations/tastes.html", context, status=status)


def taste_offer(user: Any) -> list[Title]:
    """Well-known titles of many genres: the most popular ones, at most six a first genre."""
    rated = Rating.objects.filter(user=user).values("title")
    known = Title.objects.visible_to(user).exclude(pk__in=rated).for_cards()
    offered: list[Title] = []
    per_genre: dict[int, int] = {}
    for candidate in known.order_by("-popularity", "pk")[: TASTES_OFFERED * 5]:
        genre = next((genre.pk for genre in candidate.genres.all()), 0)
        if per_genre.get(genre, 0) < 6:
            per_genre[genre] = per_genre.get(genre, 0) + 1
            offered.append(candidate)
    return offered[:TASTES_OFFERED]
