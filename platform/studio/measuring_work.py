"""What a worker does to measure a generator, beside what draws now and the textbook's GAN."""

import logging
import math
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from genai.artifacts import GENERATOR, read_manifest, record_metrics
from genai.errors import ArtifactError, GenaiError, Stopped
from genai.images.serving import ImageGenerator
from jobs.holding import Hold, JobRefused, JobYields
from studio.loading import generators_folder
from studio.models import Generator
from studio.training_models import GeneratorRun
from studio.training_services import (
    artifact_of,
    baseline_file,
    classifier_folder,
    kept_steps,
    others_wait,
    prune_generator_runs,
)
from studio.training_work import images_of

if TYPE_CHECKING:
    from genai.images.imageset import ImageSet
    from genai.images.mlp import MlpGan
    from genai.vision.classifier import Classifier

log = logging.getLogger(__name__)
BASELINE_MINUTES = 5.0  # at most, of computing
GLANCED_AT = 1000  # images of a snapshot, at most
REPORT_SECONDS = 1.0
# of the whole: where each part starts and ends
PARTS = {
    "classifier": (0.02, 0.3),
    "baseline": (0.3, 0.5),
    "run": (0.5, 0.64),
    "mlp": (0.64, 0.76),
    "published": (0.76, 0.88),
    "steps": (0.88, 1.0),
}
Report = dict[str, Any]
OnProgress = Callable[[float, str], None]


@dataclass(frozen=True)
class Judges:
    """What every contender is measured with."""

    train: "ImageSet"
    held_out: "ImageSet"
    classifier: "Classifier"


def measure(hold: Hold) -> None:
    """Everything that the run's page shows; a report, of which the artifact keeps the sum."""
    from genai.threads import repeatable

    run = GeneratorRun.objects.select_related("dataset").filter(measuring=hold.job).first()
    if run is None:
        raise JobRefused(_("Another job measures this run by now."))
    hold.report(0.0, _("Reading the images"))
    try:
        with repeatable():
            report = measured(hold, run)
        hold.check()  # a lost job changes no file
        record_quality(run, summary_of(report["run"]))
    except Stopped as error:
        hold.check()
        raise JobRefused(str(error)) from error
    except GenaiError as error:
        raise JobRefused(str(error)) from error
    with transaction.atomic():
        hold.confirm()
        GeneratorRun.objects.filter(pk=run.pk).update(report=report)
        hold.finish_with(url=run.get_absolute_url())
    prune_generator_runs()


def record_quality(run: GeneratorRun, metrics: Report) -> None:
    """On what the run ended with, and on its copies that were published before."""
    record_metrics(artifact_of(run), metrics)
    manifest = read_manifest(artifact_of(run))
    published = Generator.objects.filter(sha256=manifest["files"][GENERATOR]["sha256"])
    for folder in set(published.values_list("folder", flat=True)):
        with suppress(ArtifactError, OSError):  # the files of an old one may be gone
            record_metrics(generators_folder() / folder, metrics)
    published.update(metrics=manifest["metrics"])


def measured(hold: Hold, run: GeneratorRun) -> Report:
    from genai.images.evaluate import evaluate

    started = time.process_time()
    manifest = read_manifest(artifact_of(run))
    judges = judges_of(hold, run, manifest)
    baseline = baseline_of(hold, run, judges.train)
    rival = rival_of(manifest)

    def report_of(generator: Any, part: str) -> Report:
        return evaluate(
            generator, judges.train, judges.held_out, judges.classifier, on_progress=to(hold, part)
        )

    own = report_of(ImageGenerator.load(artifact_of(run)), "run")
    return {
        "run": own,
        "mlp": {"minutes": minutes_of(run), "report": report_of(baseline, "mlp")},
        "published": rival
        and {
            "id": rival.pk,
            "name": rival.name,
            "version": rival.version,
            "report": report_of(
                ImageGenerator.load(generators_folder() / rival.folder), "published"
            ),
        },
        "steps": glances_of(hold, run, manifest, judges),
        "seconds": round(time.process_time() - started, 1),
    }


def judges_of(hold: Hold, run: GeneratorRun, manifest: Report) -> Judges:
    """The images as its training divided them, and the classifier of the data, trained once."""
    from genai.images.evaluate import FEWEST_SAMPLES
    from genai.images.measuring import classifier_for

    images = images_of(run.dataset)
    if images.sha256 != manifest["data_sha256"]:
        raise JobRefused(_("The images are not those that it was trained on."))
    train, held_out = images.split(float(manifest["held_out"]))
    if min(len(train), len(held_out)) < FEWEST_SAMPLES:
        raise JobRefused(
            _("%(n)d images are held out; measuring makes sense from %(least)d.")
            % {"n": len(held_out), "least": FEWEST_SAMPLES}
        )
    tell = to(hold, "classifier")
    folder = classifier_folder(run.dataset)
    find = partial(
        classifier_for, train, held_out, folder, threads=None, is_cancelled=hold.should_stop,
        on_progress=lambda share: tell(share, _("Training the classifier that measures")),
    )  # fmt: skip
    try:
        return Judges(train, held_out, find())
    except ArtifactError:  # damaged, or of another version
        log.warning("the classifier of data %s is trained anew", run.dataset.pk)
        shutil.rmtree(folder)
        return Judges(train, held_out, find())


def minutes_of(run: GeneratorRun) -> float:
    """For how long the textbook's GAN learns: as long as the run, up to what it gains from."""
    return min(float(run.minutes), BASELINE_MINUTES)


def baseline_of(hold: Hold, run: GeneratorRun, train: "ImageSet") -> "MlpGan":
    """The textbook's GAN of this data, trained once for each length."""
    from genai.images.mlp import FAIR, MlpGan, train_mlp

    minutes = minutes_of(run)
    path = baseline_file(run.dataset, minutes)
    if path.exists():
        try:
            return MlpGan.load(path, FAIR, train)
        except ArtifactError:  # damaged, or of another version: saving replaces it
            log.warning("the baseline of data %s is trained anew", run.dataset.pk)
    tell, started = to(hold, "baseline"), time.process_time()

    def on_step(_step: int) -> None:
        hold.check()
        tell((time.process_time() - started) / (60 * minutes), _("Training the textbook's GAN"))

    baseline = train_mlp(train, FAIR, minutes=minutes, on_step=on_step)
    baseline.save(path)
    return baseline


def rival_of(manifest: Report) -> Generator | None:
    """What draws now and has learned from the same data; None when that is this one."""
    own = manifest["files"]["generator.onnx"]["sha256"]
    current = Generator.objects.current().filter(data_sha256=manifest["data_sha256"])
    for found in current.exclude(sha256=own).order_by("-published_at"):
        try:
            ImageGenerator.load(generators_folder() / found.folder)
        except ArtifactError:
            continue
        return found
    return None


def glances_of(hold: Hold, run: GeneratorRun, manifest: Report, judges: Judges) -> list[Report]:
    """Each snapshot and the end, all by the same fewer images; what is gone as it was measured."""
    from genai.images.evaluate import glance

    folders = [artifact_of(run, step) for step in kept_steps(run)] + [artifact_of(run)]
    count, tell, found = min(GLANCED_AT, len(judges.held_out)), to(hold, "steps"), []
    for number, folder in enumerate(folders):
        tell(number / len(folders), _("Measuring the generator over its training"))
        generator = ImageGenerator.load(folder)
        at = {name: generator.manifest[name] for name in ("steps", "seconds")}
        measures = glance(generator, judges.held_out, judges.classifier, count=count)
        found.append({"step": at["steps"], "seconds": at["seconds"], **measures})
    here = {point["step"] for point in found}
    gone = [point for point in run.report.get("steps", []) if point["step"] not in here]
    return sorted([*gone, *found], key=lambda point: point["step"])


def to(hold: Hold, part: str) -> OnProgress:
    """Says how far a part of the whole is, at most once a second; ends it when it is time to.

    JobYields as soon as a training waits: what was trained for measuring so far is kept.
    """
    (start, end), told_at = PARTS[part], -math.inf

    def tell(share: float, message: str) -> None:
        nonlocal told_at
        hold.check()
        if time.monotonic() - told_at >= REPORT_SECONDS:
            told_at = time.monotonic()
            if others_wait(now=timezone.now()):
                raise JobYields
            hold.report(start + (end - start) * min(share, 1.0), message)

    return tell


def summary_of(report: Report) -> Report:
    """What a manifest says of quality, by the classifier's features."""
    measures = report["measures"]["classifier"]["generator"]
    names = ("frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage")
    return {
        **{name: measures[name] for name in names},
        "accuracy": report["labels"]["accuracy"],
        "count": report["count"],
        "truncation": report["truncation"],
    }
