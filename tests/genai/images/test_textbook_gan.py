from dataclasses import replace

import numpy as np
import pytest

from genai.images.mlp import FAIR, NAIVE, MlpConfig, train_mlp
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
