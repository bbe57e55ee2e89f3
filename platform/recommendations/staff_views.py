"""The dashboard: staff start, watch and judge training runs. Strangers find no page here."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from config.health import broker_state, database_state
from config.requests import SiteRequest
from recommendations import comparison, dashboard, system
from recommendations.gate import against_served
from recommendations.headlines import headline
from recommendations.models import Artifact, Promotion, Run
from recommendations.reports import metric_of, metrics_in
from recommendations.services import (
    PromotionRefused,
    judge,
    promote,
    queue_run,
    roll_back,
    rollback_target,
    set_nightly,
)
from recommendations.staff_forms import NightlyForm, OverrideForm, ReasonForm, StartForm
from recommendations.tiles import tiles

View = Callable[..., HttpResponse]
RUNS_A_PAGE = 20
LOG_LENGTH = 8


def staff_only(view: View) -> View:
    """Visitors log in first; for members the page does not exist."""

    @wraps(view)
    def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not request.user.is_staff:
            raise Http404
        return view(request, *args, **kwargs)

    return checked


@staff_only
@require_safe
def overview(
    request: HttpRequest, *, start: StartForm | None = None, status: int = 200
) -> HttpResponse:
    now, live = timezone.now(), Promotion.objects.live()
    metric = metric_of(request.GET.get("metric", ""))
    nightly = dashboard.nightly()
    reference = live.artifact if live else Artifact.objects.first()
    context = {
        "dashboard_page": "dashboard",
        "live": live,
        "headline": headline(live, now=now),
        "tiles": tiles(live, now=now),
        "panels": [run_context(run, live) for run in dashboard.active_runs()],
        "metric": metric,
        "metrics": metrics_in(reference.report) if reference else [],
        "report": reference.report if reference else {},
        "rows": comparison.rows(live, metric),
        "has_rollback": bool(live and rollback_target()),
        "start": start or StartForm(),
        "nightly": nightly,
        "nightly_form": NightlyForm(initial={"enabled": nightly.enabled, "hour": nightly.hour}),
        "promotions": Promotion.objects.newest_first().select_related("artifact", "promoted_by")[
            :LOG_LENGTH
        ],
    }
    return render(request, "dashboard/overview.html", context, status=status)


@staff_only
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    form = StartForm(request.POST)
    if not form.is_valid():
        request.method = "GET"  # the page again, with the form as it was filled in
        return overview(request, start=form, status=422)
    given = dict(form.cleaned_data)
    key = given.pop("key")
    run = queue_run(owner=request.user, key=f"form:{key}" if key else None, **given)
    messages.success(request, _("Run %(number)d waits for a worker.") % {"number": run.pk})
    return redirect("dashboard")


@staff_only
@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    runs = Run.objects.select_related("job__owner", "artifact")
    page = Paginator(runs, RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {"dashboard_page": "run_list", "page_obj": page, "live": Promotion.objects.live()}
    return render(request, "dashboard/runs.html", context)


@staff_only
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Run.objects.select_related("job__owner", "artifact"), pk=pk)
    live = Promotion.objects.live()
    metrics = metrics_in(found.artifact.report) if found.artifact else []
    context = {
        "dashboard_page": "run_list",
        "live": live,
        "panel": run_context(found, live),
        "report": comparison.report_table(found.artifact.report) if found.artifact else [],
        "metrics": metrics,
    }
    return render(request, "dashboard/run.html", context)


@staff_only
@require_GET
def run_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The moving parts of a run; the whole page anew once it has ended."""
    found = get_object_or_404(Run.objects.select_related("job__owner", "artifact"), pk=pk)
    part = "curve" if request.GET.get("part") == "curve" else "progress"
    context = {"panel": run_context(found, Promotion.objects.live())}
    response = render(request, f"dashboard/_run_panel.html#{part}", context)
    if found.job.is_finished:
        response["HX-Refresh"] = "true"
    return response


def run_context(found: Run, live: Promotion | None) -> dict[str, object]:
    best, best_live = dashboard.best_ndcg(found), dashboard.best_of_live(live)
    gap = None
    if (
        best is not None
        and best_live is not None
        and live
        and live.artifact_id != found.artifact_id
    ):
        gap = best - best_live
    return {
        "run": found,
        "job": found.job,
        "chart": dashboard.curve_chart(found, live),
        "chart_id": f"curve-{found.pk}",
        "best": best,
        "gap": gap,
        "last": found.curve[-1] if found.curve else None,
    }


@staff_only
def artifact_promote(request: HttpRequest, pk: int) -> HttpResponse:
    """Says what the gate finds; then lets the artifact serve, past the gate with a reason."""
    artifact = get_object_or_404(Artifact, pk=pk)
    found, refused, status = judge(artifact), "", 200
    form_class = OverrideForm if found.is_blocked else ReasonForm
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            promote(artifact=artifact, by=request.user, **form.cleaned_data)
        except PromotionRefused as error:
            refused, status = str(error), 409
        else:
            messages.success(request, _("%(name)s is live.") % {"name": artifact.name})
            return redirect("dashboard")
    elif request.method == "POST":
        status = 409 if found.is_blocked else 422
    context = {
        "dashboard_page": "dashboard",
        "artifact": artifact,
        "live": Promotion.objects.live(),
        "form": form,
        "refused": refused,
        "verdict": found,
        "action": "promote",
    }
    return render(request, "dashboard/confirm.html", context, status=status)


@staff_only
def artifact_rollback(request: HttpRequest) -> HttpResponse:
    """Says what will serve; then goes back to it."""
    live, target = Promotion.objects.live(), rollback_target()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    refused = "" if target else _("No earlier artifact is left to go back to.")
    if request.method == "POST" and form.is_valid():
        try:
            promotion = roll_back(by=request.user, **form.cleaned_data)
        except PromotionRefused as error:
            refused = str(error)
        else:
            messages.success(
                request, _("%(name)s is live again.") % {"name": promotion.artifact.name}
            )
            return redirect("dashboard")
    context = {
        "dashboard_page": "dashboard",
        "artifact": target,
        "live": live,
        "form": form,
        "refused": refused,
        "comparison": against_served(target.report, [live.artifact.report])
        if target and live
        else None,
        "action": "rollback",
    }
    is_conflict = refused and request.method == "POST"
    return render(request, "dashboard/confirm.html", context, status=409 if is_conflict else 200)


@staff_only
@require_POST
def schedule(request: HttpRequest) -> HttpResponse:
    form = NightlyForm(request.POST)
    if form.is_valid():
        task = set_nightly(**form.cleaned_data)
        said = (
            _("It trains every night at %(hour)02d:00 UTC.")
            if task.enabled
            else _("It no longer trains by itself.")
        )
        messages.success(
            request, said % {"hour": form.cleaned_data["hour"]} if task.enabled else said
        )
    else:
        messages.error(request, _("Choose an hour from 0 to 23. The schedule is as it was."))
    return redirect("dashboard")


@staff_only
@require_safe
def system_page(request: SiteRequest) -> HttpResponse:
    """Answers at once; what takes a second comes by itself, or with ?now=1 without JavaScript."""
    template = "dashboard/system.html#checks" if request.htmx else "dashboard/system.html"
    is_asked = request.htmx or "now" in request.GET
    context = {"dashboard_page": "system", "system": system.look() if is_asked else None}
    return render(request, template, context)


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, broker, live artifact: 200 when all are well, so too with no first model yet."""
    state = {"database": database_state(), "broker": broker_state()}
    try:
        state["artifact"] = system.artifact_state(Promotion.objects.live())
    except DatabaseError:
        state["artifact"] = "unknown"
    is_ready = all(value in {"ok", "none"} for value in state.values())
    return JsonResponse({"ok": is_ready, **state}, status=200 if is_ready else 503)
