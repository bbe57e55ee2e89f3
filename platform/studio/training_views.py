"""Pages for staff: train generators, look at what came of it, publish, go back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.requests import MemberRequest
from recommendations.staff_views import staff_only
from studio import training_figures as figures
from studio import training_services as services
from studio.models import Generator
from studio.services import StudioRefused, withdraw_generator
from studio.training_forms import PublishForm, TrainForm
from studio.training_models import FEWEST_IMAGES, GeneratorRun

RUNS_A_PAGE, MOST_GENERATORS = 20, 50
PREVIEW_SECONDS = 24 * 3600


@staff_only
@require_safe
def generator_list(
    request: MemberRequest, *, form: TrainForm | None = None, status: int = 200
) -> HttpResponse:
    runs = GeneratorRun.objects.for_lists()
    context = {
        "dashboard_page": "generator_list",
        "page_obj": Paginator(runs, RUNS_A_PAGE).get_page(request.GET.get("page")),
        "fewest_images": FEWEST_IMAGES,
        "generators": Generator.objects.for_staff()[:MOST_GENERATORS],
        "form": form or TrainForm(initial={"dataset": request.GET.get("dataset", "")}),
    }
    return render(request, "studio/generators.html", context, status=status)


@staff_only
@require_POST
def generator_start(request: MemberRequest) -> HttpResponse:
    form = TrainForm(request.POST)
    status = 422
    if form.is_valid():
        given = dict(form.cleaned_data)
        given["key"] = given["key"] or None
        try:
            return redirect(services.queue_generator_run(owner=request.user, **given))
        except StudioRefused as error:
            form.add_error(None, str(error))
            status = 409
    request.method = "GET"  # the page again, with the form as it was filled in
    return generator_list(request, form=form, status=status)


@staff_only
@require_safe
def generator_run(
    request: MemberRequest, pk: int, *, form: PublishForm | None = None, status: int = 200
) -> HttpResponse:
    found = find(pk)
    context = context_of(found, request.GET.get("step", "")) | figures_of(found)
    context["form"] = form or context["form"]
    return render(request, "studio/generator_run.html", context, status=status)


@staff_only
@require_GET
def generator_panel(request: MemberRequest, pk: int) -> HttpResponse:
    """The moving parts of a run; the whole page anew once its training or measuring has ended."""
    found = find(pk)
    context = context_of(found, request.GET.get("step", ""))
    response = render(request, "studio/generator_run.html#moving", context)
    if request.GET.get("state") != context["state"]:
        response["HX-Refresh"] = "true"
    return response


@staff_only
@require_safe
def generator_preview(request: MemberRequest, pk: int, step: int) -> HttpResponse:
    """A sheet of what the generator made at this step."""
    return preview_response(get_object_or_404(GeneratorRun, pk=pk), step)


@staff_only
@require_POST
def generator_measure(request: MemberRequest, pk: int) -> HttpResponse:
    """Once more, beside what draws now."""
    found = find(pk)
    try:
        services.queue_measuring(run=found, owner=request.user)
    except StudioRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It waits for a worker to measure it."))
    return redirect(found)


@staff_only
@require_POST
def generator_publish(request: MemberRequest, pk: int) -> HttpResponse:
    found = find(pk)
    form = PublishForm(request.POST, steps=services.kept_steps(found))
    if not form.is_valid():
        request.method = "GET"
        return generator_run(request, pk, form=form, status=422)
    try:
        generator = services.publish_run(run=found, by=request.user, **form.cleaned_data)
    except StudioRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(what)s draws now.") % {"what": generator})
    return redirect(found)


@staff_only
@require_POST
def generator_use(request: MemberRequest, pk: int) -> HttpResponse:
    generator = get_object_or_404(Generator, pk=pk)
    try:
        services.roll_back_to(generator=generator)
    except StudioRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(what)s draws now.") % {"what": generator})
    return redirect("generator_list")


@staff_only
@require_POST
def generator_withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    generator = get_object_or_404(Generator, pk=pk)
    withdraw_generator(generator)
    messages.success(request, _("%(what)s draws nothing new.") % {"what": generator})
    return redirect("generator_list")


def find(pk: int) -> GeneratorRun:
    related = ("job__owner", "measuring", "dataset", "published")
    return get_object_or_404(GeneratorRun.objects.select_related(*related), pk=pk)


def preview_response(run: GeneratorRun, step: int) -> HttpResponse:
    path = services.preview_of(run, step)
    if step not in run.previews or not path.is_file():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="image/png")
    response.headers["Cache-Control"] = f"private, max-age={PREVIEW_SECONDS}"
    return response


def context_of(run: GeneratorRun, wanted: str) -> dict[str, Any]:
    """What moves while it trains; wanted: the step whose images are shown, else the newest."""
    is_known = wanted.isdecimal() and int(wanted) in run.previews
    measuring = run.measuring
    return {
        "dashboard_page": "generator_list",
        "run": run,
        "job": run.job,
        "is_busy": not run.job.is_finished or bool(measuring and not measuring.is_finished),
        "state": f"{run.job.state}-{measuring.state if measuring else ''}",
        "step": int(wanted) if is_known else run.newest_preview,
        "is_newest": not is_known,
        "losses": figures.loss_chart(run),
    }


def figures_of(run: GeneratorRun) -> dict[str, Any]:
    """What is there once it has been trained, and measured."""
    steps = services.kept_steps(run)
    name = run.published.name if run.published else run.dataset.name
    context: dict[str, Any] = {
        "form": PublishForm(steps=steps, initial={"name": name[: services.LONGEST_NAME]}),
        "can_publish": run.job.state == run.job.State.DONE,
        "snapshots": steps,
        "tables": figures.tables_of(run),
    }
    if run.report:
        context |= {
            "alarm": figures.alarm_of(run),
            "honesty": figures.honesty_of(run),
            "spaces": figures.SPACES.values(),
            "classes": figures.classes_of(run),
            "distances": figures.distance_chart(run),
            "variety": figures.variety_chart(run),
            "spectrum": run.report["run"]["measures"]["classifier"]["generator"]["spectrum"],
            "leading": figures.spectrum_chart(run),
        }
    return context
