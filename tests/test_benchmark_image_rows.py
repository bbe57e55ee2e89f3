"""The rows of the image generators: their data, what they need, and going on after a kill."""

import io
import json
import struct
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genai.vision.classifier import ClassifierConfig
from tests.benchmarks import digits, image_sets, sprites, sprites_augmentation
from tests.benchmarks.__main__ import main
from tests.benchmarks.record import Bench, Missing, Row, run_row
from tests.benchmarks.render import tables
from tests.genai.images.toy import make_config, make_images

IDX = {
    "train-images-idx3-ubyte": (3, (2, 28, 28)),
    "train-labels-idx1-ubyte": (1, (2,)),
    "t10k-images-idx3-ubyte": (3, (1, 28, 28)),
    "t10k-labels-idx1-ubyte": (1, (1,)),
}
SEEING = ClassifierConfig(width=4, features=8, epochs=1, batch_size=32)


def test_digits_are_unpacked_from_the_package_that_is_given(tmp_path, monkeypatch) -> None:
    with tarfile.open(tmp_path / image_sets.ARCHIVE, "w:gz") as packed:
        for name, (axes, shape) in IDX.items():
            head = bytes((0, 0, 8, axes)) + struct.pack(f">{axes}I", *shape)
            entry = tarfile.TarInfo(f"package/data/{name}")
            body = head + bytes(int(np.prod(shape)))
            entry.size = len(body)
            packed.addfile(entry, io.BytesIO(body))
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    image_sets.digits_ready()
    folder = tmp_path / "row"
    folder.mkdir()
    train, test = image_sets.digits(folder)
    assert (len(train), len(test)) == (2, 1)
    (tmp_path / image_sets.ARCHIVE).unlink()
    assert len(image_sets.digits(folder)[0]) == 2


def test_digits_that_nobody_can_fetch_are_asked_for(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    monkeypatch.setattr(image_sets.shutil, "which", lambda name: None)
    with pytest.raises(Missing, match="BENCH_DATA"):
        image_sets.digits_ready()


def test_without_the_shipped_generator_its_row_says_how_to_make_it(
    tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setattr(sprites, "GENERATOR", tmp_path / "absent")
    assert main(["sprites"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "python -m genai.images train" in told


@pytest.mark.slow
def test_killed_digits_go_on_and_make_nothing_twice(tmp_path, monkeypatch) -> None:
    """Also from within the training of our GAN, whose checkpoint is gone on from."""
    effort = digits.Effort(minutes=0.01, seeds=(0, 1), gan=make_config(steps=5), classifier=SEEING)
    images = make_images(240)
    toy = images.take(np.arange(120)), images.take(np.arange(120, 240))
    monkeypatch.setattr(image_sets, "digits", lambda folder, most: toy)
    trained: list[int] = []
    train, train_mlp = digits.train, digits.train_mlp

    def train_first(*given: Any, seed: int, **how: Any) -> Any:
        trained.append(seed)
        if seed == 1 and trained.count(1) == 1:
            raise KeyboardInterrupt
        assert how["resume"]
        return train(*given, seed=seed, **how)

    def count_mlp(*given: Any, seed: int, **how: Any) -> Any:
        trained.append(10 + seed)
        return train_mlp(*given, seed=seed, **how)

    monkeypatch.setattr(digits, "train", train_first)
    monkeypatch.setattr(digits, "train_mlp", count_mlp)
    row = Row("digits", "", lambda: None, lambda bench: digits.measure(bench, effort))
    folders = {"results": tmp_path / "results", "state": tmp_path / "state"}
    with pytest.raises(KeyboardInterrupt):
        run_row(row, **folders)
    assert trained == [0, 10, 10, 1]
    record = json.loads(run_row(row, **folders).read_text())
    assert trained == [0, 10, 10, 1, 1, 11, 11]
    assert record["times_begun"] == 2
    assert record["seed"] == [0, 1]
    assert set(record["images"]["contenders"]) == {digits.OURS, digits.OURS_USUAL, *digits.MLPS}
    assert all((tmp_path / "results" / name).exists() for name in record["images"]["sheets"])
    assert "| our GAN |" in tables(record)


@pytest.mark.slow
def test_sprites_are_trained_with_and_without_augmentation_in_turn(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(image_sets, "sprites", lambda: make_images(400, size=32, channels=4))
    effort = sprites_augmentation.Effort(
        minutes=0.01, seeds=(0,), gan=make_config(steps=5, augmentation=0.5), classifier=SEEING
    )
    trained: list[float] = []
    train = sprites_augmentation.train

    def record_config(data: Any, out: Path, config: Any, **how: Any) -> Any:
        trained.append(config.augmentation)
        return train(data, out, config, **how)

    monkeypatch.setattr(sprites_augmentation, "train", record_config)
    bench = Bench(tmp_path / "toy")
    first = sprites_augmentation.measure(bench, effort)
    assert trained == [0.5, 0.0]
    assert sprites_augmentation.measure(bench, effort) == first
    assert trained == [0.5, 0.0]
    assert list(first["images"]["contenders"]) == ["with, seed 0", "without, seed 0"]
    assert first["figures"][0]["what"].startswith("kernel distance by classifier, seed 0")


@pytest.mark.slow
def test_the_shipped_generator_is_measured_on_what_its_training_held_out(
    tmp_path, monkeypatch
) -> None:
    images = make_images(400, size=32, channels=4)
    images.save(tmp_path / "toy.npz")
    out = tmp_path / "generator"
    sprites_augmentation.train(images, out, make_config(steps=5), threads=1)
    monkeypatch.setattr(sprites, "GENERATOR", out)
    monkeypatch.setattr(sprites, "SPRITES", tmp_path / "toy.npz")
    effort = sprites.Effort(classifier=SEEING, rounds=2)
    found = sprites.measure(Bench(tmp_path / "row"), effort)
    assert found["data_sha256"] == images.sha256
    assert found["images"]["count"] == len(images.split()[1])
    assert list(found["images"]["contenders"]) == ["truncation 1.0", "truncation 0.8"]
    assert found["images"]["speed"]["ratio"] > 0
    assert Path(found["pictures"]["sprites.png"]).exists()
    make_images(390, size=32, channels=4).save(tmp_path / "toy.npz")
    with pytest.raises(Missing, match="other images"):
        sprites.measure(Bench(tmp_path / "another"), effort)
