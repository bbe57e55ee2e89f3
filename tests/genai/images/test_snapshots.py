"""Artifacts on the way of a run: evenly over it, and without a trace in what it ends with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from genai.artifacts import MANIFEST, read_manifest
from genai.errors import Stopped
from genai.images import players, training
from genai.images.serving import ImageGenerator
from genai.images.snapshots import N_SNAPSHOTS
from genai.images.training import train
from tests.genai.images.toy import make_config, make_images

pytestmark = pytest.mark.slow

STEPS = 70
EVENLY = [10, 20, 30, 40, 50, 60]


def weights(folder: Path) -> bytes:
    return (folder / "weights.safetensors").read_bytes()


def kept_snapshots(folder: Path) -> dict[int, Path]:
    """The whole ones by step, the first one first."""
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return {int(path.name): path for path in found if (path / MANIFEST).is_file()}


def all_weights(folder: Path) -> dict[int, bytes]:
    return {step: weights(path) for step, path in kept_snapshots(folder).items()}


@pytest.mark.usefixtures("weights_only")
class TestOfARun:
    @pytest.fixture
    def unbroken(self, tmp_path: Path) -> Path:
        out = tmp_path / "unbroken"
        train(make_images(), out, make_config(steps=STEPS), snapshots=tmp_path / "whole")
        return out

    def test_they_are_kept_evenly_and_change_nothing(self, unbroken: Path, tmp_path: Path) -> None:
        train(make_images(), tmp_path / "without", make_config(steps=STEPS))
        assert weights(tmp_path / "without") == weights(unbroken)
        kept = kept_snapshots(tmp_path / "whole")
        assert list(kept) == EVENLY
        assert len(EVENLY) == N_SNAPSHOTS
        assert [read_manifest(path)["steps"] for path in kept.values()] == EVENLY
        assert len({weights(path) for path in [*kept.values(), unbroken]}) == N_SNAPSHOTS + 1

    def test_a_run_that_was_stopped_has_the_same_ones(self, unbroken: Path, tmp_path: Path) -> None:
        asked: Iterator[bool] = iter([*[False] * 33, True])
        config, folder = make_config(steps=STEPS), tmp_path / "some"
        for is_cancelled in (lambda: next(asked), None):
            try:
                train(
                    make_images(), tmp_path / "out", config,
                    resume=True, snapshots=folder, is_cancelled=is_cancelled,
                )  # fmt: skip
            except Stopped:
                assert list(kept_snapshots(folder)) == EVENLY[:3]
        assert weights(tmp_path / "out") == weights(unbroken)
        assert all_weights(folder) == all_weights(tmp_path / "whole")

    def test_a_run_that_was_killed_has_the_same_ones(
        self, unbroken: Path, tmp_path: Path, monkeypatch
    ) -> None:
        """Those that it kept after its last checkpoint come again; what was torn is gone."""
        real, counted, folder = players.Players.step, iter(range(1_000)), tmp_path / "some"

        def step(self, *given):
            if next(counted) == 33:
                raise KeyboardInterrupt
            return real(self, *given)

        config = make_config(steps=STEPS)
        monkeypatch.setattr(players.Players, "step", step)
        with pytest.raises(KeyboardInterrupt):
            train(make_images(), tmp_path / "out", config, resume=True, snapshots=folder)
        assert list(kept_snapshots(folder)) == EVENLY[:3]  # its only checkpoint is the first one
        (folder / "0000040").mkdir()
        (folder / ".0000040.x.part").mkdir()
        there: list[set[str]] = []
        train(
            make_images(), tmp_path / "out", config, resume=True, snapshots=folder,
            on_progress=lambda told: there.append({path.name for path in folder.iterdir()}),
        )  # fmt: skip
        assert there[0] == set()
        assert weights(tmp_path / "out") == weights(unbroken)
        assert all_weights(folder) == all_weights(tmp_path / "whole")

    def test_what_was_rolled_back_is_not_kept(self, tmp_path: Path, monkeypatch) -> None:
        real, counted = players.Players.step, iter(range(1_000))

        def step(self, *given):
            told = real(self, *given)
            wrong = float("nan") if next(counted) == 34 else 1.0
            return {name: value * wrong for name, value in told.items()}

        monkeypatch.setattr(players.Players, "step", step)
        folder, seen = tmp_path / "some", []
        train(
            make_images(), tmp_path / "out", make_config(steps=STEPS), snapshots=folder,
            on_progress=lambda _: seen.append(len(kept_snapshots(folder))),
        )  # fmt: skip
        assert 0 in seen[seen.index(3) :]  # back to the first checkpoint
        assert list(kept_snapshots(folder)) == EVENLY

    def test_keeping_them_costs_none_of_the_minutes(self, tmp_path: Path, monkeypatch) -> None:
        """By a clock of the test: a second for each look at it, a thousand for each snapshot."""
        now = [0.0]
        kept = training.Run._keep_snapshot

        def clock(self) -> float:
            now[0] += 1
            return now[0]

        def keep(self) -> None:
            now[0] += 1000
            kept(self)

        monkeypatch.setattr(training.Run, "_clock", clock)
        monkeypatch.setattr(training.Run, "_keep_snapshot", keep)
        config = make_config(steps=STEPS)
        result = train(make_images(), tmp_path / "out", config, snapshots=tmp_path / "some")
        assert result.seconds < 1000


def test_each_can_draw(tmp_path: Path) -> None:
    config = make_config(steps=10)
    train(make_images(), tmp_path / "out", config, snapshots=tmp_path / "some")
    (kept,) = kept_snapshots(tmp_path / "some").values()
    assert ImageGenerator.load(kept).sample([1, 2]).shape == (2, 28, 28, 1)
