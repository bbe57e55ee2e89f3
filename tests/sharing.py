"""What several processes of one test run need is made by the first of them that asks."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

MADE = "MARQUEE_TEST_MADE"  # the run's folder; the processes that it starts inherit the name


def begin_run(state: Path) -> Path | None:
    """The run's own folder for what is made, new in `state`; None within a run that has one."""
    if MADE in os.environ:
        return None
    state.mkdir(parents=True, exist_ok=True)
    os.environ[MADE] = tempfile.mkdtemp(prefix="made-", dir=state)
    return Path(os.environ[MADE])


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` filled; while one process makes it, the others wait."""
    folder = Path(os.environ[MADE]) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)  # of a process that failed or was killed
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder
