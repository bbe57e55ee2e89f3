"""What generators and classifiers are trained on and measured against: images with a label each."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from genai.errors import DataError

Rows: TypeAlias = NDArray[np.int64]
Pixels: TypeAlias = NDArray[np.uint8]
CHANNELS = (1, 3, 4)  # grey, RGB, RGBA
HELD_OUT = 0.15  # of the images: trainer and evaluation split a set alike by these two
SPLIT_SEED = 0
LARGEST_FILE = 4 << 30  # bytes of an .npz, unpacked
COLUMNS = ("images", "labels", "label_names", "families")


@dataclass(frozen=True)
class ImageSet:
    """Images of one size with a label each."""

    images: Pixels  # (N, H, W, C): C = 1 grey, 3 RGB, 4 RGBA
    labels: Rows  # (N,) places in label_names
    label_names: tuple[str, ...]
    families: NDArray[np.str_]  # (N,) images of one family are never split

    def __post_init__(self) -> None:
        if wrong := self._what_is_wrong():
            raise ValueError(wrong)

    def _what_is_wrong(self) -> str | None:
        if self.images.ndim != 4 or self.images.dtype != np.uint8:
            return f"images must be (N, H, W, C) of bytes, not {self.images.shape}"
        if self.images.shape[3] not in CHANNELS or 0 in self.images.shape[1:]:
            return f"images must have 1, 3 or 4 channels, not the shape {self.images.shape}"
        if self.labels.shape != (len(self.images),) or self.labels.dtype != np.int64:
            return f"{len(self.images)} images need as many labels of int64"
        if self.families.shape != (len(self.images),) or self.families.dtype.kind != "U":
            return f"{len(self.images)} images need as many families of text"
        if len(self) and not 0 <= self.labels.min() <= self.labels.max() < len(self.label_names):
            return f"labels must be within 0 and {len(self.label_names) - 1}"
        return None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def size(self) -> int:
        """Height, which is the width as well wherever a model is trained."""
        return int(self.images.shape[1])

    @property
    def channels(self) -> int:
        return int(self.images.shape[3])

    @cached_property
    def sha256(self) -> str:
        """Of everything in it, however it was stored."""
        digest = hashlib.sha256()
        head = (self.images.shape, self.label_names, self.families.tolist())
        digest.update(json.dumps(head).encode())
        digest.update(np.ascontiguousarray(self.images).data)
        digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        return digest.hexdigest()

    def take(self, rows: Rows | NDArray[np.bool_]) -> ImageSet:
        """These images only; all label names stay."""
        return ImageSet(self.images[rows], self.labels[rows], self.label_names, self.families[rows])

    def split(
        self, held_out: float = HELD_OUT, seed: int = SPLIT_SEED
    ) -> tuple[ImageSet, ImageSet]:
        """(train, held-out): about that share of each label's images, by whole families."""
        if not 0 < held_out < 1:
            raise ValueError(f"held_out must be between 0 and 1, not {held_out}")
        rng = np.random.default_rng(seed)
        names, firsts, family = np.unique(self.families, return_index=True, return_inverse=True)
        sizes = np.bincount(family, minlength=len(names))
        chosen = np.zeros(len(names), dtype=np.bool_)
        for label in range(len(self.label_names)):
            own = np.flatnonzero(self.labels[firsts] == label)
            room = held_out * sizes[own].sum()
            for each in rng.permutation(own):
                if sizes[each] <= room:
                    chosen[each], room = True, room - sizes[each]
        outside = chosen[family]
        if not outside.any():
            raise DataError(f"{len(names)} families are too few to hold out {held_out:.0%}")
        return self.take(~outside), self.take(outside)

    def save(self, path: Path) -> None:
        """One .npz, there whole or not at all; equal sets make equal files."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            with part.open("wb") as file:
                np.savez_compressed(
                    file,
                    images=self.images,
                    labels=self.labels,
                    label_names=np.array(self.label_names, dtype=np.str_),
                    families=self.families,
                )
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> ImageSet:
        """What save wrote; nothing in the file is run."""
        try:
            with zipfile.ZipFile(path) as file:
                unpacked = sum(entry.file_size for entry in file.infolist())
            if unpacked > LARGEST_FILE:
                raise DataError(f"{path}: would unpack to {unpacked:,} bytes")
            with np.load(path, allow_pickle=False) as arrays:
                images, labels, names, families = (arrays[name] for name in COLUMNS)
            return cls(images, labels, tuple(names.tolist()), families)
        except (OSError, ValueError, KeyError, MemoryError, zipfile.BadZipFile) as error:
            reason = " ".join(str(error).split())
            raise DataError(f"{path}: is no set of images: {reason}") from error

    @classmethod
    def read(cls, path: Path, *, size: int | None = None, channels: int | None = None) -> ImageSet:
        """An .npz as it is, or a folder or zip of images, a subfolder a label.

        size and channels: of a folder or zip; without them whatever suits its images.
        """
        if path.suffix.lower() == ".npz":
            return cls.load(path)
        from genai.images.reading import read_images

        return read_images(path, size=size, channels=channels)[0]
