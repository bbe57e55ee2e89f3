"""What is learnt from: positions of the newest games, in files that a killed training finds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from genai.errors import DataError
from genai.games.rules import Floats, Game


@dataclass
class Examples:
    """Positions with what the search and the end of the game said of them."""

    boards: npt.NDArray[np.uint8]  # (N, C, H, W): every plane is of noughts and ones
    policies: npt.NDArray[np.float16]  # (N, A)
    values: Floats  # (N,)

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def none(cls, game: Game) -> Examples:
        return cls(
            np.empty((0, *game.shape), np.uint8),
            np.empty((0, game.actions), np.float16),
            np.empty(0, np.float32),
        )

    @classmethod
    def joined(cls, parts: list[Examples]) -> Examples:
        return cls(
            np.concatenate([part.boards for part in parts]),
            np.concatenate([part.policies for part in parts]),
            np.concatenate([part.values for part in parts]),
        )

    def save(self, path: Path) -> None:
        with path.open("wb") as file:
            np.savez_compressed(
                file, boards=self.boards, policies=self.policies, values=self.values
            )

    @classmethod
    def load(cls, path: Path) -> Examples:
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["boards"], arrays["policies"], arrays["values"])


class Replay:
    """A file of examples for each round; those too old to be learnt from are thrown away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, step: int, examples: Examples) -> None:
        examples.save(self._path(step))

    def window(self, step: int, wanted: int) -> Examples:
        """Of this round and those before it, so many or some more; DataError when one is gone."""
        parts: list[Examples] = []
        for earlier in range(step, 0, -1):
            path = self._path(earlier)
            if wanted <= 0:
                path.unlink(missing_ok=True)
                continue
            if not path.exists():
                raise DataError(f"{path} is gone: begin anew, without --resume")
            parts.append(Examples.load(path))
            wanted -= len(parts[-1])
        return Examples.joined(parts[::-1])

    def forget_after(self, step: int) -> None:
        for path in self.folder.glob("round-*.npz"):
            if int(path.stem.removeprefix("round-")) > step:
                path.unlink()

    def _path(self, step: int) -> Path:
        return self.folder / f"round-{step:05}.npz"


def drawn(
    examples: Examples, game: Game, batch: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """boards (B, C, H, W), policies (B, A), values (B,), each turned in one of the game's ways."""
    rows = rng.integers(len(examples), size=batch)
    boards = examples.boards[rows].astype(np.float32)
    policies = examples.policies[rows].astype(np.float32)
    way = rng.integers(1 + len(game.symmetries), size=batch)
    for number, symmetry in enumerate(game.symmetries, 1):
        turned = way == number
        boards[turned] = symmetry.turn(boards[turned])
        policies[turned] = symmetry.turn_policies(policies[turned])
    return boards, policies, examples.values[rows]
