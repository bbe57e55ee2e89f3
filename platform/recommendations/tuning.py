"""Searches for better settings: queue one, train with what it found, tidy up."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from jobs.models import Job
from jobs.services import queue_job
from recommendations.models import Run, Tuning
from recommendations.services import queue_run

KEPT_SEARCHES = 5  # of those that failed or were cancelled: they can go on


class NothingFound(Exception):
    """This search has no result yet, so there is nothing to train with."""


@transaction.atomic
def queue_tuning(
    *, owner: Any, preset: str, minutes: int, seed: int = 0, key: str | None = None
) -> Tuning:
    """A search as a job on the heavy queue; the same owner's same key gives the same search."""
    job = queue_job(
        task="recommendations.tasks.tune",
        label=_("Search settings (%(preset)s, %(minutes)d min)")
        % {"preset": preset, "minutes": minutes},
        owner=owner,
        queue=Job.Queue.HEAVY,
        key=key,
    )
    fields = {"preset": preset, "minutes": minutes, "seed": seed}
    return Tuning.objects.get_or_create(job=job, defaults=fields)[0]


def queue_tuned_run(*, tuning: Tuning, owner: Any, key: str | None = None) -> Run:
    """A training run with the best settings of a search, found so far or in the end."""
    if not tuning.best:
        raise NothingFound(_("This search has found nothing yet."))
    return queue_run(
        owner=owner,
        preset=tuning.preset,
        config=tuning.best["config"],
        seed=tuning.seed,
        note=_("settings of search %(number)d") % {"number": tuning.pk},
        key=key,
    )


def tunings_folder() -> Path:
    """Where searches keep their data and their trials, one folder each."""
    return Path(settings.STATE_DIR) / "tunings"


def prune_tunings() -> None:
    """Delete the folders of searches that are done or gone; five that can go on keep theirs."""
    unfinished = Tuning.objects.filter(job__in=Job.objects.unfinished())
    resumable = Tuning.objects.filter(job__state__in=[Job.State.FAILED, Job.State.CANCELLED])
    kept = {
        str(pk)
        for found in (unfinished, resumable[:KEPT_SEARCHES])
        for pk in found.values_list("pk", flat=True)
    }
    folder = tunings_folder()
    for path in folder.iterdir() if folder.is_dir() else []:
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
