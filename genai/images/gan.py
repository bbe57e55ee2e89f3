"""A class-conditional convolutional GAN after R3GAN (Huang et al. 2024), strided early for CPUs.

No normalisation layers, no minibatch statistics: the loss and its penalties keep it stable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

SLOPE = 0.2  # of the leaky ReLU below zero
RGB = 3  # channels
HUES = 0.4  # how much a difference of colour weighs beside brightness, at first


@dataclass(frozen=True)
class GanConfig:
    """Everything that defines one run beside data and seed; stored beside the weights."""

    latent: int = 64
    generator_widths: tuple[int, ...] = (128, 64)  # channels from the coarsest map on
    finest_width: int = 0  # channels at full resolution; 0: the last doubling shuffles pixels
    discriminator_widths: tuple[int, ...] = (32, 64, 128)  # from the finest map on, each half of it
    features: int = 128  # of the discriminator, before labels are looked at
    batch: int = 32
    steps: int = 20_000
    learning_rate: float = 2e-3
    last_learning_rate: float = 2e-4
    penalty: float = 1.0  # weight gamma of R1 and R2; too high: the margin of the curve goes to 0
    last_penalty: float = 0.1
    penalty_every: int = 4  # steps; it then weighs as many times more
    last_beta: float = 0.99  # of Adam's second moment, which starts at 0.9
    average_images: int = 30_000  # half-life of the generator's moving average
    augmentation: float = 0.0  # probability of each, for each image
    mirror: bool = False  # half of the images are seen from the other side; never for writing

    def __post_init__(self) -> None:
        counts = (self.latent, self.features, self.batch, self.steps, self.penalty_every)
        widths = (*self.generator_widths, *self.discriminator_widths)
        if min(*counts, *widths) < 1 or len(self.generator_widths) < 2 or self.finest_width < 0:
            raise ValueError(f"sizes must be positive, with two generator widths or more: {self}")
        if self.learning_rate <= 0 or not 0 <= self.augmentation < 1:
            raise ValueError(f"learning rate above 0, augmentation from 0 to below 1: {self}")


@dataclass(frozen=True)
class ImageShape:
    """What the networks need to know of the data."""

    size: int  # height = width in pixels
    channels: int
    labels: int


class Generator(nn.Module):
    """Latent and label → image in -1..1."""

    def __init__(self, config: GanConfig, shape: ImageShape) -> None:
        super().__init__()
        widths = config.generator_widths
        base = shape.size >> len(widths)  # the last doubling is that of the finest layers
        if base << len(widths) != shape.size:
            raise ValueError(f"{shape.size} pixels cannot be halved {len(widths)} times")
        self.labels = nn.Embedding(shape.labels, config.latent)
        layers: list[nn.Module] = [
            nn.Linear(2 * config.latent, widths[0] * base**2),
            nn.Unflatten(1, (widths[0], base, base)),
            nn.LeakyReLU(SLOPE),
        ]
        for before, after in zip(widths, widths[1:], strict=False):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, 1), nn.LeakyReLU(SLOPE)]
        layers += _finest_layers(widths[-1], config.finest_width, shape.channels)
        if shape.channels >= RGB:
            layers.append(Colours(shape.channels))
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """(B, Z), (B,) → (B, C, H, W)"""
        return torch.tanh(self.layers(torch.cat([latents, self.labels(labels)], dim=1)))


def _finest_layers(before: int, width: int, channels: int) -> list[nn.Module]:
    """The last doubling: each four pixels at once, or layers that see them all."""
    if not width:
        return [nn.Conv2d(before, 4 * channels, 3, 1, 1), nn.PixelShuffle(2)]
    doubling = nn.ConvTranspose2d(before, width, 4, 2, 1)
    return [doubling, nn.LeakyReLU(SLOPE), nn.Conv2d(width, channels, 3, 1, 1)]


class Colours(nn.Module):
    """Brightness and two differences of colour → RGB; alpha as it is.

    Hues change less from pixel to pixel than brightness does, and here they begin so.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        across, along = math.sqrt(1.5), math.sqrt(0.5)  # all as long as that of brightness
        axes = [[1.0, 1.0, 1.0], [across, -across, 0.0], [along, along, -2 * along]]
        mixed = torch.eye(channels)
        mixed[:RGB, :RGB] = torch.tensor(axes).T * torch.tensor([1.0, HUES, HUES])
        self.register_buffer("mixed", mixed[:, :, None, None], persistent=False)

    def forward(self, planes: Tensor) -> Tensor:
        """(B, C, H, W) → the same"""
        return F.conv2d(planes, self.get_buffer("mixed"))


class Discriminator(nn.Module):
    """Image and label → how real, without bounds."""

    def __init__(self, config: GanConfig, shape: ImageShape) -> None:
        super().__init__()
        widths = config.discriminator_widths
        layers: list[nn.Module] = [
            nn.PixelUnshuffle(2),
            nn.Conv2d(4 * shape.channels, widths[0], 3, 1, 1),
            nn.LeakyReLU(SLOPE),
        ]
        size = shape.size // 2
        for before, after in zip(widths, widths[1:], strict=False):
            kernel = 4 - size % 2  # covers each pixel as often as its neighbours
            layers += [nn.Conv2d(before, after, kernel, 2, 1), nn.LeakyReLU(SLOPE)]
            size = (size + 1) // 2
        layers += [nn.Flatten(), nn.Linear(widths[-1] * size**2, config.features)]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(SLOPE))
        self.labels = nn.Linear(config.features, shape.labels, bias=False)

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """(B, C, H, W), (B,) → (B,)"""
        return self.labels(self.layers(images)).gather(1, labels[:, None])[:, 0]


def initialise(network: nn.Module, rng: torch.Generator) -> None:
    """He's normal weights, by what enters one output; labels as wide as latents."""
    for module in network.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, generator=rng)
        elif isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            inputs = module.weight[0].numel()
            if isinstance(module, nn.ConvTranspose2d):  # each output is met by one of stride² taps
                inputs = module.weight[:, 0].numel() // math.prod(module.stride)
            std = math.sqrt(2 / (1 + SLOPE**2) / inputs)
            nn.init.normal_(module.weight, std=std, generator=rng)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


PRESETS = {
    "digits": GanConfig(),
    "sprites": GanConfig(
        latent=128,
        generator_widths=(160, 112, 64),
        finest_width=32,
        discriminator_widths=(48, 96, 192),
        features=256,
        steps=60_000,
        learning_rate=1.5e-3,
        last_learning_rate=1e-4,
        average_images=50_000,
        augmentation=0.4,
        mirror=True,
    ),
    "small": GanConfig(augmentation=0.5),
    "tiny": GanConfig(
        latent=8,
        generator_widths=(16, 8),
        discriminator_widths=(8, 16),
        features=16,
        batch=16,
        steps=60,
    ),
}
