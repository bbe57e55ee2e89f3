"""One artifact, loaded without torch: images for whoever asks, at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from genai.artifacts import GENERATOR, Manifest, read_manifest
from genai.errors import ArtifactError, DataError
from genai.images.imageset import Rows
from genai.images.pixels import Floats, Pixels, decode
from genai.images.sampling import TRUNCATION, latents, slerp
from genai.sessions import BROKEN, open_session

IMAGES_AT_ONCE = 64


class ImageGenerator:
    """One loaded artifact: never changes, safe to share between threads."""

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> ImageGenerator:
        """ArtifactError when it is missing, altered, incomplete or of another format."""
        folder = Path(folder)
        manifest = read_manifest(folder, only=[GENERATOR])
        try:
            return cls(manifest, open_session((folder / GENERATOR).read_bytes(), threads=threads))
        except BROKEN as error:
            raise ArtifactError(f"{folder}: its generator cannot be loaded") from error

    def __init__(self, manifest: Manifest, session: onnxruntime.InferenceSession) -> None:
        self.manifest = manifest
        self.label_names = tuple(manifest["label_names"])
        self.latent = int(manifest["config"]["latent"])
        self._session = session

    def label(self, name: str) -> int:
        """Its place among the labels; DataError when there is none of that name."""
        if name not in self.label_names:
            raise DataError(f"unknown label {name!r}; known: {', '.join(self.label_names)}")
        return self.label_names.index(name)

    def sample(
        self,
        seeds: Sequence[int],
        labels: Sequence[int] | Rows | None = None,
        truncation: float = TRUNCATION,
    ) -> Pixels:
        """(B, H, W, C), each image its seed's and label's alone. labels: None = by turns."""
        if labels is None:
            labels = [seed % len(self.label_names) for seed in seeds]
        return self.generate(latents(seeds, self.latent, truncation), labels)

    def interpolate(
        self, start: int, end: int, frames: int, label: int, truncation: float = TRUNCATION
    ) -> Pixels:
        """(frames, H, W, C) from one seed's image to the other's."""
        first, last = latents([start, end], self.latent, truncation)
        return self.generate(slerp(first, last, np.linspace(0, 1, frames)), [label] * frames)

    def generate(self, noise: Floats, labels: Sequence[int] | Rows) -> Pixels:
        """noise: (B, Z) as sampling.latents makes it, or between → (B, H, W, C)"""
        rows = np.asarray(labels, dtype=np.int64)
        if rows.shape != (len(noise),):
            raise ValueError(f"{len(noise)} images need as many labels, not {rows.shape}")
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self.label_names):
            raise ValueError(f"labels must be within 0 and {len(self.label_names) - 1}")
        size, channels = self.manifest["size"], self.manifest["channels"]
        images = np.empty((len(noise), size, size, channels), dtype=np.uint8)
        for start in range(0, len(noise), IMAGES_AT_ONCE):
            part = slice(start, start + IMAGES_AT_ONCE)
            feed = {"latents": noise[part], "labels": rows[part]}
            images[part] = decode(self._session.run(["images"], feed)[0])
        return images
