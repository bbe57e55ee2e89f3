from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from genai.images.pixels import EMPTY
from genai.vision.classifier import ClassifierConfig


def augment(images: Tensor, config: ClassifierConfig, rng: torch.Generator) -> Tensor:
    """Each image moved, turned, stretched and mirrored by itself, with noise. (B, C, H, W) → same

    rng: of the CPU wherever the images are, so that a seed means the same everywhere.
    """
    count, size = len(images), images.shape[-1]
    turn = math.radians(config.turn) * _signed(rng, count)
    across = 1 + config.stretch * _signed(rng, count)
    along = 1 + config.stretch * _signed(rng, count)
    if config.flip:
        across = across * torch.randint(0, 2, (count,), generator=rng).mul(2).sub(1)
    shift = 2 * config.shift / size * _signed(rng, count, 2)
    rows = [
        torch.stack([turn.cos() * across, -turn.sin() * along, shift[:, 0]], dim=1),
        torch.stack([turn.sin() * across, turn.cos() * along, shift[:, 1]], dim=1),
    ]
    places = F.affine_grid(
        torch.stack(rows, dim=1).to(images.device), list(images.shape), align_corners=False
    )
    # outside of an image is nothing, which zero is only while nothing is zero
    moved = F.grid_sample(images - EMPTY, places, align_corners=False) + EMPTY
    if not config.noise:
        return moved
    strength = config.noise * torch.rand(count, 1, 1, 1, generator=rng)
    noise = torch.randn(images.shape, generator=rng)
    return moved + (strength * noise).to(images.device)


def _signed(rng: torch.Generator, *shape: int) -> Tensor:
    """Even in -1..1."""
    return 2 * torch.rand(*shape, generator=rng) - 1
