"""From a set of images to an artifact; goes on where it was killed, to the same bytes."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from genai.artifacts import Manifest, check_target, publish_artifact
from genai.checkpoint import Curve, Progress, load_checkpoint, save_checkpoint
from genai.errors import Diverged, Stopped
from genai.images.export import write_artifact_files
from genai.images.gan import GanConfig, ImageShape
from genai.images.imageset import HELD_OUT, SPLIT_SEED, ImageSet
from genai.images.pixels import encode
from genai.images.players import FIRST_BETA, RAMP, Players, Settings
from genai.images.previews import save_preview
from genai.images.recipe import check_trainable, fingerprint_of, manifest_of
from genai.images.snapshots import is_due, remove_others, snapshot_of
from genai.threads import repeatable

log = logging.getLogger(__name__)
LOOK_EVERY = 5  # steps: between, losses are not read and time is not
CHECKPOINT_SECONDS = 30.0
PREVIEW_SECONDS = 15.0
CURVE_POINTS = 200  # about so many over a run
MAX_ROLLBACKS = 3
BETA_RAMP = 0.2  # share of the run


@dataclass(frozen=True)
class TrainingProgress:
    """What is told of a run while it goes on."""

    fraction: float
    message: str
    curve: Curve  # step, seconds, generator_loss, discriminator_loss, margin
    preview: Path | None = None  # the newest


@dataclass(frozen=True)
class TrainingResult:
    """What a run leaves behind."""

    artifact: Path
    steps: int
    seconds: float  # of computing
    curve: Curve


OnProgress = Callable[[TrainingProgress], None]


def train(
    data: ImageSet,
    out: Path,
    config: GanConfig,
    *,
    seed: int = 0,
    minutes: float | None = None,
    held_out: float = HELD_OUT,
    resume: bool = False,
    device: str = "cpu",
    threads: int | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    previews: Path | None = None,
    snapshots: Path | None = None,
) -> TrainingResult:
    """An artifact at out. With resume it goes on from the checkpoint beside out, if there is one.

    minutes: of computing (all threads together; on a GPU of the clock), else config.steps.
    held_out: share of the families that is not trained on, as ImageSet.split has it; may be 0.
    previews, snapshots: folders for sheets of images and for artifacts of the generator on its way.
    DataError on unusable images, ArtifactError when out is something else, Stopped when asked,
    Diverged when rolling back did not help.
    """
    check_target(out)
    trained_on = data.split(held_out, SPLIT_SEED)[0] if held_out else data
    check_trainable(trained_on, config)
    with repeatable(threads):
        run = Run(trained_on, _checkpoint_of(out), config, seed=seed, device=device)
        run.manifest = manifest_of(data, config, seed, held_out)
        run.minutes, run.previews, run.snapshots = minutes, previews, snapshots
        run.on_progress, run.is_cancelled = on_progress, is_cancelled
        run.begin(fingerprint_of(data, config, seed, held_out), resume=resume)
        run.finish_steps()
        run.tell("Writing the artifact")
        run.publish(out)
    run.checkpoint.unlink(missing_ok=True)
    run.tell("Done")
    return TrainingResult(out, run.progress.step, run.progress.seconds, run.progress.curve)


class Run:
    """One training between its first step and its last."""

    minutes: float | None = None
    previews: Path | None = None
    snapshots: Path | None = None
    on_progress: OnProgress | None = None
    is_cancelled: Callable[[], bool] | None = None

    def __init__(
        self, data: ImageSet, checkpoint: Path, config: GanConfig, *, seed: int, device: str
    ) -> None:
        self.data, self.checkpoint, self.config = data, checkpoint, config
        self.seed, self.device = seed, device
        shape = ImageShape(data.size, data.channels, len(data.label_names))
        self.players = Players(config, shape, self._rng(), device)
        self.progress = Progress("", config.steps)
        self.preview: Path | None = None
        self.manifest: Manifest = {}  # but for the facts
        self._looked_at = self._clock()
        self._saved_at = self._shown_at = -math.inf

    def begin(self, fingerprint: str, *, resume: bool) -> None:
        """From the checkpoint if that is wanted, or from a first one: a roll-back needs it."""
        found = load_checkpoint(self.checkpoint, fingerprint) if resume else None
        if found:
            self.progress = found[0]
            self.players.restore(found[1])
            log.info("going on from step %d", self.progress.step)
        else:
            self.progress = Progress(fingerprint, self.config.steps)
        self._drop_snapshots()
        self._save()
        self._show()
        self.tell("Training")

    def finish_steps(self) -> None:
        while self.progress.step < self.progress.planned_steps:
            if self.is_cancelled and self.is_cancelled():
                self._save()
                raise Stopped("stopped on request")
            told = self._step()
            self.progress.step += 1
            if self.progress.step % LOOK_EVERY == 0 or self._is_last():
                self._look({name: float(value) for name, value in told.items()})

    def publish(self, out: Path) -> None:
        average, config = self.players.average, self.config
        publish_artifact(
            out,
            self.manifest | self.facts(),
            lambda folder: write_artifact_files(folder, average, config),
        )

    def facts(self) -> Manifest:
        progress = self.progress
        return {
            "steps": progress.step,
            "images_seen": progress.step * self.config.batch,
            "seconds": round(progress.seconds, 1),
            "rollbacks": progress.rollbacks,
            "curve": progress.curve,
        }

    def tell(self, message: str) -> None:
        progress = self.progress
        fraction = progress.step / max(1, progress.planned_steps)
        log.debug("%3.0f %% %s", 100 * fraction, message)
        if self.on_progress:
            self.on_progress(
                TrainingProgress(fraction, message, list(progress.curve), self.preview)
            )

    def _step(self) -> dict[str, torch.Tensor]:
        """All chance in it comes from seed and step, so a resumed run has the same."""
        progress = self.progress
        rng = self._rng(1 + progress.step, progress.rollbacks)
        rows = torch.randint(len(self.data), (self.config.batch,), generator=rng).numpy()
        real = torch.from_numpy(encode(self.data.images[rows])).to(self.device)
        if self.config.mirror:
            turned = torch.rand(len(real), generator=rng) < 0.5
            real = torch.where(turned.to(self.device)[:, None, None, None], real.flip(3), real)
        labels = torch.from_numpy(self.data.labels[rows]).to(self.device)
        fraction = progress.step / progress.planned_steps
        settings = settings_at(self.config, progress.step, fraction)
        slower = settings.learning_rate * 0.5**progress.rollbacks
        return self.players.step(real, labels, replace(settings, learning_rate=slower), rng)

    def _look(self, told: dict[str, float]) -> None:
        """Between steps: are the numbers still numbers, what time is it, what is due."""
        progress = self.progress
        now = self._clock()
        progress.seconds, self._looked_at = progress.seconds + now - self._looked_at, now
        if not all(math.isfinite(value) for value in told.values()):
            self._roll_back()
            return
        self._plan()
        points = max(LOOK_EVERY, progress.planned_steps // CURVE_POINTS)
        if not progress.curve or progress.step - progress.curve[-1]["step"] >= points:
            point = {"step": progress.step, "seconds": round(progress.seconds, 2), **told}
            progress.curve.append({name: round(value, 5) for name, value in point.items()})
        is_to_keep = self.snapshots is not None and is_due(progress)
        is_to_save = self._is_last() or time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS
        if (is_to_keep or is_to_save) and not self.players.are_finite():
            self._roll_back()
            return
        if is_to_keep:
            self._keep_snapshot()
        if is_to_save:
            self._save()
        if self._is_last() or time.monotonic() - self._shown_at >= PREVIEW_SECONDS:
            self._show()
        self.tell(f"Training: step {progress.step} of {progress.planned_steps}")

    def _is_last(self) -> bool:
        return self.progress.step >= self.progress.planned_steps

    def _plan(self) -> None:
        """No more steps than will fit; the schedule runs over what is planned."""
        if self.minutes:
            progress = self.progress
            fitting = int(60 * self.minutes * progress.step / max(progress.seconds, 1e-9))
            progress.planned_steps = max(progress.step, min(self.config.steps, fitting))

    def _roll_back(self) -> None:
        """To the last checkpoint, with other chance and half the learning rate."""
        rollbacks, seconds = self.progress.rollbacks + 1, self.progress.seconds
        if rollbacks > MAX_ROLLBACKS:
            raise Diverged(
                f"not finite at step {self.progress.step}, after {MAX_ROLLBACKS} retries"
            )
        found = load_checkpoint(self.checkpoint, self.progress.fingerprint)
        if found is None:
            raise Diverged(f"not finite at step {self.progress.step}, and the checkpoint is gone")
        log.warning("not finite at step %d: back to %d", self.progress.step, found[0].step)
        self.progress = replace(found[0], rollbacks=rollbacks, seconds=seconds)
        self.players.restore(found[1])
        self._drop_snapshots()
        self._save()

    def _keep_snapshot(self) -> None:
        """Costs the run none of its minutes."""
        if self.snapshots is not None:
            self.publish(snapshot_of(self.snapshots, self.progress.step))
            self.progress.snapshots.append(self.progress.step)
            self._looked_at = self._clock()

    def _drop_snapshots(self) -> None:
        if self.snapshots is not None:
            remove_others(self.snapshots, self.progress.snapshots)

    def _save(self) -> None:
        save_checkpoint(self.checkpoint, self.progress, self.players.tensors())
        self._saved_at = time.monotonic()

    def _show(self) -> None:
        self._shown_at = time.monotonic()
        if self.previews is None:
            return
        self.preview = self.previews / f"{self.progress.step:07}.png"
        labels = len(self.data.label_names)
        save_preview(self.preview, self.players.sample, latent=self.config.latent, labels=labels)

    def _rng(self, *key: int) -> torch.Generator:
        state = np.random.SeedSequence([self.seed, *key]).generate_state(1, np.uint64)
        return torch.Generator().manual_seed(int(state[0]))

    def _clock(self) -> float:
        return time.monotonic() if self.device == "cuda" else time.process_time()


def settings_at(config: GanConfig, step: int, fraction: float) -> Settings:
    """Cosines from the first value to the last. fraction: of the run, 0..1."""
    left = (1 + math.cos(math.pi * min(1.0, fraction))) / 2
    return Settings(
        learning_rate=_between(config.last_learning_rate, config.learning_rate, left),
        penalty=_between(config.last_penalty, config.penalty, left),
        beta=_between(FIRST_BETA, config.last_beta, min(1.0, fraction / BETA_RAMP)),
        remembered=min(config.average_images, RAMP * step * config.batch),
        penalised=step % config.penalty_every == 0,
    )


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _checkpoint_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.checkpoint.safetensors")
