"""What every page shows of jobs: the number on the bell."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from jobs.models import Job


def running_jobs(request: HttpRequest) -> dict[str, Any]:
    """`running_jobs`: how many of one's own are unfinished; no query unless a template asks."""

    def count() -> int:
        if not request.user.is_authenticated:
            return 0
        return Job.objects.filter(owner=request.user).unfinished().count()

    return {"running_jobs": SimpleLazyObject(count)}
