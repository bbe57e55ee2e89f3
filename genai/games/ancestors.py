"""Is something learnt: the newest network plays those that it came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from genai.checkpoint import Curve
from genai.games.agents import Agent, Limit
from genai.games.evaluation import Evaluator
from genai.games.matches import play_game, random_opening
from genai.games.rating import Result, rate
from genai.games.rules import Game
from genai.games.search import SearchAgent

OPENINGS = 20  # each played from both sides
OPENING_PLIES = 2
THOUGHT = Limit(simulations=32)


class Ancestors:
    """The network that was rated last lies in a file; points add up from the first one's 0.

    That an agent beats its ancestors does not say how well it plays: see the ratings of levels.
    """

    def __init__(
        self, game: Game, folder: Path, check: Callable[[], object] = lambda: None
    ) -> None:
        """check: called before each opening, may raise to end the rating."""
        self.game, self.folder, self.check = game, folder, check

    def rate(self, step: int, network: bytes, curve: Curve, rng: np.random.Generator) -> float:
        """network: as ONNX, of this round; curve: the rounds before, rated ones have "rating"."""
        rated = [point for point in curve if "rating" in point]
        path = self._path(int(rated[-1]["round"])) if rated else None
        points = rated[-1]["rating"] if rated else 0.0
        if path and path.exists():
            newer, older = self._agent(network), self._agent(path.read_bytes())
            points += points_between(self.game, newer, older, rng, self.check)
        self._path(step).write_bytes(network)
        return round(points, 1)

    def forget(self, *, but: int | None = None) -> None:
        """All of them, but that of a round which is in the checkpoint and will be asked for."""
        for path in self.folder.glob("ancestor-*.onnx"):
            if but is None or path != self._path(but):
                path.unlink()

    def _path(self, step: int) -> Path:
        return self.folder / f"ancestor-{step:05}.onnx"

    def _agent(self, network: bytes) -> SearchAgent:
        return SearchAgent(self.game, Evaluator(network))


def points_between(
    game: Game,
    newer: Agent,
    older: Agent,
    rng: np.random.Generator,
    check: Callable[[], object] = lambda: None,
) -> float:
    """Elo of the newer above the older, by a few games."""
    results = []
    for _ in range(OPENINGS):
        check()
        opening = random_opening(game, OPENING_PLIES, rng)
        first = play_game(game, (newer, older), (THOUGHT, THOUGHT), rng, opening)
        second = play_game(game, (older, newer), (THOUGHT, THOUGHT), rng, opening)
        points = (1 + first.outcome) / 2 + (1 - second.outcome) / 2
        results.append(Result(0, 1, points, games=2))
    newest, oldest = rate(results, 2, rng).values
    return float(newest - oldest)
