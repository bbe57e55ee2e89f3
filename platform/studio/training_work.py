"""What a worker does to train a generator. Loads torch."""

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from config.media import media_path
from genai.artifacts import GENERATOR, read_manifest
from genai.errors import ArtifactError, GenaiError, Stopped
from jobs.holding import Hold, JobCancelled, JobLost, JobRefused, JobYields
from studio.services import StudioRefused
from studio.training_models import Dataset, GeneratorRun
from studio.training_services import (
    PREVIEWS,
    SNAPSHOTS,
    artifact_of,
    clear_leftovers,
    folder_of,
    preview_of,
    prune_generator_runs,
    queue_measuring,
    reading_waits,
)

if TYPE_CHECKING:
    from genai.images.imageset import ImageSet
    from genai.images.training import TrainingProgress

MOST_PREVIEWS = 40
REPORT_SECONDS, ROW_SECONDS = 1.0, 5.0  # between two writes of how far it is, and of the curve


def train(hold: Hold) -> None:
    """Train, keep, have it measured; goes on from its checkpoint after a kill, a stop, a cancel."""
    run = GeneratorRun.objects.select_related("job__owner", "dataset").get(job=hold.job)
    hold.note(_("attempt %(number)d") % {"number": hold.job.attempt})
    prune_generator_runs()
    if not has_artifact(run):  # else an attempt died after writing it
        fit(hold, run)
    keep(hold, run)
    prune_generator_runs()


def fit(hold: Hold, run: GeneratorRun) -> None:
    """The training itself, in the run's folder; JobRefused when it cannot be done."""
    from genai.images.gan import PRESETS
    from genai.images.training import train as train_generator
    from genai.threads import pick_device

    stopping = Stopping(hold)
    if stopping():
        hold.check()
        make_room(hold)
    hold.report(0.0, _("Reading the images"))
    folder = folder_of(run)
    clear_leftovers(run)
    try:
        train_generator(
            images_of(run.dataset),
            artifact_of(run),
            PRESETS[run.preset],
            seed=run.seed,
            minutes=run.minutes,
            resume=True,
            device=pick_device("auto"),
            on_progress=Reporter(hold, run),
            is_cancelled=stopping,
            previews=folder / PREVIEWS,
            snapshots=folder / SNAPSHOTS,
        )
    except Stopped as error:
        hold.check()
        if stopping.makes_room:
            make_room(hold)
        raise JobRefused(str(error)) from error
    except GenaiError as error:
        raise JobRefused(str(error)) from error
    hold.check()  # cancelled after the last step


def images_of(dataset: Dataset) -> "ImageSet":
    """JobRefused when its file is gone or is not what was read once."""
    from genai.errors import DataError
    from genai.images.imageset import ImageSet

    if not dataset.is_ready or not media_path(dataset.file).is_file():
        raise JobRefused(_("The images of %(name)s are gone.") % {"name": dataset.name})
    try:
        return ImageSet.load(media_path(dataset.file))
    except DataError as error:
        raise JobRefused(
            _("The file of %(name)s is damaged; upload it again.") % {"name": dataset.name}
        ) from error


class Stopping:
    """Says before each step whether it is the last; ends a lost job, before it saves anything."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        self.makes_room = False  # for images that wait to be read
        self.looked_at = -math.inf

    def __call__(self) -> bool:
        if self.hold.lost.is_set():
            raise JobLost(f"job {self.hold.job.pk} was taken over")
        if time.monotonic() - self.looked_at >= REPORT_SECONDS:
            self.looked_at = time.monotonic()
            self.makes_room = reading_waits(now=timezone.now())
        return self.makes_room or self.hold.cancelled.is_set()


def make_room(hold: Hold) -> NoReturn:
    """A training can wait for minutes, whoever has sent images looks at the page."""
    hold.write(message=_("Makes room: images wait to be read."))
    raise JobYields


class Reporter:
    """Passes a training's progress to its job, its curve and its previews to its row."""

    def __init__(self, hold: Hold, run: GeneratorRun) -> None:
        self.hold, self.run = hold, run
        self.told_at = self.kept_at = -math.inf

    def __call__(self, told: "TrainingProgress") -> None:
        now = time.monotonic()
        step = int(told.preview.stem) if told.preview else None
        is_shown = step is None or step == self.run.newest_preview
        if not is_shown or told.fraction >= 1 or now - self.kept_at >= ROW_SECONDS:
            self.kept_at = now
            self.keep(told.curve, step)
        if told.fraction >= 1 or now - self.told_at >= REPORT_SECONDS:
            self.told_at = now
            with suppress(JobCancelled):  # the training stops at its next step, and keeps it
                self.hold.report(told.fraction, told.message)

    def keep(self, curve: list[dict[str, float]], step: int | None) -> None:
        """A step that comes again was rolled back or cut off, with all that followed it."""
        before = self.run.previews
        steps = before if step is None else [*(each for each in before if each < step), step]
        steps = thinned(steps, MOST_PREVIEWS)
        with transaction.atomic():
            self.hold.confirm()
            GeneratorRun.objects.filter(pk=self.run.pk).update(curve=curve, previews=steps)
        self.run.previews = steps
        for gone in {*before, *([] if step is None else [step])} - set(steps):
            preview_of(self.run, gone).unlink(missing_ok=True)


def thinned(steps: list[int], most: int) -> list[int]:
    """So many of them, as even as can be; the first and the last stay."""
    kept = list(steps)
    while len(kept) > most:
        inner = range(1, len(kept) - 1)
        del kept[min(inner, key=lambda place: kept[place + 1] - kept[place - 1])]
    return kept


def has_artifact(run: GeneratorRun) -> bool:
    try:
        read_manifest(artifact_of(run))
    except ArtifactError:
        return False
    return True


def keep(hold: Hold, run: GeneratorRun) -> None:
    """Write down what the run left, and have it measured."""
    manifest = read_manifest(artifact_of(run))
    with transaction.atomic():
        hold.confirm()
        with suppress(StudioRefused):  # its images are gone since: nothing measures it
            queue_measuring(run=run, owner=run.job.owner)
        GeneratorRun.objects.filter(pk=run.pk).update(
            curve=manifest["curve"], facts=facts_of(manifest)
        )
        hold.finish_with(url=run.get_absolute_url())


def facts_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """What of a manifest a page shows."""
    names = ("steps", "seconds", "rollbacks", "images_seen", "data_sha256", "label_names")
    return {
        **{name: manifest[name] for name in names},
        "sha256": manifest["files"][GENERATOR]["sha256"],
        "bytes": sum(facts["bytes"] for facts in manifest["files"].values()),
    }
