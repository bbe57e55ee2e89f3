"""Published sets → one ImageSet each: digits and clothes are idx files, sprites an .npz."""

from __future__ import annotations

import gzip
import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np

from genai.errors import DataError
from genai.images.families import families_of
from genai.images.imageset import ImageSet, Pixels

Part = Literal["train", "test"]
FILE_OF_PART: dict[Part, str] = {"train": "train", "test": "t10k"}
IDX_BYTES = 0x08  # the only kind of value that these files hold
LARGEST_IDX = 256 << 20
DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
SPRITE_LABELS = ("monster", "player", "item", "dungeon")
# by the first folder; what was never used in the game is sorted by its second one
LABEL_OF_FOLDER = {
    "mon": "monster",
    "player": "player",
    "item": "item",
    "dngn": "dungeon",
    "UNUSED/monsters": "monster",
    "UNUSED/player": "player",
    "UNUSED/worn": "player",
    "UNUSED/weapons": "item",
    "UNUSED/armour": "item",
    "UNUSED/food": "item",
    "UNUSED/floor": "dungeon",
    "UNUSED/features": "dungeon",
}


def import_idx(folder: Path, label_names: Sequence[str], part: Part) -> ImageSet:
    """The two idx files of a part, packed by gzip or not; every image is a family of its own."""
    name = FILE_OF_PART[part]
    images = _read_idx(_there(folder, f"{name}-images-idx3-ubyte"), axes=3)
    labels = _read_idx(_there(folder, f"{name}-labels-idx1-ubyte"), axes=1)
    if len(images) != len(labels) or labels.max(initial=0) >= len(label_names):
        raise DataError(f"{folder}: the {part} images and their labels do not fit together")
    families = np.array([f"{part}-{number}" for number in range(len(images))])
    return ImageSet(images[..., None], labels.astype(np.int64), tuple(label_names), families)


def import_sprites(path: Path) -> ImageSet:
    """An .npz of images (N, 32, 32, 4) and names, paths whose folders are the labels.

    Interface, effects and the rest are left out; what is not seen has no colour.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            images, names = arrays["images"], [str(name) for name in arrays["names"]]
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: is no file of sprites: {error}") from error
    labels = [_sprite_label(name) for name in names]
    kept = [row for row, label in enumerate(labels) if label is not None]
    if not kept or images.shape != (len(names), *images.shape[1:3], 4):
        raise DataError(f"{path}: is no file of sprites")
    pixels = np.where(images[..., 3:] > 0, images, 0).astype(np.uint8)
    once = {pixels[row].tobytes(): row for row in reversed(kept)}  # the first of equal ones
    rows = np.array(sorted(once.values()))
    known = [labels[row] or "" for row in rows]
    things = [
        f"{label}/{PurePosixPath(names[row]).name}" for label, row in zip(known, rows, strict=True)
    ]
    places = np.array([SPRITE_LABELS.index(label) for label in known], dtype=np.int64)
    return ImageSet(pixels[rows], places, SPRITE_LABELS, families_of(things))


def _sprite_label(name: str) -> str | None:
    parts = PurePosixPath(name).parts
    return LABEL_OF_FOLDER.get("/".join(parts[:2]) if parts[0] == "UNUSED" else parts[0])


def _there(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"{folder}: has neither {name} nor {name}.gz")


def _read_idx(path: Path, *, axes: int) -> Pixels:
    unpack = gzip.open if path.suffix == ".gz" else open
    try:
        with unpack(path, "rb") as file:
            data = file.read(LARGEST_IDX + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be unpacked: {error}") from error
    head = struct.calcsize(">I") * (1 + axes)
    if len(data) < head or data[:4] != bytes((0, 0, IDX_BYTES, axes)):
        raise DataError(f"{path}: is no idx file of bytes with {axes} axes")
    shape = struct.unpack_from(f">{axes}I", data, 4)
    if len(data) != head + math.prod(shape):
        raise DataError(f"{path}: holds {len(data) - head:,} bytes, not {shape} as it says")
    return np.frombuffer(data, dtype=np.uint8, offset=head).reshape(shape)
