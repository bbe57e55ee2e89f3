"""A classifier learns, says the same twice, and goes on where it was killed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genai.errors import ArtifactError, DataError, Diverged, Stopped
from genai.images.imageset import ImageSet
from genai.vision.augmentation import augment
from genai.vision.classifier import PRESETS, Classifier, ClassifierConfig, ConvNet
from genai.vision.evaluate import calibration_error, evaluate, wilson
from genai.vision.rate_finder import find_learning_rate
from genai.vision.training import rate_at, train_classifier

pytestmark = pytest.mark.slow

TINY = replace(PRESETS["tiny"], epochs=3)


def make_shapes(n: int = 400, *, size: int = 16, channels: int = 1, seed: int = 0) -> ImageSet:
    """Bars that lie and bars that stand, anywhere, on noise."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 80, (n, size, size, channels), dtype=np.uint8)
    labels = rng.integers(0, 2, n)
    for image, label, place in zip(images, labels, rng.integers(3, size - 4, n), strict=True):
        bar = image[place : place + 2] if label else image[:, place : place + 2]
        bar[:] = 220
    return ImageSet(images, labels, ("standing", "lying"), np.arange(n).astype(str))


def weights_of(classifier: Classifier) -> list[bytes]:
    return [each.numpy().tobytes() for each in classifier.network.state_dict().values()]


@pytest.fixture(scope="module")
def trained() -> Classifier:
    return train_classifier(make_shapes(), TINY, seed=1, threads=1)[0]


def test_it_learns_what_tells_the_labels_apart(trained: Classifier) -> None:
    unseen = make_shapes(300, seed=7)
    report = evaluate(trained, unseen)
    assert report["accuracy"]["value"] > 0.97
    assert report["accuracy"]["low"] < report["accuracy"]["value"] <= report["accuracy"]["high"]
    assert np.array(report["confusion"]).sum() == 300
    json.dumps(report, allow_nan=False)


def test_one_seed_makes_the_same_bytes_and_another_does_not(trained: Classifier) -> None:
    again = train_classifier(make_shapes(), TINY, seed=1, threads=1)[0]
    other = train_classifier(make_shapes(), TINY, seed=2, threads=1)[0]
    assert weights_of(again) == weights_of(trained)
    assert weights_of(other) != weights_of(trained)


def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(
    trained: Classifier, tmp_path: Path
) -> None:
    asked = iter([*[False] * 15, True])
    with pytest.raises(Stopped, match="after 15 of 36"):
        train_classifier(
            make_shapes(),
            TINY,
            seed=1,
            threads=1,
            checkpoint=tmp_path / "c",
            is_cancelled=lambda: next(asked),
        )
    epochs = []
    classifier, progress = train_classifier(
        make_shapes(),
        TINY,
        seed=1,
        threads=1,
        checkpoint=tmp_path / "c",
        on_progress=lambda each: epochs.append(each.step),
    )
    assert epochs == [24, 36]
    assert len(progress.curve) == 3
    assert weights_of(classifier) == weights_of(trained)


def test_a_checkpoint_of_another_run_is_none(tmp_path: Path) -> None:
    told: list[int] = []
    for seed in (1, 2):
        train_classifier(
            make_shapes(100),
            replace(TINY, epochs=1),
            seed=seed,
            checkpoint=tmp_path / "c",
            on_progress=lambda each: told.append(each.step),
        )
    assert len(told) == 2


def test_training_leaves_torch_as_it_was() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    train_classifier(make_shapes(64), replace(TINY, epochs=1), seed=0)
    assert torch.rand(1) == expected
    assert not torch.are_deterministic_algorithms_enabled()


def test_what_is_saved_answers_as_before(trained: Classifier, tmp_path: Path) -> None:
    images = make_shapes(600, seed=3).images
    trained.save(tmp_path / "a", {"data_sha256": "x", "seed": 1, "metrics": {}})
    again = Classifier.load(tmp_path / "a")
    assert again.label_names == ("standing", "lying")
    assert (again.features(images) == trained.features(images)).all()
    assert (again.predict(images) == trained.predict(images)).all()
    assert again.features(images).shape == (600, TINY.features)
    assert again.describe(images[:0]).probabilities.shape == (0, 2)
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert manifest["data_sha256"] == "x"
    assert ClassifierConfig(**manifest["config"]) == TINY


def test_an_altered_or_foreign_artifact_is_refused(trained: Classifier, tmp_path: Path) -> None:
    trained.save(tmp_path / "a", {})
    manifest = tmp_path / "a" / "manifest.json"
    text = manifest.read_text()
    for old, new in (
        ('"kind": "classifier"', '"kind": "generator"'),
        ('"width": 8', '"width": 9'),
        ('"size": 16,', ""),
    ):
        manifest.write_text(text.replace(old, new))
        with pytest.raises(ArtifactError):
            Classifier.load(tmp_path / "a")
    manifest.write_text(text)
    weights = tmp_path / "a" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xff")
    with pytest.raises(ArtifactError, match="not the file that was written"):
        Classifier.load(tmp_path / "a")


def test_images_of_another_size_are_refused(trained: Classifier) -> None:
    with pytest.raises(DataError, match=r"reads images of \(16, 16, 1\)"):
        trained.predict(make_shapes(5, size=20).images)
    with pytest.raises(DataError, match="other labels"):
        evaluate(trained, replace(make_shapes(5), label_names=("a", "b")))
    with pytest.raises(DataError, match="square"):
        train_classifier(replace(make_shapes(), images=make_shapes().images[:, :8]), TINY)


def test_a_loss_that_is_no_number_is_said() -> None:
    with pytest.raises(Diverged, match="lower learning_rate"):
        train_classifier(make_shapes(), replace(TINY, learning_rate=1e30))


@pytest.mark.parametrize(("size", "channels"), [(28, 1), (32, 4), (64, 3), (9, 3)])
def test_every_size_and_colour_is_read(size: int, channels: int) -> None:
    network = ConvNet(TINY, size, channels, 5).eval()
    assert network(torch.zeros(2, channels, size, size)).shape == (2, 5)


def test_what_nobody_sees_changes_nothing() -> None:
    images = make_shapes(20, channels=4).images.copy()
    images[..., 3] = np.where(images[..., 0] > 100, 255, 0)
    classifier = train_classifier(
        replace(make_shapes(20, channels=4), images=images), replace(TINY, epochs=1)
    )[0]
    recoloured = images.copy()
    recoloured[..., :3][images[..., 3] == 0] = 77
    assert (classifier.features(images) == classifier.features(recoloured)).all()


def test_augmentation_moves_each_image_by_itself_and_stays_within_its_bounds() -> None:
    dot = torch.full((200, 1, 17, 17), -1.0)
    dot[:, :, 8, 8] = 1
    still = replace(TINY, turn=0.0, stretch=0.0, shift=0.0, noise=0.0)
    assert torch.allclose(augment(dot, still, torch.Generator()), dot, atol=1e-5)
    moved = augment(dot, replace(still, shift=2.0), torch.Generator().manual_seed(0)) + 1
    grid = torch.arange(17.0)
    rows = (moved * grid[:, None]).sum((1, 2, 3)) / moved.sum((1, 2, 3)) - 8
    assert rows.abs().max() <= 2.01
    assert rows.std() > 0.8
    same = augment(dot, replace(still, shift=2.0), torch.Generator().manual_seed(0)) + 1
    assert (moved == same).all()


def test_only_a_flip_mirrors() -> None:
    half = torch.full((400, 1, 8, 8), -1.0)
    half[..., :4] = 1
    still = replace(TINY, turn=0.0, stretch=0.0, shift=0.0, noise=0.0)
    flipped = augment(half, replace(still, flip=True), torch.Generator().manual_seed(0))
    share = (flipped[:, 0, 0, 0] < 0).float().mean()
    assert 0.4 < share < 0.6
    assert (augment(half, still, torch.Generator())[:, 0, 0, 0] > 0).all()


def test_the_rate_rises_once_and_falls_to_nothing() -> None:
    rates = [rate_at(step, 100, 0.1) for step in range(101)]
    assert max(rates) == rates[25] == pytest.approx(0.1)
    assert rates[0] == pytest.approx(0.004)
    assert rates[100] == pytest.approx(0, abs=1e-9)
    assert rates[:26] == sorted(rates[:26])
    assert rates[25:] == sorted(rates[25:], reverse=True)


@pytest.mark.slow
def test_the_rate_that_is_found_is_about_as_good_as_the_best_of_a_sweep() -> None:
    data, unseen = make_shapes(400), make_shapes(500, seed=9)
    found = find_learning_rate(data, TINY, threads=1)
    assert found.losses[0] > min(found.losses)
    assert 0.001 < found.rate < 0.1

    def error(rate: float) -> float:
        config = replace(TINY, learning_rate=rate)
        classifier = train_classifier(data, config, threads=1)[0]
        chances = classifier.describe(unseen.images).probabilities
        return float(-np.log(chances[np.arange(500), unseen.labels] + 1e-9).mean())

    swept = [error(rate) for rate in (1e-5, 1e-4, 1e-3, 1e-2, 1e-1)]
    assert error(found.rate) < min(swept) + 0.05


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(9945, 10_000) == pytest.approx((0.99285, 0.99577), abs=5e-5)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-3)


def test_the_error_of_calibration_is_the_distance_from_how_often_it_is_right() -> None:
    sure = np.array([0.95] * 10 + [0.55] * 10, dtype=np.float32)
    right = np.array([True] * 9 + [False] + [True] * 3 + [False] * 7)
    assert calibration_error(sure, right) == pytest.approx((0.05 + 0.25) / 2, abs=1e-6)


@pytest.mark.parametrize(
    "changes", [{"width": 0}, {"learning_rate": 0}, {"noise": -1}, {"stretch": 1}]
)
def test_a_config_that_cannot_be_is_refused(changes: dict) -> None:
    with pytest.raises(ValueError, match="must"):
        ClassifierConfig(**changes)
