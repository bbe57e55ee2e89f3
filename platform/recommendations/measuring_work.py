"""What a worker does to measure every model, without training one to serve."""

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.holding import Hold, JobRefused
from recommendations import dataset
from recommendations.models import Artifact, Evaluation
from recommendations.services import evaluations_folder, folder_of, prune_evaluations
from recommendations.work import DATA_SHARE, refuse_too_few, serving_artifact
from recsys.artifacts import read_manifest
from recsys.errors import RecsysError, Stopped

# of the whole: where the fits of each phase start and end
MEASURING = {
    "choose-gru": (0.03, 0.15),
    "choose": (0.15, 0.4),
    "evaluate": (0.5, 0.65),
    "gru": (0.65, 0.75),
    "live": (0.8, 0.95),
}
PHASE_NAMES = {
    "choose-gru": gettext_lazy("The recurrent network on an inner split"),
    "choose": gettext_lazy("Choosing on an inner split"),
    "evaluate": gettext_lazy("Training without the held-out rows"),
    "gru": gettext_lazy("The recurrent network without the held-out rows"),
    "live": gettext_lazy("The live recipe on the same rows"),
}


def evaluate(hold: Hold) -> None:
    """Every model on the events of now, beside the live recipe; only the report is kept."""
    evaluation = Evaluation.objects.get(job=hold.job)
    scratch = evaluations_folder() / str(evaluation.pk)
    prune_evaluations()
    shutil.rmtree(scratch, ignore_errors=True)  # of an attempt that died: its rows are old
    try:
        hold.report(0.0, _("Reading the events"))
        refuse_too_few(dataset.snapshot(scratch)["interactions"])
        report = measure(hold, evaluation, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    with transaction.atomic():
        hold.confirm()
        Evaluation.objects.filter(pk=evaluation.pk).update(report=report)
        hold.finish_with(url=evaluation.get_absolute_url())


def measure(hold: Hold, evaluation: Evaluation, scratch: Path) -> dict[str, Any]:
    """recsys evaluate's report, with the blend that it chose; JobRefused when nothing can be."""
    from recsys.contenders import Task
    from recsys.threads import pick_device
    from recsys.two_tower import PRESETS

    rival = serving_artifact()
    task = Task(
        config=PRESETS[evaluation.preset],
        seed=evaluation.seed,
        device=pick_device("auto"),
        on_epoch=epochs_to(hold),
        should_stop=hold.should_stop,
    )
    try:
        report, choices = evaluated(scratch, task, evaluation.split, rival)
    except Stopped as error:
        hold.check()
        raise JobRefused(str(error)) from error
    except RecsysError as error:
        raise JobRefused(str(error)) from error
    if not report["n_users"]:
        raise JobRefused(_("Nobody has chosen titles on both sides of this split."))
    return {**report, "rival": rival.name if rival else "", "blend": asdict(choices.blend)}


def evaluated(
    folder: Path, task: Any, split_name: Any, rival: Artifact | None
) -> tuple[dict[str, Any], Any]:
    """Report and choices on the snapshot in this folder; task: recsys' Task."""
    from recsys.contenders import recipe_of
    from recsys.evaluate import evaluate as evaluate_models
    from recsys.interactions import load_dataset, sha256_of
    from recsys.threads import limited_threads
    from recsys.trial import MODELS

    files = folder / "interactions.parquet", folder / "items.parquet"
    rows, items = load_dataset(*files)
    recipe = recipe_of(read_manifest(folder_of(rival))) if rival else None
    with limited_threads():
        report, choices, _model = evaluate_models(
            rows,
            items,
            task,
            split_name=None if split_name == Evaluation.Split.AUTO else split_name,
            models=MODELS,
            data_sha256=sha256_of(*files),
            rival=recipe,
        )
    return report, choices


def epochs_to(hold: Hold) -> Callable[[str, Any], None]:
    """Tells a job of each epoch; the share done never falls."""
    done = DATA_SHARE

    def tell(phase: str, progress: Any) -> None:
        nonlocal done
        start, end = MEASURING.get(phase, (done, done))
        done = max(done, start + (end - start) * progress.epoch / max(1, progress.planned_epochs))
        words = _("%(phase)s: epoch %(number)d of %(planned)d") % {
            "phase": PHASE_NAMES.get(phase, phase),
            "number": progress.epoch,
            "planned": progress.planned_epochs,
        }
        hold.report(done, words)

    return tell
