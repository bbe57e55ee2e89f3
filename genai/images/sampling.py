"""What a seed becomes before the generator and after it; NumPy and Pillow only."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from genai.images.pixels import Floats, Pixels

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
FRAME_MILLISECONDS = 80
TRUNCATION = 0.8  # unless told: rarer latents make rougher images
NEARLY_PARALLEL = 1e-4  # sine of the angle, below which an arc is as good as its chord


def latents(seeds: Sequence[int], width: int, truncation: float) -> Floats:
    """(B, Z), each row its seed's alone. truncation: 0 is a label's average, 1 the full variety."""
    if not 0 <= truncation <= 1:
        raise ValueError(f"truncation must be from 0 to 1, not {truncation}")
    if any(seed < 0 for seed in seeds):
        raise ValueError("seeds must not be negative")
    rows = [np.random.default_rng(seed).standard_normal(width, np.float32) for seed in seeds]
    return np.float32(truncation) * np.array(rows, dtype=np.float32).reshape(len(rows), width)


def slerp(start: Floats, end: Floats, shares: NDArray[np.float64]) -> Floats:
    """(Z,), (Z,), (B,) in 0..1 → (B, Z) along the arc: as far from the origin as its ends."""
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    cosine = np.dot(start, end) / max(lengths[0] * lengths[1], 1e-12)
    angle = np.arccos(np.clip(cosine, -1, 1))
    shares = shares[:, None]
    if np.sin(angle) < NEARLY_PARALLEL:
        path = (1 - shares) * start + shares * end
    else:
        path = np.sin((1 - shares) * angle) * start + np.sin(shares * angle) * end
        path = path / np.sin(angle)
    return np.asarray(path, dtype=np.float32)


def picture(image: Pixels) -> Image.Image:
    """(H, W, C) → as Pillow has it."""
    mode = MODES[image.shape[2]]
    return Image.fromarray(image[..., 0] if mode == "L" else image, mode)


def grid(images: Pixels, columns: int | None = None, *, scale: int = 1) -> Image.Image:
    """(B, H, W, C) row by row; about as many rows as columns unless told. scale: pixels of each."""
    count, height, width, channels = images.shape
    columns = columns or int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, height, width, channels), dtype=np.uint8)
    sheet[:count] = images
    sheet = sheet.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    sheet = sheet.reshape(rows * height, columns * width, channels)
    return picture(sheet.repeat(scale, axis=0).repeat(scale, axis=1))


def save_pictures(path: Path, pictures: Sequence[Image.Image]) -> None:
    """One, or the frames of an endless animation; the file is there whole or not at all."""
    part = path.with_name(f".{secrets.token_hex(4)}.{path.name}")  # Pillow reads the suffix
    many: dict[str, Any] = {
        "save_all": True,
        "append_images": pictures[1:],
        "duration": FRAME_MILLISECONDS,
        "loop": 0,
        "disposal": 2,  # GIF: where a frame is transparent the one before is gone
        "kmin": 0,  # WebP: the same, by whole frames only
        "kmax": 1,
        "lossless": True,
    }
    try:
        pictures[0].save(part, **(many if len(pictures) > 1 else {}))
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
