"""Bytes of an image file ↔ what networks read and write, without torch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]
ALPHA = 3  # the channel of RGBA; its colours are multiplied by it for the networks
EMPTY = -1.0  # black; where there is alpha, black and transparent


def encode(images: Pixels) -> Floats:
    """(B, H, W, C) → (B, C, H, W) in -1..1; colours premultiplied: unseen ones count for none."""
    values = images.astype(np.float32) / 255
    if values.shape[3] > ALPHA:
        values[..., :ALPHA] *= values[..., ALPHA:]
    return np.ascontiguousarray((2 * values - 1).transpose(0, 3, 1, 2))


def decode(values: Floats) -> Pixels:
    """The inverse, for any values: (B, C, H, W) → (B, H, W, C)."""
    images = (np.clip(values, -1, 1).transpose(0, 2, 3, 1) + 1) / 2
    if images.shape[3] > ALPHA:
        alpha = images[..., ALPHA:]
        colours = images[..., :ALPHA] / np.maximum(alpha, 1 / 255)
        images = np.concatenate([np.minimum(colours, 1) * (alpha >= 0.5 / 255), alpha], axis=3)
    return np.ascontiguousarray(np.round(255 * images).astype(np.uint8))
