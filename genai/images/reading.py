"""Any folder or zip of images → a set of one size, and what was refused and why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from genai.errors import DataError
from genai.images.decoding import check, decode, is_opaque
from genai.images.families import families_of
from genai.images.imageset import CHANNELS, ImageSet, Pixels
from genai.images.refusals import NothingLeft, ReadReport, Refused, printable
from genai.images.sources import files_of

SIZES = (28, 32, 64)
USUAL_SIZE = 32
TRIED = 200  # files that are asked for their size when none is given
ONLY_LABEL = "image"  # where there are no subfolders
OnFile = Callable[[int], None]
Judge = Callable[[Image.Image], None]
LARGEST_SET = 1 << 30  # bytes of decoded pixels, in RGBA: what memory has to hold
AT_ONCE = 4096  # images, where arithmetic needs several times their bytes
SEEN_BY_A_JUDGE = 256  # pixels, of each side, where the file has as many


def read_images(
    path: Path,
    *,
    size: int | None = None,
    channels: int | None = None,
    on_file: OnFile | None = None,
    judge: Judge | None = None,
) -> tuple[ImageSet, ReadReport]:
    """A subfolder is a label. size and channels: what suits the images when None is given.

    on_file: told after each file how many there were. judge: sees each image in RGBA before it is
    cropped, and raises Refused. DataError, or NothingLeft when no image is left.
    """
    if channels is not None and channels not in CHANNELS:
        raise ValueError(f"channels must be one of {CHANNELS}, not {channels}")
    names, images, report = _decode_all(path, size or _suitable_size(path), on_file, judge)
    if not images:
        raise NothingLeft(f"{path}: holds no image that can be used\n{report.text()}", report)
    pixels = np.stack(images)
    images.clear()
    label_names, labels = _labels_of(names)
    pixels = to_channels(pixels, channels or _suitable_channels(pixels))
    return ImageSet(pixels, labels, label_names, families_of(names)), report


def _decode_all(
    path: Path, size: int, on_file: OnFile | None, judge: Judge | None
) -> tuple[list[str], list[Pixels], ReadReport]:
    names: list[str] = []
    images: list[Pixels] = []
    report = ReadReport()
    first_of: dict[bytes, str] = {}
    enough = max(size, SEEN_BY_A_JUDGE) if judge else size
    for count, file in enumerate(files_of(path), start=1):
        try:
            image = decode(file.read(), file.name, enough=enough)
            pixels = np.asarray(fit(image, size))
            digest = hashlib.sha256(pixels.tobytes()).digest()
            if digest in first_of:
                raise Refused("copy", f"of {first_of[digest]}")
            if judge:
                judge(image)
        except Refused as error:
            report.refuse(file.name, error)
        else:
            first_of[digest] = printable(file.name)
            names.append(file.name)
            images.append(pixels)
            if len(images) * pixels.nbytes > LARGEST_SET:
                raise DataError(_too_many(path, size, len(images) - 1))
        if on_file:
            on_file(count)
    report.n_read = len(images)
    return names, images, report


def _too_many(path: Path, size: int, most: int) -> str:
    return (
        f"{path}: holds more images than can be read at once: of {size} x {size} pixels up to"
        f" {most:,}; take fewer, or make them smaller"
    )


def fit(image: Image.Image, size: int) -> Image.Image:
    """RGBA → RGBA of size x size: a cut-out drawing is kept whole, anything else cropped square."""
    width, height = image.size
    if is_opaque(image):
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        image = image.crop((left, top, left + side, top + side))
    elif max(width, height) > size or max(width, height) * 2 <= size:
        side = max(width, height)
        image = image.resize(
            (max(1, width * size // side), max(1, height * size // side)), _filter(side, size)
        )
    if image.width == image.height:
        return image.resize((size, size), _filter(image.width, size))
    whole = Image.new("RGBA", (size, size))
    whole.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
    return whole


def _filter(side: int, size: int) -> Image.Resampling:
    """Pixels that grow stay the squares that they were drawn as."""
    return Image.Resampling.NEAREST if side < size else Image.Resampling.LANCZOS


def to_channels(images: Pixels, channels: int) -> Pixels:
    """RGBA (N, H, W, 4) → the same on black in grey or RGB, or as it is."""
    if channels == 4:
        return images
    parts = [images[at : at + AT_ONCE] for at in range(0, len(images), AT_ONCE)]
    return np.concatenate([_on_black(part, channels) for part in parts])


def _on_black(images: Pixels, channels: int) -> Pixels:
    alpha = images[..., 3:].astype(np.uint16)
    on_black = ((images[..., :3] * alpha + 127) // 255).astype(np.uint8)
    if channels == 3:
        return on_black
    red, green, blue = np.moveaxis(on_black.astype(np.uint32), -1, 0)
    grey = (299 * red + 587 * green + 114 * blue + 500) // 1000
    return grey.astype(np.uint8)[..., None]


def _suitable_channels(images: Pixels) -> int:
    if (images[..., 3] < 255).any():
        return 4
    coloured = (images[..., :2] != images[..., 1:3]).any()
    return 3 if coloured else 1


def _suitable_size(path: Path) -> int:
    """The largest size that half of the images fill."""
    sides = []
    for file in islice(files_of(path), TRIED):
        try:
            sides.append(min(check(file.read(), file.name).size))
        except Refused:
            continue  # it is reported when all are read
    middle = float(np.median(sides)) if sides else USUAL_SIZE
    return max((size for size in SIZES if size <= middle), default=USUAL_SIZE)


def _labels_of(names: list[str]) -> tuple[tuple[str, ...], np.typing.NDArray[np.int64]]:
    """The first folder below those that all have in common."""
    parts = [PurePosixPath(name).parts for name in names]
    while all(len(each) > 2 for each in parts) and len({each[0] for each in parts}) == 1:
        parts = [each[1:] for each in parts]
    found = [printable(each[0]) if len(each) > 1 else ONLY_LABEL for each in parts]
    label_names, labels = np.unique(np.array(found), return_inverse=True)
    return tuple(label_names.tolist()), labels.astype(np.int64)
