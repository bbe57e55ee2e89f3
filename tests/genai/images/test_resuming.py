"""Whatever happens to a run, it ends where it would have ended, or says that it cannot."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from genai.artifacts import read_manifest
from genai.errors import Diverged, Stopped
from genai.images import players, training
from genai.images.training import train
from tests.genai.images.toy import make_config, make_images

STEPS = 20
ROOT = Path(__file__).resolve().parents[3]
TRAINING = """
import sys; from pathlib import Path
from genai.images import training
from tests.genai.images.toy import make_config, make_images
training.CHECKPOINT_SECONDS = 0.0
config = make_config(steps=int(sys.argv[2]))
training.train(make_images(), Path(sys.argv[1]), config, resume=True)
"""


pytestmark = [pytest.mark.usefixtures("weights_only"), pytest.mark.slow]


def weights(folder: Path) -> bytes:
    return (folder / "weights.safetensors").read_bytes()


@pytest.fixture
def unbroken(tmp_path: Path) -> Path:
    train(make_images(), tmp_path / "unbroken", make_config(steps=STEPS))
    return tmp_path / "unbroken"


def test_a_stopped_run_ends_in_the_same_bytes(unbroken: Path, tmp_path: Path) -> None:
    asked: Iterator[bool] = iter([*[False] * 7, True])
    config = make_config(steps=STEPS)
    out = tmp_path / "resumed"
    with pytest.raises(Stopped):
        train(make_images(), out, config, is_cancelled=lambda: next(asked))
    told = []
    train(make_images(), out, config, resume=True, on_progress=told.append)
    assert told[0].fraction == pytest.approx(7 / STEPS)
    assert weights(out) == weights(unbroken)


def test_a_killed_run_ends_in_the_same_bytes(tmp_path: Path) -> None:
    steps = 300
    train(make_images(), tmp_path / "unbroken", make_config(steps=steps), threads=1)
    out = tmp_path / "killed"
    checkpoint = out.with_name("killed.checkpoint.safetensors")
    command = [sys.executable, "-c", TRAINING, str(out), str(steps)]
    with subprocess.Popen(command, cwd=ROOT) as first:
        while not checkpoint.exists():
            time.sleep(0.01)
        begun = checkpoint.stat().st_mtime_ns
        while checkpoint.stat().st_mtime_ns == begun:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
    assert not out.exists()
    subprocess.run(command, cwd=ROOT, check=True)
    assert weights(out) == weights(tmp_path / "unbroken")


@pytest.mark.long
def test_a_run_that_is_killed_ten_times_ends_in_the_same_bytes(tmp_path: Path) -> None:
    steps, chance = 600, random.Random(0)
    train(make_images(), tmp_path / "unbroken", make_config(steps=steps), threads=1)
    out = tmp_path / "killed"
    checkpoint = out.with_name("killed.checkpoint.safetensors")
    command = [sys.executable, "-c", TRAINING, str(out), str(steps)]
    for kill in range(10):
        with subprocess.Popen(command, cwd=ROOT) as run:
            seen: set[int] = set()
            while len(seen) < 2 + kill % 4:  # the one that was there, and some of its own
                seen |= {checkpoint.stat().st_mtime_ns} if checkpoint.exists() else set()
                assert run.poll() is None
            time.sleep(chance.random() / 50)
            run.send_signal(signal.SIGKILL)
    assert not out.exists()
    subprocess.run(command, cwd=ROOT, check=True)
    assert weights(out) == weights(tmp_path / "unbroken")


def test_without_resume_a_run_starts_anew(unbroken: Path, tmp_path: Path) -> None:
    asked: Iterator[bool] = iter([*[False] * 7, True])
    config = make_config(steps=STEPS)
    with pytest.raises(Stopped):
        train(make_images(), tmp_path / "out", config, seed=1, is_cancelled=lambda: next(asked))
    told = []
    train(make_images(), tmp_path / "out", config, on_progress=told.append)
    assert told[0].fraction == 0
    assert weights(tmp_path / "out") == weights(unbroken)


@pytest.mark.parametrize("harm", ["other seed", "torn"])
def test_a_checkpoint_that_is_not_of_this_run_is_not_taken_up(
    unbroken: Path, tmp_path: Path, harm: str
) -> None:
    config, out = make_config(steps=STEPS), tmp_path / "out"
    with pytest.raises(Stopped):
        train(make_images(), out, config, seed=int(harm == "other seed"), is_cancelled=lambda: True)
    checkpoint = out.with_name("out.checkpoint.safetensors")
    if harm == "torn":
        checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    train(make_images(), out, config, resume=True)
    assert weights(out) == weights(unbroken)


def nan_at(calls: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The loss of these calls (two a step) is not a number."""
    real, counted = players.relativistic_loss, iter(range(1_000_000))

    def loss(better: torch.Tensor, worse: torch.Tensor) -> torch.Tensor:
        wrong = float("nan") if next(counted) in calls else 1.0
        return real(better, worse) * wrong

    monkeypatch.setattr(players, "relativistic_loss", loss)


def test_a_nan_rolls_back_and_the_run_ends_finite(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    nan_at({24}, monkeypatch)
    told: list[float] = []
    train(
        make_images(),
        tmp_path / "out",
        make_config(steps=STEPS),
        on_progress=lambda progress: told.append(progress.fraction * STEPS),
    )
    manifest = read_manifest(tmp_path / "out")
    assert (manifest["rollbacks"], manifest["steps"]) == (1, STEPS)
    assert [point["step"] for point in manifest["curve"]] == [5, 10, 15, 20]
    assert told.count(10) == 1  # the checkpoint of step 10 was gone back to


def test_a_nan_in_weights_alone_is_seen_before_it_is_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", 0.0)
    real, counted = players.Players.step, iter(range(1_000_000))

    def step(self, *given):
        told = real(self, *given)
        if next(counted) == 9:
            next(self.average.parameters()).data.fill_(float("inf"))
        return told

    monkeypatch.setattr(players.Players, "step", step)
    train(make_images(), tmp_path / "out", make_config(steps=STEPS))
    assert read_manifest(tmp_path / "out")["rollbacks"] == 1


def test_a_run_that_diverges_again_and_again_gives_up(tmp_path: Path, monkeypatch) -> None:
    nan_at(set(range(6, 1_000)), monkeypatch)
    with pytest.raises(Diverged, match="after 3 retries"):
        train(make_images(), tmp_path / "out", make_config(steps=STEPS))
    assert not (tmp_path / "out").exists()
