"""What a run is made of: looked at before it, told apart from others, written down after it."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256

from genai.artifacts import Manifest
from genai.errors import DataError
from genai.images.gan import PRESETS, GanConfig
from genai.images.imageset import ImageSet
from genai.images.reading import SIZES


def check_trainable(data: ImageSet, config: GanConfig) -> None:
    """DataError when no generator can be trained like this."""
    height, width = data.images.shape[1:3]
    if height != width or height not in SIZES:
        known = ", ".join(map(str, SIZES))
        raise DataError(f"images are {height} x {width}; a side must be one of {known}")
    halvings = len(config.generator_widths)
    if height % 2**halvings:
        raise DataError(f"{height} pixels cannot be halved {halvings} times: choose another preset")
    if not len(data):
        raise DataError("there is no image to train on")


def fingerprint_of(data: ImageSet, config: GanConfig, seed: int, held_out: float) -> str:
    """Another run's checkpoint is not ours."""
    return sha256(repr((data.sha256, config, seed, held_out)).encode()).hexdigest()


def manifest_of(data: ImageSet, config: GanConfig, seed: int, held_out: float) -> Manifest:
    """What is known before the first step."""
    return {
        "preset": next((name for name, preset in PRESETS.items() if preset == config), None),
        "config": asdict(config),
        "seed": seed,
        "label_names": list(data.label_names),
        "size": data.size,
        "channels": data.channels,
        "data_sha256": data.sha256,
        "held_out": held_out,
        "metrics": {},
    }
