import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genai.errors import ArtifactError
from genai.images.mlp import FAIR, NAIVE, MlpConfig, MlpGan, train_mlp
from tests.genai.images.toy import make_images


@pytest.mark.slow
def test_the_fair_baseline_learns_what_the_images_look_like() -> None:
    data = make_images()
    steps = replace(FAIR, batch=32, steps=400, learning_rate=1e-3)
    images = train_mlp(data, steps).sample(range(64), truncation=1.0)
    real, noise = data.images / 255.0, np.random.default_rng(0).random(images.shape)

    def distance(some: np.ndarray) -> float:
        """Mean distance to the nearest real image."""
        pairs = np.abs(some.reshape(64, 1, -1) - real.reshape(1, 64, -1)).mean(axis=2)
        return float(pairs.min(axis=1).mean())

    assert distance(images / 255.0) < distance(noise) / 4


@pytest.mark.parametrize("config", [FAIR, NAIVE])
def test_equal_seeds_give_equal_images(config: MlpConfig) -> None:
    few = replace(config, steps=5)
    one, other = (train_mlp(make_images(), few, seed=1).sample([1, 2]) for _ in range(2))
    assert one.shape == (2, 28, 28, 1)
    assert (one == other).all()


@pytest.mark.slow
def test_a_budget_of_time_is_kept() -> None:
    steps = []
    train_mlp(make_images(), replace(FAIR, steps=10**9), minutes=0.01, on_step=steps.append)
    assert 0 < len(steps) < 10**6


def test_what_was_saved_makes_the_same_images(tmp_path: Path) -> None:
    data = make_images()
    made = train_mlp(data, replace(FAIR, steps=5))
    made.save(tmp_path / "some" / "mlp.safetensors")
    again = MlpGan.load(tmp_path / "some" / "mlp.safetensors", FAIR, data)
    assert (again.sample([1, 2]) == made.sample([1, 2])).all()
    assert len(list((tmp_path / "some").iterdir())) == 1


def test_what_is_saved_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, path = [], tmp_path / "mlp.safetensors"
    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, lambda *given, name=name: done.append(name))
    train_mlp(make_images(), replace(FAIR, steps=1)).save(path)
    assert done == ["fsync", "replace"]


def test_what_is_missing_torn_or_of_other_images_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mlp.safetensors"
    with pytest.raises(ArtifactError):
        MlpGan.load(path, FAIR, make_images())
    train_mlp(make_images(), replace(FAIR, steps=1)).save(path)
    with pytest.raises(ArtifactError):
        MlpGan.load(path, FAIR, make_images(channels=3))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ArtifactError):
        MlpGan.load(path, FAIR, make_images())
