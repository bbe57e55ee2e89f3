"""The pages of searches for better settings: start one, watch it, train with what it found."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from recommendations.models import Tuning
from recommendations.staff_forms import new_key
from recommendations.staff_views import staff_only
from recommendations.tuning import NothingFound, queue_tuned_run, queue_tuning
from recommendations.tuning_chart import PARAMETERS, best_lines, history_chart, standing
from recommendations.tuning_forms import TuningForm

TUNINGS_A_PAGE = 20
LONGEST_KEY = 40


@staff_only
@require_safe
def tuning_list(
    request: HttpRequest, *, form: TuningForm | None = None, status: int = 200
) -> HttpResponse:
    tunings = Tuning.objects.select_related("job__owner")
    page = Paginator(tunings, TUNINGS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "dashboard_page": "tuning_list",
        "page_obj": page,
        "rows": [(found, standing(found)) for found in page],
        "form": form or TuningForm(),
    }
    return render(request, "dashboard/tunings.html", context, status=status)


@staff_only
@require_POST
def tuning_start(request: HttpRequest) -> HttpResponse:
    form = TuningForm(request.POST)
    if not form.is_valid():
        request.method = "GET"  # the page again, with the form as it was filled in
        return tuning_list(request, form=form, status=422)
    given = dict(form.cleaned_data)
    key = given.pop("key")
    found = queue_tuning(owner=request.user, key=f"tuning:{key}" if key else None, **given)
    messages.success(request, _("Search %(number)d waits for a worker.") % {"number": found.pk})
    return redirect(found)


@staff_only
@require_safe
def tuning(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "dashboard/tuning.html", context_of(find(pk)))


@staff_only
@require_GET
def tuning_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving parts of a search; the whole page anew once it has ended."""
    found = find(pk)
    response = render(request, "dashboard/tuning.html#panels", context_of(found))
    if found.job.is_finished:
        response["HX-Refresh"] = "true"
    return response


@staff_only
@require_POST
def tuning_train(request: HttpRequest, pk: int) -> HttpResponse:
    """A training run with the best settings; the key makes a double click start one."""
    found = get_object_or_404(Tuning, pk=pk)
    key = request.POST.get("key", "")[:LONGEST_KEY]
    try:
        run = queue_tuned_run(tuning=found, owner=request.user, key=f"tuned:{key}" if key else None)
    except NothingFound as error:
        messages.error(request, str(error))
        return redirect(found)
    messages.success(request, _("Run %(number)d waits for a worker.") % {"number": run.pk})
    return redirect(run)


def find(pk: int) -> Tuning:
    return get_object_or_404(Tuning.objects.select_related("job__owner"), pk=pk)


def context_of(found: Tuning) -> dict[str, object]:
    return {
        "dashboard_page": "tuning_list",
        "tuning": found,
        "job": found.job,
        "standing": standing(found),
        "chart": history_chart(found),
        "chart_id": f"history-{found.pk}",
        "parameters": PARAMETERS.values(),
        "lines": best_lines(found),
        "key": new_key(),
    }
