"""The pages of what a person kept and did: my list and history."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.requests import MemberRequest
from catalog.cards import Card
from catalog.models import Hidden, Title
from events.models import Event, Rating
from events.services import LIKE_STARS

PAGE = 48
SHOWN_KINDS = [kind for kind in Event.Kind if kind != Event.Kind.IMPRESSION]


@login_required
@never_cache
@require_GET
def my_list(request: MemberRequest) -> HttpResponse:
    """What this person saved and may still see, newest first."""
    liked = Rating.objects.filter(user=request.user, title=OuterRef("pk"), stars__gte=LIKE_STARS)
    titles = (
        Title.objects.visible_to(request.user)
        .for_cards()
        .filter(saved_by__user=request.user)
        .annotate(is_liked=Exists(liked))
        .order_by("-saved_by__id")
    )
    page = Paginator(titles, PAGE).get_page(request.GET.get("page"))
    cards = [
        Card(
            title=title,
            position=position,
            saved=True,
            liked=title.is_liked,  # type: ignore[attr-defined]  # the stubs lose the annotation
        )
        for position, title in enumerate(page, start=page.start_index() - 1)
    ]
    return render(request, "events/my_list.html", {"page_obj": page, "cards": cards})


@login_required
@never_cache
@require_GET
def history(request: MemberRequest) -> HttpResponse:
    """Everything this person did, newest first, each with its undo; hidden titles too."""
    kind = request.GET.get("kind", "")
    kinds = [kind] if kind in SHOWN_KINDS else SHOWN_KINDS
    hidden = Hidden.objects.filter(user=request.user, title=OuterRef("title"))
    events = (
        Event.objects.of(request.user)
        .standing()
        .filter(kind__in=kinds, title__in=Title.objects.allowed_to(request.user))
        .annotate(is_hidden=Exists(hidden))
        .select_related("title")
        .prefetch_related("title__genres", "title__credits__person")
        .order_by("-happened_at", "-id")
    )
    page = Paginator(events, PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "kinds": SHOWN_KINDS, "kind": kinds[0] if len(kinds) == 1 else ""}
    return render(request, "events/history.html", context)
