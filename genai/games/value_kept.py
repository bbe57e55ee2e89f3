"""How well a network that is being trained plays where a solver knows the truth. No torch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from genai.games.agents import Limit
from genai.games.evaluation import Evaluator
from genai.games.positions import SolvedPosition, share_kept
from genai.games.rules import Game
from genai.games.search import SearchAgent

LOOKS = (1, 64)  # simulations: at a glance, and after a short look


def values_kept(
    game: Game,
    network: bytes,
    solved: list[SolvedPosition],
    check: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """Shares of moves that keep the value, by how long it looks. network: as ONNX.

    check: called after each position, may raise to end the measurement.
    """
    agent, rng = SearchAgent(game, Evaluator(network)), np.random.default_rng(0)
    return {
        f"value_kept_{count}": share_kept(agent, solved, Limit(count), rng, check)["value_kept"]
        for count in LOOKS
    }
