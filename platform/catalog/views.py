"""Browse, search, people, and the drawn pictures."""

import gzip
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog import browse as browsing
from catalog.cards import cards_of
from catalog.models import Credit, Person, Title
from catalog.posters import draw_glow, draw_poster, poster_digest
from catalog.posters.spec import PosterSpec
from catalog.search import search as search_catalog
from config.requests import SiteRequest

PAGE_SIZE = 48
RESTORED_PAGES = 5  # a reloaded "show more" address brings so many pages back
PANEL_TITLES, PANEL_PEOPLE = 6, 3
PICTURE_SECONDS = 31_536_000  # what browsers keep: the address changes with the picture
LONGEST_QUOTED = 40  # letters of an address that a notice repeats
CACHED_PICTURE_SECONDS = 7 * 86_400


@require_safe
def browse(request: SiteRequest) -> HttpResponse:
    """All titles, narrowed and ordered; "show more" adds a page, its address brings all back."""
    filters = browsing.Filters.from_query(request.GET)
    visible = Title.objects.visible_to(request.user)
    pages = Paginator(filters.order(filters.apply(visible.for_cards())), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    adds = bool(request.htmx) and page.number > 1 and not request.htmx.history_restore_request
    first = page.number if adds else max(1, page.number - RESTORED_PAGES + 1)
    start = (first - 1) * PAGE_SIZE
    titles = page.object_list if adds else pages.object_list[start : page.end_index()]
    context = {
        "filters": filters,
        "page_obj": page,
        "cards": cards_of(titles, start=start),
        "begins_later": first > 1 and not adds,
        "next_url": f"{request.path}?{filters.address(page=page.number + 1)}",
        "first_url": f"{request.path}?{filters.address()}",
        "next_path": request.get_full_path(),
    }
    if adds:
        return _htmx(
            render(request, "catalog/browse.html#more", context), filters.address(page=page.number)
        )
    context |= {
        "kinds": browsing.kind_choices(visible, filters),
        "genres": browsing.genre_choices(visible, filters),
        "decades": browsing.decade_choices(visible, filters),
        "ages": browsing.age_choices(visible, filters),
        "sorts": browsing.SORTS.items(),
    }
    partial = request.htmx and not request.htmx.history_restore_request
    if not partial:
        _say_what_is_left_out(request, filters)
    template = f"catalog/browse.html{'#results' if partial else ''}"
    return _htmx(render(request, template, context), filters.address())


def _say_what_is_left_out(request: HttpRequest, filters: browsing.Filters) -> None:
    """A mistyped or old address says on the page which of its filters do not count."""
    for key, value in filters.left_out(request.GET):
        what = f"{key}={value[:LONGEST_QUOTED]}"
        messages.info(
            request, _("There is no filter “%(what)s”; it was left out.") % {"what": what}
        )


def _htmx(response: HttpResponse, query: str) -> HttpResponse:
    """One address answers with a page or a part of it, which tells its short address."""
    patch_vary_headers(response, ["HX-Request"])
    response.headers["HX-Push-Url"] = f"{reverse('browse')}?{query}" if query else reverse("browse")
    return response


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    results = search_catalog(request.user, request.GET.get("q", ""), kind=kind)
    kinds = [
        browsing.Choice(value, Title.Kind(value).label, results.kinds[value], kind == value)
        for value in Title.Kind.values
        if results.kinds.get(value)
    ]
    context = {"results": results, "kinds": kinds if len(kinds) > 1 else [], "kind": kind}
    return render(request, "catalog/search.html", context)


@require_safe
def search_panel(request: HttpRequest) -> HttpResponse:
    """The first few results, for the box in the top bar."""
    results = search_catalog(
        request.user, request.GET.get("q", ""), titles=PANEL_TITLES, people=PANEL_PEOPLE
    )
    context = {
        name: getattr(results, name)
        for name in (
            "query",
            "corrected",
            "titles",
            "people",
            "total",
            "lead",
            "lead_titles",
            "lead_acts",
        )
    }
    return render(request, "_search_panel.html", context)


@require_safe
def person(request: HttpRequest, pk: int, slug: str = "") -> HttpResponse:
    """Everything of one person that the reader may see, by role."""
    shown = get_object_or_404(Person.objects.visible_to(request.user), pk=pk)
    if request.path != shown.get_absolute_url():
        return redirect(shown, permanent=True)
    titles = (
        Title.objects.visible_to(request.user)
        .for_cards()
        .order_by("-popularity", "sort_name", "pk")
    )
    by_id = titles.filter(people=shown).distinct().in_bulk()
    order = {title_id: place for place, title_id in enumerate(by_id)}
    groups: dict[str, list[Title]] = {}
    credits = Credit.objects.filter(person=shown, title__in=by_id).values_list("role", "title")
    for role, title_id in sorted(credits, key=lambda credit: order[credit[1]]):
        groups.setdefault(role, []).append(by_id[title_id])
    parts = [
        {"role": role, "heading": ROLE_HEADINGS[role](), "cards": cards_of(groups[role])}
        for role in Credit.Role.values
        if role in groups
    ]
    initials = "".join(word[0] for word in shown.name.split()[:2]).upper()
    context = {"person": shown, "parts": parts, "initials": initials, "total": len(by_id)}
    return render(request, "catalog/person.html", context)


ROLE_HEADINGS: dict[str, Callable[[], str]] = {
    Credit.Role.DIRECTOR: lambda: _("Directed"),
    Credit.Role.CREATOR: lambda: _("Created"),
    Credit.Role.DEVELOPER: lambda: _("Developed"),
    Credit.Role.ARTIST: lambda: _("Recorded"),
    Credit.Role.ACTOR: lambda: _("Acted in"),
}


@require_safe
def poster(request: HttpRequest, pk: int, digest: str) -> HttpResponse:
    return _picture(request, pk, digest, "poster", draw_poster)


@require_safe
def glow(request: HttpRequest, pk: int, digest: str) -> HttpResponse:
    return _picture(request, pk, digest, "glow", draw_glow)


def _picture(
    request: HttpRequest, pk: int, digest: str, name: str, draw: Callable[[PosterSpec], str]
) -> HttpResponse:
    """A drawing of a title they may see or hid; an old digest leads to the new one."""
    title: Any = get_object_or_404(Title.objects.allowed_to(request.user).for_cards(), pk=pk)
    if digest != poster_digest(title.poster):
        return redirect(getattr(title, f"{name}_url"))
    etag = f'"{name}-{digest}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = _svg(request, f"picture:{name}:{digest}", lambda: draw(title.poster))
    response.headers["ETag"] = etag
    # private: what one person may see, a cache between us must not show to another
    response.headers["Cache-Control"] = f"private, max-age={PICTURE_SECONDS}, immutable"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _svg(request: HttpRequest, key: str, draw: Callable[[], str]) -> HttpResponse:
    packed = cache.get(key)
    if packed is None:
        packed = gzip.compress(draw().encode(), mtime=0)
        cache.set(key, packed, timeout=CACHED_PICTURE_SECONDS)
    accepts = request.headers.get("Accept-Encoding", "")
    if "gzip" in accepts and "gzip;q=0" not in accepts.replace(" ", ""):
        response = HttpResponse(packed, content_type="image/svg+xml")
        response.headers["Content-Encoding"] = "gzip"
        return response
    return HttpResponse(gzip.decompress(packed), content_type="image/svg+xml")
