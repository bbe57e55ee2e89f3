"""From a set of images to an artifact; goes on where it was killed, to the same bytes."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from genai.errors import DataError, Diverged, Stopped
from genai.images.artifacts import Manifest, check_target, publish_artifact
from genai.images.checkpoint import Curve, Progress, load_checkpoint, save_checkpoint
from genai.images.export import write_artifact_files
from genai.images.gan import PRESETS, GanConfig, ImageShape
from genai.images.imageset import HELD_OUT, SPLIT_SEED, ImageSet
from genai.images.pixels import decode, encode
from genai.images.players import FIRST_BETA, RAMP, Players, Settings
from genai.images.sampling import TRUNCATION, grid, latents, save_pictures
from genai.threads import repeatable

log = logging.getLogger(__name__)
SIZES = (28, 32, 64)
LOOK_EVERY = 5  # steps: between, losses are not read and time is not
CHECKPOINT_SECONDS = 30.0
PREVIEW_SECONDS = 15.0
CURVE_POINTS = 200  # about so many over a run
MAX_ROLLBACKS = 3
PREVIEW_COLUMNS, PREVIEW_IMAGES, PREVIEW_LABELS = 8, 64, 16
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
) -> TrainingResult:
    """An artifact at out. With resume it goes on from the checkpoint beside out, if there is one.

    minutes: of computing (all threads together; on a GPU of the clock), else config.steps.
    held_out: share of the families that is not trained on, as ImageSet.split has it; may be 0.
    DataError on unusable images, ArtifactError when out is something else, Stopped when asked,
    Diverged when rolling back did not help.
    """
    check_target(out)
    trained_on = data.split(held_out, SPLIT_SEED)[0] if held_out else data
    _check(trained_on, config)
    with repeatable(threads):
        run = Run(trained_on, _checkpoint_of(out), config, seed=seed, device=device)
        run.minutes, run.previews = minutes, previews
        run.on_progress, run.is_cancelled = on_progress, is_cancelled
        run.begin(_fingerprint(data, config, seed, held_out), resume=resume)
        run.finish_steps()
        run.tell("Writing the artifact")
        manifest = _manifest(data, config, seed, held_out) | run.facts()
        publish_artifact(
            out, manifest, lambda folder: write_artifact_files(folder, run.players.average, config)
        )
    run.checkpoint.unlink(missing_ok=True)
    run.tell("Done")
    return TrainingResult(out, run.progress.step, run.progress.seconds, run.progress.curve)


class Run:
    """One training between its first step and its last."""

    minutes: float | None = None
    previews: Path | None = None
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
        if self._is_last() or time.monotonic() - self._saved_at >= CHECKPOINT_SECONDS:
            if not self.players.are_finite():
                self._roll_back()
                return
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
        self._save()

    def _save(self) -> None:
        save_checkpoint(self.checkpoint, self.progress, self.players.tensors())
        self._saved_at = time.monotonic()

    def _show(self) -> None:
        """The same latents every time, each column one."""
        self._shown_at = time.monotonic()
        if self.previews is None:
            return
        n_labels = min(len(self.data.label_names), PREVIEW_LABELS)
        each = max(PREVIEW_COLUMNS, PREVIEW_IMAGES // n_labels)
        noise = np.tile(latents(range(each), self.config.latent, TRUNCATION), (n_labels, 1))
        labels = torch.arange(n_labels).repeat_interleave(each)
        images = decode(self.players.sample(torch.from_numpy(noise), labels).numpy())
        sheet = grid(images, each if n_labels > 1 else PREVIEW_COLUMNS, scale=2)
        self.previews.mkdir(parents=True, exist_ok=True)
        self.preview = self.previews / f"{self.progress.step:07}.png"
        save_pictures(self.preview, [sheet])

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


def _check(data: ImageSet, config: GanConfig) -> None:
    height, width = data.images.shape[1:3]
    if height != width or height not in SIZES:
        known = ", ".join(map(str, SIZES))
        raise DataError(f"images are {height} x {width}; a side must be one of {known}")
    halvings = len(config.generator_widths)
    if height % 2**halvings:
        raise DataError(f"{height} pixels cannot be halved {halvings} times: choose another preset")
    if not len(data):
        raise DataError("there is no image to train on")


def _checkpoint_of(out: Path) -> Path:
    return out.with_name(f"{out.name}.checkpoint.safetensors")


def _fingerprint(data: ImageSet, config: GanConfig, seed: int, held_out: float) -> str:
    return sha256(repr((data.sha256, config, seed, held_out)).encode()).hexdigest()


def _manifest(data: ImageSet, config: GanConfig, seed: int, held_out: float) -> Manifest:
    return {
        "preset": next((name for name, preset in PRESETS.items() if preset == config), None),
        "config": asdict(config),
        "seed": seed,
        "label_names": list(data.label_names),
        "size": data.size,
        "channels": data.channels,
        "data_sha256": data.sha256,
        "held_out": held_out,
        "metrics": {},
    }
