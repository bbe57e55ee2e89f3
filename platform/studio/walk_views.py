"""Walks: choose two ends, watch it being made, slide along it, take it along."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.access import member_required
from accounts.requests import MemberRequest
from config.media import media_path
from studio.forms import FRAMES, WalkForm, fresh_key
from studio.image_services import delete_walk
from studio.models import Image, Walk
from studio.services import QuotaReached, StudioRefused, queue_walk

PAGE_WALKS = 40
MOST_ENDS = 60  # that one may choose from
KINDS = {"png": "image/png", "gif": "image/gif", "webp": "image/webp"}
FILE_SECONDS = 24 * 3600


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def walk_new(request: MemberRequest, pk: int) -> HttpResponse:
    """From this image to one of its class."""
    gallery = Image.objects.in_gallery_of(request.user).select_related("generator")
    start = get_object_or_404(gallery, pk=pk)
    others = gallery.filter(generator=start.generator, label=start.label).exclude(pk=pk)
    form = WalkForm(request.POST or None)
    refusal, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            end = get_object_or_404(gallery, pk=form.cleaned_data["end"])
            frames, key = form.cleaned_data["frames"], form.cleaned_data["key"] or None
            try:
                return redirect(
                    queue_walk(owner=request.user, start=start, end=end, frames=frames, key=key)
                )
            except StudioRefused as error:
                refusal, status = str(error), 429 if isinstance(error, QuotaReached) else 409
    context = {
        "start": start,
        "others": others[:MOST_ENDS],
        "form": form,
        "frames": FRAMES,
        "refusal": refusal,
        "key": fresh_key(),
    }
    return render(request, "studio/walk_new.html", context, status=status)


@login_required
@never_cache
@require_GET
def walk(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Walk.objects.owned_by(request.user), pk=pk)
    part = "#walk" if request.htmx else ""
    context = {"walk": found, "job": found.job}
    return render(request, f"studio/walk.html{part}", context)


@login_required
@never_cache
@require_GET
def walks(request: MemberRequest) -> HttpResponse:
    """One's own, newest first."""
    done = Walk.objects.owned_by(request.user).exclude(files={})
    page = Paginator(done, PAGE_WALKS).get_page(request.GET.get("page"))
    return render(request, "studio/walks.html", {"page_obj": page})


@member_required
@require_POST
def walk_delete(request: MemberRequest, pk: int) -> HttpResponse:
    delete_walk(walk=get_object_or_404(Walk.objects.owned_by(request.user), pk=pk))
    messages.success(request, _("The walk is deleted."))
    return redirect("studio_walks")


@login_required
@require_safe
def walk_file(request: MemberRequest, pk: int, kind: str) -> HttpResponseBase:
    """kind: png (the strip of frames), gif or webp."""
    found = get_object_or_404(Walk.objects.owned_by(request.user), pk=pk)
    name = found.files.get(kind)
    if name is None or not media_path(name).is_file():
        raise Http404
    response = FileResponse(
        media_path(name).open("rb"),
        as_attachment="download" in request.GET,
        filename=f"marquee-walk-{found.pk}.{kind}",
        content_type=KINDS[kind],
    )
    response.headers["Cache-Control"] = f"private, max-age={FILE_SECONDS}"
    return response
