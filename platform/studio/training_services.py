"""Writes on runs of generators: queue, measure, publish, go back, tidy up."""

import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from config.media import media_path
from jobs.models import Job
from jobs.services import queue_job
from studio.dataset_services import READ
from studio.loading import GeneratorUnusable, generators_folder, read_facts
from studio.models import Generator
from studio.services import StudioRefused, publish_generator, use_generator
from studio.training_models import Dataset, GeneratorRun, why_unfit

TRAIN, MEASURE = "studio.tasks.train_generator", "studio.tasks.measure_generator"
KEPT_RUNS = 5  # done ones that keep their snapshots, and others that keep their checkpoints
LONGEST_NAME = 60
SNAPSHOTS, PREVIEWS, ARTIFACT = "snapshots", "previews", "artifact"


# ── Folders ───────────────────────────────────────────────────────────────────────────────────────


def runs_folder() -> Path:
    """Where runs keep checkpoints, previews, snapshots and their artifact, one folder each."""
    return Path(settings.STATE_DIR) / "generator-runs"


def folder_of(run: GeneratorRun) -> Path:
    return runs_folder() / str(run.pk)


def artifact_of(run: GeneratorRun, step: int | None = None) -> Path:
    """The one that the run ended with, or what it kept of this step."""
    return folder_of(run) / (ARTIFACT if step is None else f"{SNAPSHOTS}/{step:07}")


def preview_of(run: GeneratorRun, step: int) -> Path:
    return folder_of(run) / PREVIEWS / f"{step:07}.png"


def kept_steps(run: GeneratorRun) -> list[int]:
    """Of its snapshots, the first one first."""
    folder = folder_of(run) / SNAPSHOTS
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return sorted(int(name) for name in names if name.isdecimal())


def classifier_folder(dataset: Dataset) -> Path:
    """Beside its file: trained once, it measures every generator of this data."""
    return media_path(dataset.file).with_suffix(".classifier")


def baseline_file(dataset: Dataset, minutes: float) -> Path:
    """Of the textbook GAN that was trained for so long."""
    return media_path(dataset.file).with_suffix(f".mlp-{minutes:g}.safetensors")


# ── Jobs ──────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def queue_generator_run(
    *,
    owner: User,
    dataset: Dataset,
    preset: str,
    minutes: int,
    seed: int = 0,
    note: str = "",
    key: str | None = None,
) -> GeneratorRun:
    """A training on the heavy queue; the same owner's same key gives the same run. StudioRefused"""
    known = _run_of(owner, key)
    if known:
        return known
    if not _is_held(dataset):
        raise StudioRefused(_("%(name)s has no images to learn from.") % {"name": dataset.name})
    if wrong := dataset.too_few or why_unfit(preset, dataset.size):
        raise StudioRefused(wrong)
    job = queue_job(
        task=TRAIN,
        label=_("Train a generator on %(data)s (%(preset)s, %(minutes)d min)")
        % {"data": dataset.name, "preset": preset, "minutes": minutes},
        owner=owner,
        queue=Job.Queue.HEAVY,
        key=_own(key),
    )
    fields = {"dataset": dataset, "preset": preset, "minutes": minutes, "seed": seed, "note": note}
    return GeneratorRun.objects.get_or_create(job=job, defaults=fields)[0]


def is_known_run(*, owner: User, key: str | None) -> bool:
    """Whether this key has started a run already."""
    return _run_of(owner, key) is not None


def _is_held(dataset: Dataset) -> bool:
    """Whether it has images, which nobody removes before the transaction has ended."""
    found = Dataset.objects.select_for_update().filter(pk=dataset.pk).first()
    return found is not None and found.is_ready


def _run_of(owner: User, key: str | None) -> GeneratorRun | None:
    runs = GeneratorRun.objects.filter(job__owner=owner, job__key=_own(key))
    return runs.first() if key else None


def _own(key: str | None) -> str | None:
    """Keys of trainings are apart from those of other work."""
    return f"generator:{key}" if key else None


@transaction.atomic
def queue_measuring(*, run: GeneratorRun, owner: User | None) -> Job:
    """The job that measures it: the one there is, unless that has ended. StudioRefused"""
    has_images = _is_held(run.dataset)
    found = GeneratorRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
    if found.measuring is not None and not found.measuring.is_finished:
        return found.measuring
    if not artifact_of(run).is_dir():
        raise StudioRefused(_("It has left nothing that could be measured."))
    if not has_images:
        raise StudioRefused(_("The images of %(name)s are gone.") % {"name": run.dataset.name})
    job = queue_job(
        task=MEASURE,
        label=_("Measure generator run %(number)d") % {"number": run.pk},
        owner=owner,
        queue=Job.Queue.HEAVY,
    )
    GeneratorRun.objects.filter(pk=run.pk).update(measuring=job)
    run.measuring = job
    return job


def others_wait(*, now: datetime) -> bool:
    """Whether heavy work waits that is no measuring: it goes first."""
    waiting = Job.objects.startable(now).filter(queue=Job.Queue.HEAVY)
    return waiting.exclude(task=MEASURE).exists()


def reading_waits(*, now: datetime) -> bool:
    """Whether somebody has sent images that nobody reads yet: a training lets them pass."""
    return Job.objects.startable(now).filter(task=READ).exists()


# ── What draws ────────────────────────────────────────────────────────────────────────────────────


def publish_run(
    *, run: GeneratorRun, name: str, by: User | None = None, step: int | None = None
) -> Generator:
    """What it ended with, or what it kept of this step, draws under the name. StudioRefused"""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise StudioRefused(_("Members need a name to choose it by."))
    if run.job.state != Job.State.DONE:
        raise StudioRefused(_("The training has not come to its end."))
    if step is not None and step not in kept_steps(run):
        raise StudioRefused(_("Nothing is kept of step %(step)d.") % {"step": step})
    try:
        generator = publish_generator(folder=artifact_of(run, step), name=name, by=by)
    except GeneratorUnusable as error:
        raise StudioRefused(_("Its files are missing or damaged: train again.")) from error
    GeneratorRun.objects.filter(pk=run.pk).update(published=generator)
    run.published = generator
    return generator


def roll_back_to(*, generator: Generator) -> None:
    """An earlier one draws under its name again. StudioRefused when its files are gone."""
    try:
        read_facts(generators_folder() / generator.folder)
    except GeneratorUnusable as error:
        raise StudioRefused(_("Its files are missing or damaged: publish it again.")) from error
    use_generator(generator)


# ── Tidying up ────────────────────────────────────────────────────────────────────────────────────


def prune_generator_runs() -> None:
    """Checkpoints stay with runs that can go on, snapshots with the newest that are done.

    Artifacts and previews stay as long as their run.
    """
    # before the rows: the folder of a run that starts meanwhile is none of these
    folders = list(runs_folder().iterdir()) if runs_folder().is_dir() else []
    runs = GeneratorRun.objects.all()
    over = [Job.State.FAILED, Job.State.CANCELLED]
    whole = _names(
        runs.filter(job__in=Job.objects.unfinished()),
        runs.filter(measuring__in=Job.objects.unfinished()),
        runs.filter(job__state__in=over)[:KEPT_RUNS],
        runs.filter(job__state=Job.State.DONE)[:KEPT_RUNS],
    )
    every = _names(runs)
    for folder in folders:
        if folder.name not in every:
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.name not in whole:
            shutil.rmtree(folder / SNAPSHOTS, ignore_errors=True)
            for path in folder.glob("*.checkpoint.safetensors"):
                path.unlink(missing_ok=True)


def clear_leftovers(run: GeneratorRun) -> None:
    """Of killed attempts: what is half written, and previews that its row does not know."""
    for path in list(folder_of(run).rglob(".*.part")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    known = {preview_of(run, step) for step in run.previews}
    for path in (folder_of(run) / PREVIEWS).glob("*.png"):
        if path not in known:
            path.unlink(missing_ok=True)


def _names(*found: QuerySet[GeneratorRun]) -> set[str]:
    """Of the folders of these runs."""
    return {str(pk) for runs in found for pk in runs.values_list("pk", flat=True)}
