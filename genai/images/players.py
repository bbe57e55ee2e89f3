"""Both networks, the generator's moving average and the two optimisers: one step, and its state."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from genai.checkpoint import optimizer_tensors, restore_optimizer
from genai.images.augmentation import augment
from genai.images.gan import Discriminator, GanConfig, Generator, ImageShape, initialise
from genai.images.losses import relativistic_loss, squared_slope

FIRST_BETA = 0.9  # of Adam's second moment
RAMP = 0.1  # share of the images seen so far that the average remembers at most


@dataclass(frozen=True)
class Settings:
    """What the schedule says of one step."""

    learning_rate: float
    penalty: float
    beta: float
    remembered: float  # images: half-life of the average
    penalised: bool


class Players:
    """All that training changes."""

    def __init__(
        self, config: GanConfig, shape: ImageShape, rng: torch.Generator, device: str
    ) -> None:
        self.config, self.device = config, torch.device(device)
        self.generator, self.discriminator = Generator(config, shape), Discriminator(config, shape)
        for network in (self.generator, self.discriminator):
            initialise(network, rng)
            network.to(self.device)
        self.average = copy.deepcopy(self.generator).requires_grad_(False).eval()
        self.optimizers = {
            "generator": torch.optim.Adam(self.generator.parameters(), fused=True),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), fused=True),
        }

    def step(
        self, real: Tensor, labels: Tensor, settings: Settings, rng: torch.Generator
    ) -> dict[str, Tensor]:
        """One step of each. real: (B, C, H, W), labels: (B,) → losses and scores, not yet read."""
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"], group["betas"] = settings.learning_rate, (0.0, settings.beta)
        latents = torch.randn(len(real), self.config.latent, generator=rng).to(self.device)
        with self._mixed_precision():
            generated = self.generator(latents, labels).float()
        told, real_scores = self._step_discriminator(real, generated, labels, settings, rng)
        told |= self._step_generator(generated, real_scores, labels, rng)
        self._remember(0.5 ** (len(real) / max(settings.remembered, 1)))
        return told

    def _step_discriminator(
        self,
        real: Tensor,
        generated: Tensor,
        labels: Tensor,
        settings: Settings,
        rng: torch.Generator,
    ) -> tuple[dict[str, Tensor], Tensor]:
        config = self.config
        images = torch.cat([real, generated.detach()])  # (2 B, C, H, W)
        images = augment(images, config.augmentation, rng).requires_grad_(settings.penalised)
        with self._mixed_precision(enabled=not settings.penalised):
            scores = self.discriminator(images, labels.repeat(2)).float()
        real_scores, generated_scores = scores.chunk(2)
        loss = relativistic_loss(real_scores, generated_scores)
        told = {
            "discriminator_loss": loss.detach(),
            "margin": (real_scores - generated_scores).mean().detach(),
        }
        if settings.penalised:  # the mean over both halves is half of R1 + R2
            slope = squared_slope(scores, images)
            loss = loss + settings.penalty * config.penalty_every * slope
        self._descend("discriminator", loss)
        return told, real_scores.detach()

    def _step_generator(
        self, generated: Tensor, real_scores: Tensor, labels: Tensor, rng: torch.Generator
    ) -> dict[str, Tensor]:
        """On the same images and against the same scores, which saves a third of the computing."""
        images = augment(generated, self.config.augmentation, rng)
        self.discriminator.requires_grad_(False)
        with self._mixed_precision():
            scores = self.discriminator(images, labels).float()
        loss = relativistic_loss(scores, real_scores)
        self._descend("generator", loss)
        self.discriminator.requires_grad_(True)
        return {"generator_loss": loss.detach()}

    def _descend(self, name: str, loss: Tensor) -> None:
        self.optimizers[name].zero_grad(set_to_none=True)
        loss.backward()
        self.optimizers[name].step()

    @torch.no_grad()
    def _remember(self, kept: float) -> None:
        for average, newest in zip(
            self.average.parameters(), self.generator.parameters(), strict=True
        ):
            average.lerp_(newest, 1 - kept)

    def _mixed_precision(self, *, enabled: bool = True) -> torch.autocast:
        """bfloat16 on a GPU; slopes of slopes need all their digits."""
        on_gpu = self.device.type == "cuda"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled and on_gpu)

    @torch.no_grad()
    def sample(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Of the average generator: (B, Z), (B,) → (B, C, H, W) in -1..1 on the CPU."""
        return self.average(latents.to(self.device), labels.to(self.device)).cpu()

    def tensors(self) -> dict[str, Tensor]:
        networks = self._networks()
        tensors = {
            f"{name}.{key}": value
            for name, network in networks.items()
            for key, value in network.state_dict().items()
        }
        for name, optimizer in self.optimizers.items():
            tensors |= optimizer_tensors(name, networks[name], optimizer)
        return tensors

    def restore(self, tensors: dict[str, Tensor]) -> None:
        networks = self._networks()
        for name, network in networks.items():
            network.load_state_dict({key: tensors[f"{name}.{key}"] for key in network.state_dict()})
        for name, optimizer in self.optimizers.items():
            restore_optimizer(name, networks[name], optimizer, tensors)

    def are_finite(self) -> bool:
        return all(bool(tensor.isfinite().all()) for tensor in self.tensors().values())

    def _networks(self) -> dict[str, torch.nn.Module]:
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self.average,
        }
