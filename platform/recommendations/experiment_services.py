"""Writing an experiment down, starting and stopping it."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from recommendations.experiment_results import measure, verdict
from recommendations.experiments import ArmSettings, forget
from recommendations.models import Artifact, Experiment, ExperimentEntry
from recommendations.services import can_serve


class ExperimentRefused(Exception):
    """This experiment cannot be started or stopped now; the message says why."""


@transaction.atomic
def create_experiment(
    *,
    name: str,
    arm_a: ArmSettings,
    arm_b: ArmSettings,
    share_b: float,
    days: int,
    by: Any,
    now: datetime,
) -> Experiment:
    fields = {"name": name, "arm_a": arm_a.kept(), "arm_b": arm_b.kept()}
    experiment = Experiment.objects.create(**fields, share_b=share_b, days=days)
    _write(experiment, ExperimentEntry.Action.CREATED, by=by, now=now)
    return experiment


def start_experiment(*, experiment: Experiment, by: Any, now: datetime) -> None:
    """From now on people get their arms. Raises ExperimentRefused."""
    try:
        with transaction.atomic():
            held = _held(experiment, Experiment.State.DRAFT)
            for settings in (held.arm_a, held.arm_b):
                _check_artifact(ArmSettings.read(settings).artifact)
            held.state, held.started_at = Experiment.State.RUNNING, now
            held.save(update_fields=["state", "started_at"])
            _write(held, ExperimentEntry.Action.STARTED, by=by, now=now)
    except IntegrityError as error:
        raise ExperimentRefused(_("Another experiment runs. Stop it first.")) from error
    forget()


@transaction.atomic
def stop_experiment(*, experiment: Experiment, by: Any, note: str = "", now: datetime) -> None:
    """Everybody gets the site's own lists again; figures and verdict are kept for good.

    Raises ExperimentRefused.
    """
    held = _held(experiment, Experiment.State.RUNNING)
    result = measure(held, now=now)
    held.state, held.stopped_at = Experiment.State.STOPPED, now
    held.verdict, held.result = verdict(result).text, result.kept()
    held.save(update_fields=["state", "stopped_at", "verdict", "result"])
    text = f"{held.verdict} {note}".strip()
    _write(held, ExperimentEntry.Action.STOPPED, by=by, text=text, now=now)
    transaction.on_commit(forget)


def _held(experiment: Experiment, state: Experiment.State) -> Experiment:
    held = Experiment.objects.select_for_update().get(pk=experiment.pk)
    if held.state == state:
        return held
    if held.state == Experiment.State.DRAFT:
        raise ExperimentRefused(_("%(name)s has not been started.") % {"name": held.name})
    raise ExperimentRefused(
        _("%(name)s is %(state)s already.") % {"name": held.name, "state": held.get_state_display()}
    )


def _check_artifact(name: str) -> None:
    artifact = Artifact.objects.filter(name=name).first() if name else None
    if name and (artifact is None or not can_serve(artifact)):
        raise ExperimentRefused(
            _("%(name)s cannot serve: its files are gone or damaged.") % {"name": name}
        )


def _write(
    experiment: Experiment,
    action: ExperimentEntry.Action,
    *,
    by: Any,
    now: datetime,
    text: str = "",
) -> None:
    ExperimentEntry.objects.create(experiment=experiment, action=action, by=by, text=text, at=now)
