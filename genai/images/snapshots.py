"""The generator on its way, as whole artifacts: what is measured of them is drawn over steps."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from genai.checkpoint import Progress

N_SNAPSHOTS = 6  # evenly over a run; what it ends with is one more


def is_due(progress: Progress) -> bool:
    """Whether the run has come to the share of itself at which the next one is kept."""
    number = len(progress.snapshots) + 1
    is_there = progress.step * (N_SNAPSHOTS + 1) >= number * progress.planned_steps
    return number <= N_SNAPSHOTS and is_there and progress.step < progress.planned_steps


def snapshot_of(folder: Path, step: int) -> Path:
    return folder / f"{step:07}"


def remove_others(folder: Path, steps: Collection[int]) -> None:
    """What a run kept after the checkpoint that it goes on from, and what was torn."""
    known = {snapshot_of(folder, step).name for step in steps}
    for path in folder.iterdir() if folder.is_dir() else []:
        if path.name not in known:
            shutil.rmtree(path, ignore_errors=True)
