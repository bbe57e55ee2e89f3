"""Torch → the files of an artifact; serving reads its own without torch."""

from __future__ import annotations

import copy
import logging
import warnings
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from genai.artifacts import GENERATOR, WEIGHTS
from genai.images.gan import GanConfig, Generator


def write_artifact_files(folder: Path, generator: Generator, config: GanConfig) -> None:
    generator = copy.deepcopy(generator).cpu().eval()
    save_file(generator.state_dict(), folder / WEIGHTS)
    export_generator(generator, config.latent, folder / GENERATOR)


def export_generator(generator: nn.Module, latent: int, path: Path) -> None:
    """latents (B, Z), labels (B,) → images (B, C, H, W) in -1..1, for any B."""
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    batch = torch.export.Dim.DYNAMIC
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                generator,
                (torch.zeros(2, latent), torch.zeros(2, dtype=torch.int64)),
                str(path),
                input_names=["latents", "labels"],
                output_names=["images"],
                dynamic_shapes=({0: batch}, {0: batch}),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
    finally:
        quiet.setLevel(level)
