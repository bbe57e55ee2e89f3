"""From two files to an artifact: choose on an inner split, measure, refit on everything, export."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsys.artifacts import check_target, publish_artifact, read_manifest
from recsys.checkpoint import Progress
from recsys.contenders import Model, Task, fit_model, recipe_of
from recsys.content import ContentEncoder
from recsys.errors import Stopped
from recsys.evaluate import Report, evaluate
from recsys.export import write_artifact_files
from recsys.interactions import (
    Interactions,
    load_dataset,
    sha256_of,
)
from recsys.sources import PARTS
from recsys.threads import limited_threads
from recsys.trial import MODELS, ModelName
from recsys.two_tower import PRESETS, TwoTowerConfig

log = logging.getLogger(__name__)
# where in 0..1 each phase of a run ends; the first and last are reading and writing
PHASE_ENDS = {
    "choose": (0.03, 0.35),
    "evaluate": (0.37, 0.55),
    "live": (0.56, 0.70),
    "final": (0.72, 0.93),
}
MESSAGES = {
    "choose": "Choosing on an inner split",
    "evaluate": "Training without the held-out rows",
    "live": "Training the live model's recipe on the same rows",
    "final": "Training on everything",
}
# what each training is measured against; a GRU as well would take half as long again
COMPARED: tuple[ModelName, ...] = tuple(name for name in MODELS if name != "gru4rec")
SHARE_OF_MINUTES = 0.25  # of the time allowed, for each of the three fits
OnProgress = Callable[[float, str, list[dict[str, float]]], None]


@dataclass(frozen=True)
class TrainingResult:
    """What a run leaves behind; report is the contract's report.json."""

    artifact: Path
    report: Report
    curve: list[dict[str, float]]  # epoch, loss, ndcg of the choosing fit
    seconds: float


class _Reporter:
    """Turns epochs into a fraction of the whole run; plans no more epochs than will fit."""

    def __init__(self, on_progress: OnProgress | None, minutes: float | None) -> None:
        self.on_progress = on_progress
        self.fit_seconds = minutes * 60 * SHARE_OF_MINUTES if minutes else None
        self.curve: list[dict[str, float]] = []
        self.started: float | None = None  # when the first epoch of this process ended
        self.first = 0  # that epoch

    def tell(self, fraction: float, message: str) -> None:
        log.info("%3.0f %% %s", 100 * fraction, message)
        if self.on_progress:
            self.on_progress(fraction, message, self.curve)

    def epoch(self, phase: str, progress: Progress) -> None:
        if phase == "choose":
            self.curve = progress.curve
            self._keep_to_time(progress)
        start, end = PHASE_ENDS[phase]
        done = progress.epoch / max(1, progress.planned_epochs)
        message = f"{MESSAGES[phase]}: epoch {progress.epoch} of {progress.planned_epochs}"
        self.tell(start + (end - start) * done, message)

    def _keep_to_time(self, progress: Progress) -> None:
        """The first epoch carries start-up costs, so time is judged from the second on."""
        now = time.monotonic()
        if self.started is None:
            self.started, self.first = now, progress.epoch
        elif self.fit_seconds:
            per_epoch = (now - self.started) / (progress.epoch - self.first)
            fitting = max(progress.epoch, int(self.fit_seconds / per_epoch))
            progress.planned_epochs = min(progress.planned_epochs, fitting)


def train(
    interactions: Path,
    items: Path,
    out: Path,
    *,
    preset: str = "small",
    config: TwoTowerConfig | None = None,
    parts: Sequence[str] = PARTS,
    live: Path | None = None,
    seed: int = 0,
    minutes: float | None = None,
    min_rating: float | None = None,
    device: str = "cpu",
    on_progress: OnProgress | None = None,
    should_stop: Callable[[], bool] | None = None,
    checkpoint_dir: Path | None = None,
    refit: bool = True,
) -> TrainingResult:
    """An artifact at out. With the same checkpoint_dir it goes on where it was killed.

    config: instead of the preset's; parts: the sources that may be blended; live: the artifact
    whose recipe is measured beside. DataError on unusable files, ArtifactError when out is
    something else, Stopped when asked.
    """
    started = time.monotonic()
    if preset not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, not {preset!r}")
    if not parts or set(parts) - set(PARTS):
        raise ValueError(f"parts must be some of {', '.join(PARTS)}, not {', '.join(parts)}")
    check_target(out)
    rival = recipe_of(read_manifest(live)) if live else None
    reporter = _Reporter(on_progress, minutes)
    reporter.tell(0.0, "Reading the data")
    rows, all_items = load_dataset(interactions, items, min_rating=min_rating)
    sha256 = sha256_of(interactions, items)
    task = Task(
        config=config or PRESETS[preset],
        seed=seed,
        parts=tuple(parts),
        device=device,
        checkpoint_dir=checkpoint_dir,
        fingerprint=f"{sha256}:{min_rating}:{seed}:{minutes}",
        on_epoch=reporter.epoch,
        should_stop=should_stop,
    )
    with limited_threads():
        report, choices, model = evaluate(
            rows,
            all_items,
            task,
            split_name=None,
            models=COMPARED,
            data_sha256=sha256,
            rival=rival,
        )
        encoder = ContentEncoder.fit(all_items)
        if refit or model is None:
            reporter.tell(PHASE_ENDS["evaluate"][1], MESSAGES["final"])
            model = fit_model("final", rows, encoder.encode(all_items), task, choices)
        if should_stop and should_stop():
            raise Stopped("stopped on request")
        reporter.tell(PHASE_ENDS["final"][1], "Writing the artifact")
        manifest = {
            **_manifest(task, preset, model, min_rating),
            "refitted": refit,
            "report": report,
            "seconds": round(time.monotonic() - started, 1),
        }
        publish_artifact(out, manifest, lambda folder: write_artifact_files(folder, model, encoder))
    reporter.tell(1.0, "Done")
    return TrainingResult(out, report, choices.curve, round(time.monotonic() - started, 1))


def _manifest(task: Task, preset: str, model: Model, min_rating: float | None) -> dict[str, Any]:
    """data: the rows that the model was fitted on; reads: what its user tower understands."""
    choices, rows = model.choices, model.train
    return {
        "preset": preset,
        "seed": task.seed,
        "config": asdict(task.config),
        "choices": {key: value for key, value in asdict(choices).items() if key != "curve"},
        "curve": choices.curve,
        "min_rating": min_rating,
        "parts": list(task.parts),
        "reads": reads_of(rows),
        "data": {
            "sha256": task.fingerprint.partition(":")[0],
            "interactions": len(rows.positives()),
            "users": len(np.unique(rows.users)),
            "items": len(rows.item_ids),
        },
    }


def reads_of(rows: Interactions) -> dict[str, Any]:
    """The kinds of events that training tells apart, and whether it has seen what was no like."""
    return {"kinds": list(rows.kind_names), "dislikes": bool((rows.weights <= 0).any())}
