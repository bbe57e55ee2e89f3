"""What a worker does for the recommender. The only file here that imports training."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import Title
from jobs.holding import Hold, JobRefused
from recommendations import dataset
from recommendations.cold import encode_unknown, save_cold
from recommendations.models import Artifact, Promotion, Run
from recommendations.services import (
    can_serve,
    folder_of,
    has_files,
    judge,
    promote,
    prune_artifacts,
    prune_runs,
    runs_folder,
)
from recsys.artifacts import read_manifest
from recsys.errors import ArtifactError, RecsysError, Stopped

log = logging.getLogger(__name__)

DATA_SHARE, TRAINED_SHARE = 0.02, 0.96  # of the whole run: where the training starts and ends


def train(hold: Hold) -> None:
    """Snapshot, train, evaluate, keep the artifact; resumable from its checkpoints after a kill."""
    run = Run.objects.select_related("job", "artifact").get(job=hold.job)
    scratch = runs_folder() / str(run.pk)
    hold.note(_("attempt %(number)d") % {"number": hold.job.attempt})
    if run.artifact is None or not has_files(run.artifact):  # else an attempt died after keeping it
        keep_artifact(hold, run, fit_anew(hold, run, scratch))
    shutil.rmtree(scratch, ignore_errors=True)
    prune_artifacts(now=timezone.now())
    prune_runs()


def fit_anew(hold: Hold, run: Run, scratch: Path) -> "Kept":
    """The training itself, in a folder of its own; JobRefused when the data do not allow it."""
    from recsys.threads import pick_device
    from recsys.train import train as train_model
    from recsys.tuned import config_of

    hold.report(0.0, _("Reading the events"))
    remove_remains(run)
    prune_runs()
    take_snapshot(run, scratch)
    name = f"run-{run.pk:04d}-{hold.job.attempt}"
    rival = serving_artifact()
    try:
        result = train_model(
            scratch / "interactions.parquet",
            scratch / "items.parquet",
            Path(settings.ARTIFACTS_DIR) / name,
            preset=run.preset,
            config=config_of(run.config) if run.config else None,
            seed=run.seed,
            device=pick_device("auto"),
            on_progress=Reporter(hold, run),
            should_stop=hold.should_stop,
            checkpoint_dir=scratch / "checkpoints",
            live=folder_of(rival) if rival else None,
        )
        report = result.report | ({"rival": rival.name} if rival else {})
        return Kept(name, report, result.curve, read_manifest(result.artifact))
    except Stopped as error:
        hold.check()
        raise JobRefused(str(error)) from error
    except RecsysError as error:
        raise JobRefused(str(error)) from error


def serving_artifact() -> Artifact | None:
    """What a new artifact is measured against; None while nothing serves that can be made anew."""
    from recsys.contenders import recipe_of

    live = Promotion.objects.live()
    if live is None:
        return None
    try:
        recipe_of(read_manifest(folder_of(live.artifact)))
    except ArtifactError as error:
        log.warning("nothing is measured beside the live artifact: %s", error)
        return None
    return live.artifact


class Reporter:
    """Passes recsys' progress to the job, the learning curve to the run, each step to the log."""

    def __init__(self, hold: Hold, run: Run) -> None:
        self.hold = hold
        self.run = run
        self.epochs = 0

    def __call__(self, fraction: float, message: str, curve: list[dict[str, float]]) -> None:
        self.hold.report(DATA_SHARE + (TRAINED_SHARE - DATA_SHARE) * fraction, message)
        if len(curve) > self.epochs:
            self.epochs = len(curve)
            Run.objects.filter(pk=self.run.pk).update(curve=curve)
            newest = curve[-1]
            message += f", loss {newest['loss']:.4f}"
            message += f", NDCG@10 {newest['ndcg']:.4f}" if "ndcg" in newest else ""
        self.hold.note(message)


def remove_remains(run: Run) -> None:
    """What attempts of this run left that died before their artifact was written down."""
    folder = Path(settings.ARTIFACTS_DIR)
    stem = f"run-{run.pk:04d}-"
    known = set(Artifact.objects.filter(name__startswith=stem).values_list("name", flat=True))
    for path in [*folder.glob(f"{stem}*"), *folder.glob(f".{stem}*.part")]:
        if path.name not in known:
            shutil.rmtree(path, ignore_errors=True)


def take_snapshot(run: Run, scratch: Path) -> None:
    """The run's own data: made once, so that a second attempt goes on with the same rows.

    Made anew when it was too little, and, with all that was learnt from it gone, when somebody in
    it has closed their account.
    """
    if holds_erased(scratch):
        shutil.rmtree(scratch)
        run.interactions = None
    count = run.interactions or 0
    if count < dataset.FEWEST_INTERACTIONS or not (scratch / "items.parquet").exists():
        counts = dataset.snapshot(scratch)
        Run.objects.filter(pk=run.pk).update(**counts)
        count = run.interactions = counts["interactions"]
    refuse_too_few(count)


def refuse_too_few(count: int) -> None:
    if count < dataset.FEWEST_INTERACTIONS:
        raise JobRefused(
            _("There are %(count)d interactions; training starts to make sense from %(least)d.")
            % {"count": count, "least": dataset.FEWEST_INTERACTIONS}
        )


def holds_erased(scratch: Path) -> bool:
    """Whether the snapshot in this folder has rows of a member who exists no more."""
    members = dataset.members_of(scratch)
    return User.objects.filter(pk__in=members).count() < len(members)


@dataclass(frozen=True)
class Kept:
    """What a training left, read back and found whole."""

    name: str
    report: dict[str, Any]
    curve: list[dict[str, float]]
    manifest: dict[str, Any]


def keep_artifact(hold: Hold, run: Run, kept: Kept) -> None:
    """Write down what the run left; the first artifact of a site goes live by itself."""
    hold.report(TRAINED_SHARE, _("Keeping the artifact"))
    folder = Path(settings.ARTIFACTS_DIR) / kept.name
    published = Title.objects.filter(published=True).values_list("pk", flat=True)
    cold = encode_unknown(folder, published)
    with transaction.atomic():
        hold.confirm()
        artifact = Artifact.objects.create(
            name=kept.name,
            format=kept.manifest["format"],
            data_sha256=kept.report["data_sha256"],
            bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
            report=kept.report,
        )
        Run.objects.filter(pk=run.pk).update(artifact=artifact, curve=kept.curve)
        save_cold(artifact, cold)
        promote_if_due(run, artifact)
        hold.finish_with(url=run.get_absolute_url())


def promote_if_due(run: Run, artifact: Artifact) -> None:
    """The first one, one after the live one was lost or outdated, and else what is good enough."""
    live, found = Promotion.objects.live(), judge(artifact)
    if found.is_blocked:
        log.info("artifact %s stays a candidate: %s", artifact.name, found.reason)
    elif live is None:
        promote(artifact=artifact, reason=_("first artifact"))
    elif not can_serve(live.artifact):
        promote(artifact=artifact, reason=_("the files of the live one were gone or outdated"))
    elif run.promote_when_better and found.is_good_enough:
        promote(artifact=artifact, by=run.job.owner, reason=_("as good as the live one, and newer"))
