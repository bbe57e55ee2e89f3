from datetime import timedelta

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from config.requests import SiteRequest, safe_next
from jobs.models import Job
from jobs.services import cancel, retry

BELL_LENGTH = 8
JUST_ENDED = timedelta(hours=12)


@login_required
@require_GET
def job(request: SiteRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Job.objects.owned_by(request.user), pk=pk)
    return render(request, "_job_card.html" if request.htmx else "jobs/job.html", {"job": found})


@login_required
@require_POST
def job_cancel(request: SiteRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Job.objects.owned_by(request.user), pk=pk)
    cancel(found)
    return answer(request, found)


@login_required
@require_POST
def job_retry(request: SiteRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Job.objects.owned_by(request.user), pk=pk)
    if found.is_for_staff and not request.user.is_staff:
        raise PermissionDenied  # its owner was staff when starting it
    retry(found)
    return answer(request, found)


@login_required
@require_GET
def jobs_bell(request: SiteRequest) -> HttpResponse:
    """One's own unfinished jobs and those that just ended."""
    recent = Q(finished_at__gte=timezone.now() - JUST_ENDED)
    own = Job.objects.filter(owner=request.user.pk)
    unfinished = Q(pk__in=own.unfinished().values("pk"))
    context = {
        "jobs": own.filter(unfinished | recent)[:BELL_LENGTH],
        "running": own.unfinished().count(),
    }
    return render(request, "_bell.html", context)


def answer(request: SiteRequest, found: Job) -> HttpResponse:
    """The card to htmx; else back to the page of ours that asked, or to the job."""
    found.refresh_from_db()
    if request.htmx:
        response = render(request, "_job_card.html", {"job": found})
        response["HX-Trigger"] = "jobs-changed"
        return response
    return redirect(safe_next(request, default=found.get_absolute_url()))
