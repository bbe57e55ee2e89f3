"""What a generator makes while it learns: a sheet of images, of the same latents every time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from genai.images.pixels import decode
from genai.images.sampling import TRUNCATION, grid, latents, save_pictures

PREVIEW_COLUMNS, PREVIEW_IMAGES, PREVIEW_LABELS = 8, 64, 16


def save_preview(
    path: Path, sample: Callable[[Tensor, Tensor], Tensor], *, latent: int, labels: int
) -> None:
    """A row for each label, each column one latent. sample: (B, Z), (B,) → (B, C, H, W)"""
    n_labels = min(labels, PREVIEW_LABELS)
    each = max(PREVIEW_COLUMNS, PREVIEW_IMAGES // n_labels)
    noise = np.tile(latents(range(each), latent, TRUNCATION), (n_labels, 1))
    rows = torch.arange(n_labels).repeat_interleave(each)
    images = decode(sample(torch.from_numpy(noise), rows).numpy())
    sheet = grid(images, each if n_labels > 1 else PREVIEW_COLUMNS, scale=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_pictures(path, [sheet])
