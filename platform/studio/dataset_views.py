"""Dashboard: images that generators learn from. Staff send, look through and remove them."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from config.media import media_path
from recommendations.staff_views import staff_only
from studio.dataset_files import IN_A_STRIP, examples_of
from studio.dataset_forms import DatasetForm
from studio.dataset_reports import kind_of, moderation_ahead, moderation_of, refusals_of
from studio.dataset_services import (
    DatasetRefused,
    Sent,
    queue_dataset,
    remove_dataset,
)
from studio.training_models import Dataset
from studio.uploads import is_too_large

SETS_A_PAGE = 20
PICTURE_SECONDS = 24 * 3600
INVALID, TOO_LARGE, REFUSED = 422, 413, 409
SHARPEST = 64  # pixels that an example is shown at, each of its own a square


@staff_only
@require_safe
def dataset_list(request: MemberRequest) -> HttpResponse:
    return list_with(request, DatasetForm())


def list_with(request: HttpRequest, form: DatasetForm, status: int = 200) -> HttpResponse:
    found = Dataset.objects.present().select_related("job", "added_by")
    context = {
        "dashboard_page": "dataset_list",
        "page_obj": Paginator(found, SETS_A_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "moderation": moderation_ahead(),
    }
    return render(request, "studio/datasets.html", context, status=status)


@csrf_exempt  # add_checked asks for the token: to find it here would read the file first
@staff_only
@require_POST
def dataset_add(request: MemberRequest) -> HttpResponse:
    return add_checked(request, is_too_large=is_too_large(request))


@csrf_protect
def add_checked(request: MemberRequest, *, is_too_large: bool) -> HttpResponse:
    form = DatasetForm(request.POST, request.FILES, is_too_large=is_too_large)
    if not form.is_valid():
        return list_with(request, form, TOO_LARGE if form.is_too_large else INVALID)
    given = form.cleaned_data
    sent = Sent(
        given["name"], given["file"].chunks(), given["size"], given["channels"], may_be_renamed=True
    )
    try:
        found = queue_dataset(owner=request.user, sent=sent, key=given["key"] or None)
    except DatasetRefused as error:
        form.add_error("name", str(error))
        return list_with(request, form, REFUSED)
    said = _("%(name)s waits for a worker.")
    if found.name != given["name"]:
        said = _("There is a set named %(wanted)s: this one is %(name)s. It waits for a worker.")
    messages.success(request, said % {"wanted": given["name"], "name": found.name})
    return redirect(found)


@dataclass(frozen=True)
class ImageClass:
    """A class of a set, with the strip of its examples."""

    name: str
    count: int
    number: int  # among the names in order
    width: int  # pixels of the strip on the page
    height: int


@staff_only
@require_safe
def dataset(request: MemberRequest, pk: int) -> HttpResponse:
    """The page; to htmx, which waits for the job, whether to show it anew."""
    found = find(pk)
    if request.htmx and not request.htmx.history_restore_request:
        response = HttpResponse(status=204)
        if found.job is None or found.job.is_finished:
            response["HX-Refresh"] = "true"
    else:
        context = {
            "dashboard_page": "dataset_list",
            "dataset": found,
            "job": found.job,
            "kind": kind_of(found),
            "classes": classes_of(found),
            "refusals": refusals_of(found.report),
            "moderation": moderation_of(found),
            "runs": found.runs.all()[:SETS_A_PAGE],
        }
        response = render(request, "studio/dataset.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def find(pk: int) -> Dataset:
    return get_object_or_404(Dataset.objects.select_related("job__owner", "added_by"), pk=pk)


def classes_of(found: Dataset) -> list[ImageClass]:
    size = found.size or 0
    side = size * (SHARPEST // size) if size else 0
    return [
        ImageClass(name, count, number, min(count, IN_A_STRIP) * side, side)
        for number, (name, count) in enumerate(sorted(found.counts.items()))
    ]


@staff_only
@require_safe
def dataset_examples(request: MemberRequest, pk: int, digest: str, number: int) -> HttpResponse:
    """Some images of a class side by side; another set has another address."""
    found = get_object_or_404(Dataset, pk=pk)
    path = media_path(examples_of(pk, number))
    if not found.is_ready or not found.sha256.startswith(digest) or not path.is_file():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="image/png")
    response.headers["Cache-Control"] = f"private, max-age={PICTURE_SECONDS}"
    return response


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def dataset_remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Says what goes; then it goes."""
    found, refused, status = find(pk), "", 200
    if found.is_removed:
        raise Http404
    if request.method == "POST":
        try:
            remove_dataset(dataset=found)
        except DatasetRefused as error:
            refused, status = str(error), REFUSED
        else:
            messages.success(request, _("%(name)s is removed.") % {"name": found.name})
            return redirect("dataset_list")
    context = {
        "dashboard_page": "dataset_list",
        "dataset": found,
        "runs": found.runs.count(),
        "is_needed": found.runs.busy().exists(),
        "refused": refused,
    }
    return render(request, "studio/dataset_remove.html", context, status=status)
