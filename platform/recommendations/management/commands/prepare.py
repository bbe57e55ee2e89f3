"""Make a migrated site ready: demo catalog, staff login, first model. Quick when done before."""

import os
import sys
import threading
from argparse import ArgumentParser
from textwrap import shorten
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.models import F
from tqdm import tqdm

from accounts.services import ensure_staff
from events.demo import load_demo
from jobs.models import Job
from recommendations import tasks
from recommendations.dataset import FEWEST_INTERACTIONS, count_positives
from recommendations.models import FIRST_MODEL, Promotion, Run
from recommendations.services import can_serve, queue_run

POLL_SECONDS = 0.5
BAR = "{percentage:3.0f}% {bar:10} {elapsed}<{remaining} {desc}"
BAR_COLUMNS = len("100% ########## 00:00<00:00 ")  # before the message
CUT = " …"
DEFAULT_ADDRESS = "http://127.0.0.1:8000"


class Command(BaseCommand):
    help = "Load the demo catalog (unless DEMO=none), make the staff login, train the first model."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--preset", default=settings.FIRST_PRESET, choices=Run.Preset.values)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEMO != "none":
            load_demo(progress=True)
        ensure_staff(url=settings.SITE_URL or os.environ.get("LAUNCHED_AT", DEFAULT_ADDRESS))
        live = Promotion.objects.live()
        if live and can_serve(live.artifact):
            return
        count = count_positives()
        if count < FEWEST_INTERACTIONS:
            self.stdout.write(
                f"Too little to train on yet ({count} of {FEWEST_INTERACTIONS} interactions): "
                "lists are popular titles for now. A start with enough trains, the dashboard too."
            )
            return
        self.train(options["preset"])

    def train(self, preset: str) -> None:
        """One run in this process, through the same job as any other, with a bar.

        A site without a model serves popular titles, so a run that fails does not stop the start.
        """
        job = unfinished_run() or first_run(preset).job
        watcher = threading.Event()
        bar = threading.Thread(target=show_progress, args=(job.pk, watcher), daemon=True)
        bar.start()
        try:
            tasks.train(job.pk)
        finally:
            watcher.set()
            bar.join()
        job.refresh_from_db()
        if job.state == Job.State.FAILED:
            self.stderr.write(
                f"The first model could not be trained: {job.error.rstrip('.')}. "
                "Lists are popular titles until one is: "
                f"mend that, then retry at {job.run.get_absolute_url()} or start the site again."
            )


def first_run(preset: str) -> Run:
    return queue_run(preset=preset, note=FIRST_MODEL, origin=Run.Origin.FIRST_START)


def unfinished_run() -> Job | None:
    """A first run that was killed half-way: it goes on from its checkpoint."""
    run = Run.objects.filter(job__in=Job.objects.unfinished()).select_related("job").first()
    if run is None:
        return None
    Job.objects.filter(pk=run.job_id).update(
        state=Job.State.QUEUED,
        lease_until=None,
        max_attempts=F("attempt") + settings.JOB_MAX_ATTEMPTS,
    )
    return run.job


def show_progress(job_id: int, stop: threading.Event) -> None:
    interval = 1 if sys.stderr.isatty() else 20  # a log wants fewer lines than a terminal
    tqdm.write("Training the recommender; the site opens when this is done:", file=sys.stderr)
    with tqdm(total=100, bar_format=BAR, mininterval=interval) as bar:
        while not stop.wait(POLL_SECONDS):
            job = Job.objects.get(pk=job_id)
            bar.set_description_str(fitting(job.message, bar.ncols), refresh=False)
            bar.update(max(0, job.percent - bar.n))
        bar.update(100 - bar.n)
    connection.close()


def fitting(message: str, columns: int | None) -> str:
    """What of a message a line of the bar can hold, in whole words; all of it if nothing cuts.

    tqdm cuts anywhere, and what is left of "epoch 3 of 18" may be "epoch 3 of 1".
    """
    if columns is None:
        return message
    return shorten(message, max(columns - BAR_COLUMNS, len(CUT)), placeholder=CUT)
