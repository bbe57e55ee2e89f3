"""The GAN of the textbooks (Goodfellow et al. 2014): the baseline that every other is shown beside.

Fully connected, without labels, a sigmoid discriminator and binary cross-entropy.
"""

from __future__ import annotations

import itertools
import math
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from genai.errors import ArtifactError
from genai.images.imageset import ImageSet, Rows
from genai.images.losses import classic_loss
from genai.images.pixels import Pixels, decode, encode
from genai.images.sampling import TRUNCATION, latents
from genai.threads import repeatable


@dataclass(frozen=True)
class MlpConfig:
    """Naive as first written; fair with what made such GANs work (Radford et al. 2016)."""

    latent: int = 64
    hidden: tuple[int, ...] = (128, 256)  # the generator's; the discriminator has them reversed
    batch: int = 64
    steps: int = 20_000
    normalised: bool = True  # batch normalisation in the generator
    slope: float = 0.2  # below zero; 0 is a plain ReLU
    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)


FAIR = MlpConfig()
NAIVE = MlpConfig(normalised=False, slope=0.0, learning_rate=1e-3, betas=(0.9, 0.999))


class MlpGan:
    """A trained generator, asked like any other; labels change nothing."""

    def __init__(self, generator: nn.Module, shape: tuple[int, int, int], latent: int) -> None:
        self.generator, self.shape, self.latent = generator.eval(), shape, latent

    @torch.no_grad()
    def sample(
        self,
        seeds: Sequence[int],
        labels: Sequence[int] | Rows | None = None,
        truncation: float = TRUNCATION,
    ) -> Pixels:
        """(B, H, W, C)"""
        images = self.generator(torch.from_numpy(latents(seeds, self.latent, truncation)))
        return decode(images.unflatten(1, self.shape).numpy())

    def save(self, path: Path) -> None:
        """There whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        try:
            save_file(self.generator.state_dict(), part)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, config: MlpConfig, data: ImageSet) -> MlpGan:
        """One of this config that was trained on such images, else ArtifactError."""
        shape = (data.channels, data.size, data.size)
        generator = _generator(config, math.prod(shape))
        try:
            generator.load_state_dict(load_file(path))
        except (OSError, RuntimeError, SafetensorError) as error:
            raise ArtifactError(f"{path} is no baseline of this data") from error
        return cls(generator, shape, config.latent)


def train_mlp(
    data: ImageSet,
    config: MlpConfig,
    *,
    seed: int = 0,
    minutes: float | None = None,
    threads: int | None = None,
    on_step: Callable[[int], None] | None = None,
) -> MlpGan:
    """minutes: of computing, else config.steps."""
    rng = torch.Generator().manual_seed(seed)
    shape = (data.channels, data.size, data.size)
    pixels = data.channels * data.size**2
    with repeatable(threads), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = _generator(config, pixels)
        discriminator = _discriminator(config, pixels)
        optimizers = [
            torch.optim.Adam(network.parameters(), config.learning_rate, config.betas)
            for network in (generator, discriminator)
        ]
        started = time.process_time()
        for step in range(config.steps):
            if minutes and time.process_time() - started >= 60 * minutes:
                break
            rows = torch.randint(len(data), (config.batch,), generator=rng).numpy()
            real = torch.from_numpy(encode(data.images[rows])).flatten(1)
            generated = generator(torch.randn(config.batch, config.latent, generator=rng))
            _descend(
                optimizers[1],
                classic_loss(discriminator(real), real=True)
                + classic_loss(discriminator(generated.detach()), real=False),
            )
            _descend(optimizers[0], classic_loss(discriminator(generated), real=True))
            if on_step:
                on_step(step + 1)
    return MlpGan(generator, shape, config.latent)


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def _generator(config: MlpConfig, pixels: int) -> nn.Sequential:
    """(B, Z) → (B, pixels) in -1..1"""
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise((config.latent, *config.hidden)):
        layers.append(nn.Linear(before, after))
        if config.normalised:
            layers.append(nn.BatchNorm1d(after))
        layers.append(nn.LeakyReLU(config.slope))
    return nn.Sequential(*layers, nn.Linear(config.hidden[-1], pixels), nn.Tanh())


def _discriminator(config: MlpConfig, pixels: int) -> nn.Sequential:
    """(B, pixels) → (B, 1) before the sigmoid, which the loss holds"""
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise((pixels, *reversed(config.hidden))):
        layers += [nn.Linear(before, after), nn.LeakyReLU(config.slope)]
    return nn.Sequential(*layers, nn.Linear(config.hidden[0], 1))
