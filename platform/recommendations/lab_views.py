"""The evaluation lab: how good an artifact is, for whom, and measuring it again."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from recommendations import lab, lab_tables, lab_variety, slices
from recommendations.models import Evaluation, Promotion
from recommendations.reports import metric_of, metrics_in
from recommendations.services import queue_evaluation
from recommendations.staff_forms import MeasureForm
from recommendations.staff_views import staff_only

MEASUREMENTS = 10


@staff_only
@require_safe
def evaluation(
    request: HttpRequest, *, form: MeasureForm | None = None, status: int = 200
) -> HttpResponse:
    live, key = Promotion.objects.live(), request.GET.get("of", "")
    subject = lab.subject_of(key, live)
    if key and subject is None:
        raise Http404
    measured = list(Evaluation.objects.select_related("job__owner")[:MEASUREMENTS])
    context = {
        "dashboard_page": "evaluation",
        "choices": lab.choices(live),
        "subject": subject,
        "unfinished": [one for one in measured if not one.job.is_finished],
        "measured": [one for one in measured if one.job.is_finished],
        "form": form or MeasureForm(),
        **(report_context(request, subject) if subject and metrics_in(subject.report) else {}),
    }
    return render(request, "dashboard/evaluation.html", context, status=status)


def report_context(request: HttpRequest, subject: lab.Subject) -> dict[str, object]:
    report, given = subject.report, request.GET
    metric = metric_of(given.get("metric", ""))
    return {
        "report": report,
        "headline": lab.headline(subject),
        "split_words": lab.split_words(report),
        "is_leaky": lab.is_leaky(report),
        "table": lab_tables.table_of(
            report,
            subject.key,
            sort=request.GET.get("sort", ""),
            is_reversed="reverse" in request.GET,
        ),
        "metric": metric,
        "paired_metrics": lab_tables.paired_metrics(report),
        "leads": lab_tables.lead_rows(report, metric.key),
        "variety": lab_variety.curve_of(report),
        "dimensions": slices.dimensions(report),
        "checks": lab.checks(report),
        "ingredients": lab.ingredients(subject.blend),
    }


@staff_only
@require_POST
def measure(request: HttpRequest) -> HttpResponse:
    form = MeasureForm(request.POST)
    if not form.is_valid():
        request.method = "GET"  # the page again, with the form as it was filled in
        return evaluation(request, form=form, status=422)
    given = dict(form.cleaned_data)
    key = given.pop("key")
    made = queue_evaluation(owner=request.user, key=f"measure:{key}" if key else None, **given)
    messages.success(request, _("Measurement %(number)d waits for a worker.") % {"number": made.pk})
    return redirect("evaluation")
