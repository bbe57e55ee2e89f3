from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recsys.toy import write_toy


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
def trained(tmp_path_factory: pytest.TempPathFactory, toy_files: tuple[Path, Path]):
    """A tiny run on the toy data, trained once."""
    from recsys.train import train

    told: list[tuple[float, str, int]] = []
    out = tmp_path_factory.mktemp("runs") / "toy"
    result = train(
        *toy_files,
        out,
        preset="tiny",
        seed=1,
        on_progress=lambda fraction, message, curve: told.append((fraction, message, len(curve))),
    )
    return result, told


@pytest.fixture(scope="session")
def artifact(trained) -> Path:
    return trained[0].artifact


@pytest.fixture(scope="session")
def recommender(artifact: Path):
    from recsys.serving import Recommender

    return Recommender.load(artifact)
