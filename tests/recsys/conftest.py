import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from recsys.train import TrainingResult
from tests.recsys.toy import write_toy
from tests.sharing import made_once


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def toy_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_toy(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def trained(toy_files: tuple[Path, Path]) -> tuple[TrainingResult, list[tuple[float, str, int]]]:
    """A tiny run on the toy data, trained once, and what it told of its progress."""
    folder = made_once("toy", lambda folder: train_toy(toy_files, folder))
    run = json.loads((folder / "run.json").read_text())
    told = [(fraction, message, points) for fraction, message, points in run.pop("told")]
    return TrainingResult(artifact=folder / "artifact", **run), told


def train_toy(toy_files: tuple[Path, Path], folder: Path) -> None:
    """The artifact, and run.json with the rest of what `trained` gives."""
    from recsys.train import train

    told: list[tuple[float, str, int]] = []
    result = train(
        *toy_files,
        folder / "artifact",
        preset="tiny",
        seed=1,
        on_progress=lambda fraction, message, curve: told.append((fraction, message, len(curve))),
    )
    run = asdict(result) | {"told": told}
    del run["artifact"]  # the folder gets another name
    (folder / "run.json").write_text(json.dumps(run))


@pytest.fixture(scope="session")
def artifact(trained) -> Path:
    return trained[0].artifact


@pytest.fixture(scope="session")
def recommender(artifact: Path):
    from recsys.serving import Recommender

    return Recommender.load(artifact)
