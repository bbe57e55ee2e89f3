"""What several processes of one test run need is made by the first of them that asks."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` filled; while one process makes it, the others wait."""
    folder = Path(os.environ["MARQUEE_TEST_STATE"]) / "made" / name
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder
