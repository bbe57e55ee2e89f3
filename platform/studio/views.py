"""The studio: ask for images, watch them come, look through the gallery."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from accounts.access import member_required
from accounts.requests import MemberRequest
from studio.forms import COUNT, DrawForm, fresh_key, fresh_seed
from studio.gallery import Filters, gallery_page
from studio.loading import USUAL_TRUNCATION
from studio.models import Generator, ImageJob
from studio.services import MAX_IMAGES, QuotaReached, StudioRefused, images_left, queue_drawing
from studio.workbench import workbench_of

REFUSED, TOO_MUCH = 409, 429
LONGEST_NUMBER = 18  # digits that an id may have


@login_required
@never_cache
@require_GET
def studio(request: MemberRequest) -> HttpResponse:
    if request.htmx and not request.htmx.history_restore_request:
        filters = Filters.of(request.GET, request.user)
        part = "more" if filters.before else "gallery"
        context = {"page": gallery_page(request.user, filters), "is_more": True}
        response = render(request, f"studio/studio.html#{part}", context)
    else:
        response = page_of(request)
    patch_vary_headers(response, ["HX-Request"])
    return response


def page_of(
    request: MemberRequest, *, form: DrawForm | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The whole page; a form that was refused keeps what it was filled with."""
    generators = list(Generator.objects.current())
    wanted = _named(request.GET.get("generator", ""))
    chosen = form.generator if form else _chosen(generators, wanted)
    context = {
        "replaced": wanted if wanted and not wanted.is_current else None,
        "generators": generators,
        "chosen": chosen,
        "form": form,
        "values": _values(form.data if form else request.GET, chosen),
        "refusal": refusal,
        "left": images_left(request.user),
        "most": MAX_IMAGES,
        "key": fresh_key(),
        "bench": workbench_of(request.user, now=timezone.now()),
        "page": gallery_page(request.user, Filters.of(request.GET, request.user)),
    }
    return render(request, "studio/studio.html", context, status=status)


def _named(number: str) -> Generator | None:
    """That an address names, whether it draws or not."""
    is_number = number.isascii() and number.isdigit() and len(number) < LONGEST_NUMBER
    return Generator.objects.filter(pk=int(number)).first() if is_number else None


def _chosen(generators: list[Generator], wanted: Generator | None) -> Generator | None:
    """The wanted one, else that of its name, else the first."""
    namesakes = [one for one in generators if wanted and one.name == wanted.name]
    return next(iter(namesakes or generators), None)


def _values(given: Any, generator: Generator | None) -> dict[str, Any]:
    """What the form shows: "reuse these" fills it by the address."""
    labels = generator.labels if generator else []
    label = given.get("label", "")
    return {
        "label": label if label in labels else "",
        "count": _number(given.get("count"), COUNT, 1, MAX_IMAGES),
        "truncation": _number(given.get("truncation"), USUAL_TRUNCATION, 0, 1),
        "seed": given.get("seed", fresh_seed()),
    }


def _number(text: Any, default: float, least: float, most: float) -> float:
    try:
        value = type(default)(text)
    except (TypeError, ValueError):
        return default
    return value if least <= value <= most else default


@member_required
@require_POST
def draw(request: MemberRequest, pk: int) -> HttpResponse:
    generator = get_object_or_404(Generator.objects.current(), pk=pk)
    form = DrawForm(request.POST, generator=generator)
    if not form.is_valid():
        return page_of(request, form=form, status=422)
    try:
        key = form.cleaned_data["key"] or None
        queue_drawing(owner=request.user, wish=form.wish(), key=key)
    except QuotaReached as error:
        return page_of(request, form=form, refusal=str(error), status=TOO_MUCH)
    except StudioRefused as error:
        return page_of(request, form=form, refusal=str(error), status=REFUSED)
    return redirect("studio")


@login_required
@never_cache
@require_GET
def bench(request: MemberRequest) -> HttpResponse:
    """The jobs again, as long as one is at work; the last answer says that all are done."""
    found = workbench_of(request.user, now=timezone.now())
    response = render(request, "studio/studio.html#bench", {"bench": found})
    if not found.is_busy:
        response = trigger_client_event(response, "studio-done")
        if found.current and (message := _said(found.current.job)):
            response = trigger_client_event(response, "toast", {"message": message})
    return response


def _said(job: Any) -> str:
    drawing = getattr(job, "drawing", None)
    if drawing is None or job.state != job.State.DONE:
        return ""
    return ngettext("%(n)d image is drawn.", "%(n)d images are drawn.", drawing.count) % {
        "n": drawing.count
    }


@login_required
@never_cache
@require_GET
def drawing(request: MemberRequest, pk: int) -> HttpResponse:
    """All images of one job."""
    found = get_object_or_404(ImageJob.objects.owned_by(request.user).for_cards(), pk=pk)
    return render(request, "studio/drawing.html", {"drawing": found, "job": found.job})
