"""What the training page of the dashboard shows of runs, of the schedule and of candidates."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask

from jobs.models import Job
from recommendations.models import Promotion, Run
from recommendations.services import NIGHTLY

DEFAULT_HOUR = 3


@dataclass(frozen=True)
class Nightly:
    enabled: bool
    hour: int
    last_run_at: datetime | None


def active_runs() -> list[Run]:
    unfinished = Job.objects.unfinished().values("pk")
    runs = Run.objects.filter(job__in=unfinished).select_related("job__owner", "artifact")
    return sorted(runs, key=lambda run: (run.job.state != Job.State.RUNNING, run.pk))


def curve_chart(run: Run, live: Promotion | None) -> dict[str, Any] | None:
    """Data of the learning curve; the reference is the best of the live artifact's own run."""
    measure = "ndcg" if any("ndcg" in point for point in run.curve) else "loss"
    points = [point for point in run.curve if measure in point]
    if not points:
        return None
    label = "NDCG@10" if measure == "ndcg" else _("Loss")
    chart: dict[str, Any] = {
        "x": [point["epoch"] for point in points],
        "series": [{"label": label, "y": [point[measure] for point in points]}],
    }
    best = best_of_live(live) if measure == "ndcg" else None
    if best is not None and live is not None and live.artifact_id != run.artifact_id:
        chart["reference"] = {"label": _("best of the live run"), "value": best}
    return chart


def best_of_live(live: Promotion | None) -> float | None:
    run = Run.objects.filter(artifact=live.artifact).only("curve").first() if live else None
    return best_ndcg(run) if run else None


def best_ndcg(run: Run) -> float | None:
    return max((point["ndcg"] for point in run.curve if "ndcg" in point), default=None)


def nightly() -> Nightly:
    task = PeriodicTask.objects.filter(name=NIGHTLY).select_related("crontab").first()
    if task is None or task.crontab is None:
        return Nightly(enabled=False, hour=DEFAULT_HOUR, last_run_at=None)
    return Nightly(task.enabled, int(task.crontab.hour), task.last_run_at)
