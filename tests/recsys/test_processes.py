"""Several processes of torchrun make one training."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recsys.artifacts import read_manifest
from recsys.content import ContentEncoder
from recsys.fit import FitPlan, fit_two_tower, lead_or_help
from recsys.interactions import build_interactions, item_frame
from recsys.processes import leave
from recsys.two_tower import TwoTowerConfig
from tests.recsys.toy import make_interactions, make_items

ROOT = Path(__file__).parents[2]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
# without chance in the towers, halves of a batch add up to the whole one
CONFIG = TwoTowerConfig(
    dim=32, length=10, blocks=1, negatives=64, batch_size=5, dropout=0.0, id_dropout=0.0
)


def fit_and_save(out: Path) -> None:
    rows, items = build_interactions(
        make_interactions().assign(rating=math.nan), item_frame(make_items())
    )
    features = ContentEncoder.fit(items).encode(items)
    fitted = fit_two_tower(rows, features, CONFIG, FitPlan(3, seed=4))
    arrays = {name: tensor.numpy() for name, tensor in fitted.model.state_dict().items()}
    np.savez(out, **arrays, loss=fitted.progress.curve[-1]["loss"])


def torchrun(*arguments: str | Path) -> None:
    subprocess.run([*TORCHRUN, *arguments], cwd=ROOT, env=os.environ, check=True, timeout=240)


@pytest.mark.long
def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    torchrun("-m", "tests.recsys.test_processes", tmp_path / "two.npz")
    fit_and_save(tmp_path / "one.npz")
    with np.load(tmp_path / "one.npz") as one, np.load(tmp_path / "two.npz") as two:
        for name in one.files:
            if name != "loss":  # the first process only sees its own half of it
                assert two[name] == pytest.approx(one[name], abs=2e-3), name


@pytest.mark.long
def test_the_train_command_runs_unchanged_under_torchrun(
    toy_files: tuple[Path, Path], tmp_path: Path
) -> None:
    rows, items = toy_files
    out = tmp_path / "out"
    command = ["-m", "recsys", "train", "--interactions", rows, "--items", items, "--out", out]
    torchrun(*command, "--preset", "tiny", "--device", "cpu")
    assert read_manifest(out)["report"]["models"]["blend"]["ndcg"]["value"] > 0.5


if __name__ == "__main__":
    lead_or_help(lambda: fit_and_save(Path(sys.argv[1])), "cpu")
    leave()
