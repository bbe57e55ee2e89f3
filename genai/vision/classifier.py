"""The model: a small convolutional classifier, whose last features also measure generators."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from genai.artifacts import WEIGHTS, Manifest, publish_artifact, read_manifest
from genai.errors import ArtifactError, DataError
from genai.images.imageset import Pixels, Rows
from genai.images.pixels import encode

KIND = "classifier"
SMALLEST_MAP = 7  # pixels a side: no more pooling below
WIDEST = 4  # times the width of the first block
POOLED = 2  # pixels a side of what the features are made from
IMAGES_AT_ONCE = 250
Features = NDArray[np.float32]


@dataclass(frozen=True)
class ClassifierConfig:
    """Everything that defines one classifier; stored beside the weights it produced."""

    width: int = 24  # channels of the first block, twice as many in each that follows
    features: int = 64
    epochs: int = 5
    batch_size: int = 128
    learning_rate: float = 0.006  # the highest of the cycle
    weight_decay: float = 0.02
    label_smoothing: float = 0.05
    shift: float = 2.0  # pixels, at most
    turn: float = 8.0  # degrees, at most
    stretch: float = 0.1  # of each axis, at most
    flip: bool = False  # never where a mirror image means something else
    noise: float = 0.1  # of values in -1..1: what nobody sees must not move the features

    def __post_init__(self) -> None:
        if min(self.width, self.features, self.epochs, self.batch_size) < 1:
            raise ValueError(f"sizes must be positive: {self}")
        if self.learning_rate <= 0 or not 0 <= self.label_smoothing < 1 or self.stretch >= 1:
            raise ValueError(f"rates must be positive, smoothing and stretch below 1: {self}")
        if min(self.weight_decay, self.shift, self.turn, self.stretch, self.noise) < 0:
            raise ValueError(f"decay and augmentation must not be negative: {self}")


PRESETS: dict[str, ClassifierConfig] = {
    "tiny": ClassifierConfig(width=8, features=16, epochs=3, batch_size=32, noise=0.0),
    "digits": ClassifierConfig(),
    "clothes": ClassifierConfig(epochs=6, flip=True, turn=4.0),
    "sprites": ClassifierConfig(epochs=60, batch_size=64, flip=True, weight_decay=0.1),
}


ENOUGH_IMAGES = 250_000  # seen in training, counted again in each epoch
MOST_EPOCHS = 60


def config_for(n_images: int, channels: int) -> ClassifierConfig:
    """For images of which nothing is known: grey ones are not mirrored, they may be writing."""
    preset = PRESETS["digits" if channels == 1 else "sprites"]
    return replace(preset, epochs=min(MOST_EPOCHS, max(3, round(ENOUGH_IMAGES / n_images))))


class ConvNet(nn.Module):
    """Blocks of convolutions, each half as large and twice as wide; then features; then scores."""

    def __init__(self, config: ClassifierConfig, size: int, channels: int, n_labels: int) -> None:
        super().__init__()
        width, blocks = config.width, [_block(channels, config.width)]
        for _ in range(_poolings(size)):
            wider = min(2 * width, WIDEST * config.width)
            blocks += [nn.MaxPool2d(2), _block(width, wider)]
            width = wider
        self.blocks = nn.Sequential(*blocks, _block(width, width), nn.AdaptiveAvgPool2d(POOLED))
        self.to_features = nn.Linear(width * POOLED**2, config.features)
        self.to_scores = nn.Linear(config.features, n_labels)

    def features(self, images: Tensor) -> Tensor:
        """(B, C, H, W) in -1..1 → (B, F) not negative"""
        return torch.relu(self.to_features(self.blocks(images).flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H, W) in -1..1 → (B, labels)"""
        return torch.as_tensor(self.to_scores(self.features(images)))


def _poolings(size: int) -> int:
    """As often as halving leaves a map that is not too small."""
    return max(1, math.floor(math.log2(size / SMALLEST_MAP)))


def _block(channels: int, width: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
    )


class Described(NamedTuple):
    """What a classifier says of each image."""

    features: Features  # (N, F)
    probabilities: Features  # (N, labels)

    @property
    def labels(self) -> Rows:
        """(N,) the likeliest."""
        return self.probabilities.argmax(axis=1).astype(np.int64)


class Classifier:
    """A trained network with the names of its labels; the same images give the same bytes."""

    def __init__(
        self,
        network: ConvNet,
        config: ClassifierConfig,
        *,
        size: int,
        channels: int,
        label_names: tuple[str, ...],
        device: str = "cpu",
    ) -> None:
        self.network = network.to(device).eval()
        self.config, self.size, self.channels = config, size, channels
        self.label_names, self.device = label_names, device

    def describe(self, images: Pixels) -> Described:
        """images: (N, H, W, C) of the size that it was trained on, else DataError."""
        if images.shape[1:] != (self.size, self.size, self.channels):
            wanted = (self.size, self.size, self.channels)
            raise DataError(f"the classifier reads images of {wanted}, not {images.shape[1:]}")
        parts = list(self._parts(images))
        width = self.config.features
        features = np.concatenate([np.zeros((0, width), np.float32), *(each for each, _ in parts)])
        scores = torch.cat([torch.zeros(0, len(self.label_names)), *(each for _, each in parts)])
        return Described(features, scores.softmax(dim=1).numpy())

    def features(self, images: Pixels) -> Features:
        """(N, H, W, C) → (N, F)"""
        return self.describe(images).features

    def predict(self, images: Pixels) -> Rows:
        """(N, H, W, C) → (N,) places in label_names."""
        return self.describe(images).labels

    @torch.no_grad()
    def _parts(self, images: Pixels) -> Iterator[tuple[Features, Tensor]]:
        for start in range(0, len(images), IMAGES_AT_ONCE):
            part = torch.from_numpy(encode(images[start : start + IMAGES_AT_ONCE]))
            features = self.network.features(part.to(self.device))
            yield features.cpu().numpy(), self.network.to_scores(features).cpu()

    def save(self, folder: Path, facts: Manifest) -> None:
        """facts: what else the manifest says (data_sha256, seed, metrics)."""
        manifest = {
            "kind": KIND,
            "config": asdict(self.config),
            "label_names": list(self.label_names),
            "size": self.size,
            "channels": self.channels,
            **facts,
        }
        weights = {
            name: each.cpu().contiguous() for name, each in self.network.state_dict().items()
        }
        publish_artifact(folder, manifest, lambda part: save_file(weights, part / WEIGHTS))

    @classmethod
    def load(cls, folder: Path, *, device: str = "cpu") -> Classifier:
        """ArtifactError when it is missing, altered or no classifier."""
        manifest = read_manifest(folder)
        if manifest.get("kind") != KIND:
            raise ArtifactError(f"{folder} is no classifier")
        try:
            config = ClassifierConfig(**manifest["config"])
            size, channels = int(manifest["size"]), int(manifest["channels"])
            names = tuple(map(str, manifest["label_names"]))
            network = ConvNet(config, size, channels, len(names))
            network.load_state_dict(load_file(folder / WEIGHTS))
        except (KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
            raise ArtifactError(f"{folder}: is of another version: {error}") from error
        return cls(network, config, size=size, channels=channels, label_names=names, device=device)
