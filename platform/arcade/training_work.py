"""What a worker does to train an agent. Loads torch."""

import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from arcade.loading import GAMES, facts_of
from arcade.training_models import AgentRun
from arcade.training_services import (
    artifact_of,
    clear_leftovers,
    prune_agent_runs,
    queue_rating,
)
from genai.artifacts import read_manifest
from genai.errors import ArtifactError, GenaiError, Stopped
from genai.games.positions import read_solved
from genai.games.rules import Game
from genai.games.value_kept import values_kept
from jobs.holding import Hold, JobCancelled, JobLost, JobRefused, JobYields
from studio.training_services import reading_waits

if TYPE_CHECKING:
    from genai.games.presets import TrainingConfig
    from genai.games.training import TrainingProgress

REPORT_SECONDS = 1.0  # between two writes of how far it is
KEPT = "value_kept_64"  # of the curve: what lists show


def train(hold: Hold) -> None:
    """Train, keep, have it rated; goes on after the last round that an attempt finished."""
    run = AgentRun.objects.select_related("job__owner").get(job=hold.job)
    hold.note(_("attempt %(number)d") % {"number": hold.job.attempt})
    prune_agent_runs()
    if not has_artifact(run):  # else an attempt died after writing it
        fit(hold, run)
    keep(hold, run)


def fit(hold: Hold, run: AgentRun) -> None:
    """The training itself, in the run's folder; JobRefused when it cannot be done."""
    from genai.games.training import train as train_agent

    hold.report(0.0, _("Preparing"))
    clear_leftovers(run)
    game, check = GAMES[run.game], Check(hold)
    try:
        train_agent(
            game,
            artifact_of(run),
            config_of(run, game),
            seed=run.seed,
            minutes=run.minutes,
            is_total=True,
            resume=True,
            on_progress=Reporter(hold, run),
            is_cancelled=check.is_cancelled,
            measure=measure_of(game, check),
        )
    except Stopped as error:
        hold.check()
        raise JobRefused(str(error)) from error
    except GenaiError as error:
        raise JobRefused(str(error)) from error
    hold.check()  # cancelled after the last step


def config_of(run: AgentRun, game: Game) -> "TrainingConfig":
    from genai.games.presets import TINY, preset_of

    return TINY if run.preset == AgentRun.Preset.TINY else preset_of(game)


def measure_of(game: Game, check: "Check") -> Callable[[bytes], dict[str, float]] | None:
    """The share of its moves that keep the value, where solved positions ship; None elsewhere."""
    path = settings.ROOT / "fixtures" / f"{game.key}-positions" / "solved.jsonl"
    if not path.is_file():
        return None
    solved = read_solved(game, path)
    return lambda network: values_kept(game, network, solved, check)


class Check:
    """Ends a lost job before it saves anything, and a cancelled one."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold

    def is_cancelled(self) -> bool:
        if self.hold.lost.is_set():
            raise JobLost(f"job {self.hold.job.pk} was taken over")
        return self.hold.cancelled.is_set()

    def __call__(self) -> None:
        if self.is_cancelled():
            raise Stopped("stopped on request")


class Reporter:
    """Passes a training's progress to its job, its curve to its row."""

    def __init__(self, hold: Hold, run: AgentRun) -> None:
        self.hold, self.run = hold, run
        self.told_at, self.rounds = -math.inf, -1
        self.round_at = time.process_time()

    def __call__(self, told: "TrainingProgress") -> None:
        is_round = len(told.curve) != self.rounds
        if is_round:
            self.keep(told.curve)
        now = time.monotonic()
        if is_round or now - self.told_at >= REPORT_SECONDS:
            self.told_at = now
            with suppress(JobCancelled):  # the training stops by itself
                self.hold.report(self.fraction(told), told.message)
        if is_round and reading_waits(now=timezone.now()):  # the round is kept: nothing is lost
            self.hold.write(message=_("Makes room: images wait to be read."))
            raise JobYields

    def fraction(self, told: "TrainingProgress") -> float:
        """Of the rounds or of the minutes, whichever ends it first."""
        seconds = told.curve[-1]["seconds"] if told.curve else 0.0
        seconds += time.process_time() - self.round_at  # of the round that is played
        return min(1.0, max(told.fraction, seconds / (60 * self.run.minutes)))

    def keep(self, curve: list[dict[str, float]]) -> None:
        self.rounds, self.round_at = len(curve), time.process_time()
        with transaction.atomic():
            self.hold.confirm()
            AgentRun.objects.filter(pk=self.run.pk).update(curve=curve, newest=newest_of(curve))


def newest_of(curve: list[dict[str, float]]) -> dict[str, float]:
    """What lists show of a curve: its last round, and the last value kept."""
    if not curve:
        return {}
    found = {"round": curve[-1]["round"], "seconds": curve[-1]["seconds"]}
    kept = [point[KEPT] for point in curve if KEPT in point]
    return found | ({KEPT: kept[-1]} if kept else {})


def has_artifact(run: AgentRun) -> bool:
    try:
        read_manifest(artifact_of(run))
    except ArtifactError:
        return False
    return True


def keep(hold: Hold, run: AgentRun) -> None:
    """Write down what the run left, and have its levels rated."""
    manifest = read_manifest(artifact_of(run))
    curve = manifest["curve"]
    with transaction.atomic():
        hold.confirm()
        queue_rating(run=run, owner=run.job.owner)
        AgentRun.objects.filter(pk=run.pk).update(
            curve=curve, newest=newest_of(curve), facts=facts_of(manifest)
        )
        hold.finish_with(url=run.get_absolute_url())
