"""The pages of experiments: write one down, start it, watch it, stop it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recommendations.experiment_forms import ExperimentForm, StopForm
from recommendations.experiment_results import Result, result_of, verdict
from recommendations.experiment_services import (
    ExperimentRefused,
    create_experiment,
    start_experiment,
    stop_experiment,
)
from recommendations.experiments import ArmSettings
from recommendations.models import Experiment
from recommendations.staff_views import staff_only

EXPERIMENTS_A_PAGE = 20


@staff_only
@require_safe
def experiment_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(Experiment.objects.all(), EXPERIMENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "dashboard_page": "experiment_list",
        "page_obj": page,
        "rows": [(found, arms_of(found)) for found in page],
    }
    return render(request, "recommendations/experiments.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_new(request: HttpRequest) -> HttpResponse:
    form = ExperimentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = create_experiment(by=request.user, now=timezone.now(), **form.settings())
        return redirect(made)
    context = {"dashboard_page": "experiment_list", "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "recommendations/experiment_new.html", context, status=status)


@staff_only
@require_safe
def experiment(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Experiment, pk=pk)
    return render(request, "recommendations/experiment.html", context_of(found))


@staff_only
@require_POST
def experiment_start(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Experiment, pk=pk)
    try:
        start_experiment(experiment=found, by=request.user, now=timezone.now())
    except ExperimentRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s runs.") % {"name": found.name})
    return redirect(found)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what has been shown and what stopping does; then stops."""
    found = get_object_or_404(Experiment, pk=pk)
    form = StopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = {"note": form.cleaned_data["note"], "by": request.user, "now": timezone.now()}
        try:
            stop_experiment(experiment=found, **given)
        except ExperimentRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(name)s is stopped.") % {"name": found.name})
        return redirect(found)
    if found.state != Experiment.State.RUNNING:
        return redirect(found)
    context = context_of(found) | {"form": form}
    return render(request, "recommendations/experiment_stop.html", context)


def context_of(found: Experiment) -> dict[str, Any]:
    result = result_of(found, now=timezone.now())
    return {
        "dashboard_page": "experiment_list",
        "experiment": found,
        "arms": arms_of(found),
        "share_a_percent": round(100 * (1 - found.share_b)),
        "share_b_percent": round(100 * found.share_b),
        "result": result,
        "verdict": verdict(result) if result else None,
        "chart": sequence_chart(result) if result else None,
        "entries": found.entries.select_related("by").order_by("-at", "-id"),
    }


def arms_of(found: Experiment) -> dict[str, str]:
    """Arms in words."""
    return {"A": arm_words(found.arm_a), "B": arm_words(found.arm_b)}


def arm_words(kept: dict[str, Any]) -> str:
    try:
        arm = ArmSettings.read(kept)
    except ValueError:
        return _("settings that cannot be read")
    words = arm.artifact or _("the live artifact")
    if arm.variety is None:
        return words
    return _("%(artifact)s, variety %(n)s") % {"artifact": words, "n": f"{arm.variety:g}"}


def sequence_chart(result: Result) -> dict[str, Any] | None:
    """The difference with its band over members; None before the first look."""
    if not result.looks:
        return None
    line = {
        "label": _("B minus A"),
        "y": [look.difference for look in result.looks],
        "low": [look.low for look in result.looks],
        "high": [look.high for look in result.looks],
    }
    return {
        "x": [look.members for look in result.looks],
        "series": [line],
        "reference": {"label": _("no difference"), "value": 0},
    }
