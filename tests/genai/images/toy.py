"""Images that a tiny network learns in seconds: which half is bright is the label."""

from dataclasses import replace

import numpy as np

from genai.images.gan import PRESETS, GanConfig
from genai.images.imageset import ImageSet

HALVES = ("left", "right")


def make_images(count: int = 64, *, size: int = 28, channels: int = 1) -> ImageSet:
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 2
    images = np.zeros((count, size, size, channels), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        start = label * size // 2
        image[2:-2, start + 2 : start + size // 2 - 2] = rng.integers(150, 256)
    families = np.array([f"family {number}" for number in range(count)])
    return ImageSet(images, labels.astype(np.int64), HALVES, families)


def make_config(**changes: object) -> GanConfig:
    return replace(PRESETS["tiny"], **changes)


def brighter_half(images: np.ndarray) -> np.ndarray:
    """(B,) 0 = left, 1 = right"""
    half = images.shape[2] // 2
    means = [part.mean(axis=(1, 2, 3)) for part in (images[:, :, :half], images[:, :, half:])]
    return (means[1] > means[0]).astype(np.int64)
