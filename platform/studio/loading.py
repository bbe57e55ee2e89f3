"""Artifacts of genai.images: what stands in one, and one in memory to draw with. No torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from genai.artifacts import GENERATOR, read_manifest
from genai.errors import ArtifactError
from genai.images.sampling import TRUNCATION, latents, slerp
from genai.images.serving import ImageGenerator
from studio.models import Generator
from studio.recipes import Recipe

WHOLE = 1.0  # not truncated: that comes last, so that a step goes the same way for all
USUAL_TRUNCATION = TRUNCATION  # unless somebody asks for more or less variety
LOADED = 4  # generators that a worker keeps in memory


class GeneratorUnusable(Exception):
    """An artifact that is missing, damaged or of another kind; the message says so."""


@dataclass(frozen=True)
class Facts:
    """What its manifest says of an artifact."""

    sha256: str  # of what draws
    data_sha256: str
    labels: list[str]
    size: int
    metrics: dict[str, Any]


def generators_folder() -> Path:
    return Path(settings.ARTIFACTS_DIR) / "generators"


def read_facts(folder: Path) -> Facts:
    """After it was found whole and able to draw; GeneratorUnusable otherwise."""
    try:
        ImageGenerator.load(folder)
        manifest = read_manifest(folder)
    except ArtifactError as error:
        raise GeneratorUnusable(str(error)) from error
    return Facts(
        sha256=manifest["files"][GENERATOR]["sha256"],
        data_sha256=manifest.get("data_sha256", ""),
        labels=list(manifest["label_names"]),
        size=manifest["size"],
        metrics=manifest.get("metrics", {}),
    )


def draw(generator: Generator, recipes: Sequence[Recipe]) -> NDArray[np.uint8]:
    """(B, H, W, C)"""
    loaded = load(generator)
    noise = np.stack([noise_of(recipe, loaded.latent) for recipe in recipes])
    return loaded.generate(noise, [loaded.label(recipe.label) for recipe in recipes])


def draw_walk(generator: Generator, start: Recipe, end: Recipe, frames: int) -> NDArray[np.uint8]:
    """(frames, H, W, C) from the one to the other, both of them included."""
    loaded = load(generator)
    first, last = noise_of(start, loaded.latent), noise_of(end, loaded.latent)
    noise = slerp(first, last, np.linspace(0, 1, frames))
    return loaded.generate(noise, [loaded.label(start.label)] * frames)


def noise_of(recipe: Recipe, width: int) -> NDArray[np.float32]:
    """(Z,)"""
    point = latents([recipe.seed], width, WHOLE)[0]
    for step in recipe.steps:
        other = latents([step.seed], width, WHOLE)[0]
        point = slerp(point, other, np.array([step.share]))[0]
    return np.float32(recipe.truncation) * point


def load(generator: Generator) -> ImageGenerator:
    try:
        return _load(generators_folder() / generator.folder)
    except ArtifactError as error:
        raise GeneratorUnusable(
            _("The files of the generator %(name)s are missing or damaged.")
            % {"name": generator.name}
        ) from error


@lru_cache(maxsize=LOADED)
def _load(folder: Path) -> ImageGenerator:
    return ImageGenerator.load(folder)


def forget() -> None:
    """Whatever was loaded is read again."""
    _load.cache_clear()
