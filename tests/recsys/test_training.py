import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recsys.artifacts import read_manifest
from recsys.errors import Stopped
from recsys.train import train
from recsys.trial import MODELS


def test_progress_runs_from_nothing_to_done(trained) -> None:
    _, told = trained
    fractions = [fraction for fraction, _, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert told[-1][2] > 0  # the learning curve came along


def test_the_result_reports_every_model_on_member_time(trained) -> None:
    result, _ = trained
    assert set(result.report["models"]) == set(MODELS) - {"gru4rec"}
    assert result.report["split"] == "member-time"
    assert {"epoch", "loss", "ndcg"} <= set(result.curve[0])
    assert result.artifact.is_dir()


def test_a_run_that_is_told_to_stop_publishes_nothing(toy_files, tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        train(*toy_files, tmp_path / "out", preset="tiny", should_stop=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_preset_is_a_wrong_argument(toy_files, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="preset"):
        train(*toy_files, tmp_path / "out", preset="enormous")


@pytest.mark.slow
def test_a_killed_run_started_again_ends_as_if_it_had_not_been(
    toy_files, trained, tmp_path: Path
) -> None:
    command = [
        sys.executable, "-m", "recsys", "train",
        "--interactions", toy_files[0], "--items", toy_files[1], "--out", tmp_path / "out",
        "--preset", "tiny", "--seed", "1", "--checkpoints", tmp_path / "kept", "--device", "cpu",
    ]  # fmt: skip
    root = Path(__file__).parents[2]
    process = subprocess.Popen(command, cwd=root, env=os.environ, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not (tmp_path / "kept" / "evaluate.safetensors").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out").exists()
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    again, whole = read_manifest(tmp_path / "out"), read_manifest(trained[0].artifact)
    assert again["curve"] == whole["curve"]
    assert again["files"]["weights.safetensors"] == whole["files"]["weights.safetensors"]
