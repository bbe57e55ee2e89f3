"""Differentiable augmentation (Zhao et al. 2020): the discriminator sees no image unchanged twice.

Applied alike to real and generated images, so the generator learns images without it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from genai.images.pixels import ALPHA, EMPTY

FARTHEST = 1 / 8  # of the height: how far an image is moved
HOLE = 1 / 2  # of the height: the side of what is cut out
BRIGHTEST = 0.25  # of the range of a colour
LEAST_COLOUR, MOST_COLOUR = 0.5, 1.5


def augment(images: Tensor, probability: float, rng: torch.Generator) -> Tensor:
    """(B, C, H, W) in -1..1 → moved, recoloured, cut out, each with that probability."""
    if not probability:
        return images
    for change in (_move, _recolour, _cut_out):
        chosen = torch.rand(len(images), generator=rng) < probability
        images = change(images, chosen.to(images.device), rng)
    return images


def _move(images: Tensor, chosen: Tensor, rng: torch.Generator) -> Tensor:
    """By whole pixels; what comes in is empty."""
    count, _, height, width = images.shape
    reach = max(1, round(FARTHEST * height))
    padded = F.pad(images, (reach,) * 4, value=EMPTY)
    moves = torch.randint(0, 2 * reach + 1, (2, count, 1), generator=rng).to(images.device)
    moves = torch.where(chosen[None, :, None], moves, reach)
    rows = moves[0] + torch.arange(height, device=images.device)  # (B, H)
    columns = moves[1] + torch.arange(width, device=images.device)  # (B, W)
    each = torch.arange(count, device=images.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None, :]].permute(
        0, 3, 1, 2
    )


def _recolour(images: Tensor, chosen: Tensor, rng: torch.Generator) -> Tensor:
    """Brighter or darker, more or less colourful; with alpha, only as far as one sees it."""
    shift, stretch = torch.rand(2, len(images), 1, 1, 1, generator=rng).to(images.device)
    colours = images[:, :ALPHA]
    seen = (images[:, ALPHA:] + 1) / 2 if images.shape[1] > ALPHA else torch.ones_like(colours)
    grey = colours.mean(dim=1, keepdim=True)
    stretched = grey + (LEAST_COLOUR + (MOST_COLOUR - LEAST_COLOUR) * stretch) * (colours - grey)
    changed = stretched + 2 * BRIGHTEST * (2 * shift - 1) * seen
    changed = torch.cat([changed, images[:, ALPHA:]], dim=1)
    return torch.where(chosen[:, None, None, None], changed, images)


def _cut_out(images: Tensor, chosen: Tensor, rng: torch.Generator) -> Tensor:
    """A square hole, perhaps partly outside."""
    count, _, height, width = images.shape
    half = max(1, round(HOLE * height / 2))
    centres = torch.rand(2, count, 1, generator=rng).to(images.device)
    far_down = (torch.arange(height, device=images.device) - centres[0] * height).abs() > half
    far_across = (torch.arange(width, device=images.device) - centres[1] * width).abs() > half
    kept = far_down[:, :, None] | far_across[:, None, :] | ~chosen[:, None, None]
    return torch.where(kept[:, None], images, EMPTY)
