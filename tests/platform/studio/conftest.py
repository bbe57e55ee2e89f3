"""A generator small enough to be made for every run of the tests, and a published one."""

from pathlib import Path

import pytest
import torch
from celery import current_app

from genai.artifacts import publish_artifact
from genai.images import snapshots
from genai.images.export import write_artifact_files
from genai.images.gan import Generator as Network
from genai.images.gan import ImageShape, initialise
from genai.images.training import train
from jobs.holding import Hold
from studio import loading
from studio.models import Generator
from studio.services import publish_generator
from tests.genai.images.toy import make_config, make_images
from tests.platform.studio.training import ENOUGH, quick_export, weights_of

LABELS = ("monster", "player")


def write_artifact(folder: Path, *, seed: int = 0) -> Path:
    """What a training would leave, but for having learned anything."""
    config = make_config(latent=8, generator_widths=(8, 4))
    network = Network(config, ImageShape(28, 4, labels=len(LABELS)))
    initialise(network, torch.Generator().manual_seed(seed))
    manifest = {
        "config": {"latent": config.latent},
        "label_names": LABELS,
        "size": 28,
        "channels": 4,
        "data_sha256": "d" * 64,
        "metrics": {},
    }
    publish_artifact(folder, manifest, lambda part: write_artifact_files(part, network, config))
    return folder


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_artifact(tmp_path_factory.mktemp("studio") / "first")


@pytest.fixture(scope="session")
def second_artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_artifact(tmp_path_factory.mktemp("studio") / "second", seed=1)


@pytest.fixture
def generator(db: None, artifact: Path) -> Generator:
    loading.forget()
    return publish_generator(folder=artifact, name="Sprites")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training leaves: an artifact, a snapshot, previews."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "N_SNAPSHOTS", 1)
        train(
            make_images(ENOUGH),
            folder / "artifact",
            make_config(steps=60),
            previews=folder / "previews",
            snapshots=folder / "snapshots",
        )
    return folder


@pytest.fixture
def quick_training(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs have a folder of their own, nothing is sent, and only weights are exported."""
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    settings.CELERY_BROKER_URL = "memory://"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)
    quick_export(monkeypatch)


@pytest.fixture
def unbroken(tmp_path: Path) -> bytes:
    """What `tiny` comes to on these images, with nobody in between."""
    out = tmp_path / "unbroken"
    train(make_images(ENOUGH), out, make_config())
    return weights_of(out)


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch) -> list[Hold]:
    """Every worker's hold on a job, the newest last."""
    real, found = Hold.__init__, []

    def remember(self, job) -> None:
        real(self, job)
        found.append(self)

    monkeypatch.setattr(Hold, "__init__", remember)
    return found
