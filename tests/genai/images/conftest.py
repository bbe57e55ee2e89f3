from pathlib import Path

import pytest
from safetensors.torch import save_file

from genai.images import training
from genai.images.gan import GanConfig, Generator
from genai.images.training import TrainingProgress, train
from tests.genai.images.toy import make_config, make_images

STEPS = 150


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> tuple[Path, list[TrainingProgress]]:
    """An artifact that knows left from right, its previews beside it, and what was told."""
    told: list[TrainingProgress] = []
    out = tmp_path_factory.mktemp("generators") / "halves"
    config = make_config(steps=STEPS)
    previews = out.with_name("previews")
    train(make_images(), out, config, on_progress=told.append, previews=previews)
    return out, told


@pytest.fixture
def weights_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exporting takes longer than a tiny training."""

    def write(folder: Path, generator: Generator, config: GanConfig) -> None:
        save_file(generator.state_dict(), folder / "weights.safetensors")

    monkeypatch.setattr(training, "write_artifact_files", write)
