"""What the two players of a GAN pay."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


def relativistic_loss(better: Tensor, worse: Tensor) -> Tensor:
    """Softplus of by how much each of a pair falls short of the other. both: (B,) scores.

    The discriminator wants the real image to be the better one, the generator its own.
    """
    return F.softplus(worse - better).mean()


def squared_slope(scores: Tensor, images: Tensor) -> Tensor:
    """Mean squared length of each score's gradient by its image: R1 on real ones, R2 on generated.

    scores: (B,) made from images: (B, C, H, W), which require a gradient.
    """
    (slopes,) = torch.autograd.grad(scores.sum(), images, create_graph=True)
    return slopes.square().sum(dim=(1, 2, 3)).mean()


def classic_loss(scores: Tensor, *, real: bool) -> Tensor:
    """Binary cross-entropy of Goodfellow et al. (2014), each player's own label. scores: (B,)"""
    return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, float(real)))
