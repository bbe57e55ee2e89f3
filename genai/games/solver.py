"""Perfect play of Connect Four, where somebody has installed the solver `bitbully` (AGPL)."""

from __future__ import annotations

import importlib.util
import threading
import time
from typing import Any

import numpy as np

from genai.errors import DataError
from genai.games.agents import Decision, Limit
from genai.games.levels import Level
from genai.games.rules import State

SOLVES = "connect-four"
SOLVER_LEVELS = [Level("perfect", "Perfect", Limit(milliseconds=1500))]  # of 0.2 as a rule


def has_solver() -> bool:
    return importlib.util.find_spec("bitbully") is not None


class PerfectAgent:
    """Wins as soon as can be, or loses as late; between equal moves by chance."""

    def __init__(self) -> None:
        self._solver = ConnectFourSolver()

    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        begun = time.perf_counter()
        scores = self._solver.scores(state)
        best = [action for action, score in scores.items() if score == max(scores.values())]
        action = int(rng.choice(best))
        return Decision(
            action,
            {action: 1 / len(best) if action in best else 0.0 for action in scores},
            float(np.sign(scores[action])),
            simulations=1,
            milliseconds=1000 * (time.perf_counter() - begun),
        )


class ConnectFourSolver:
    """Exact scores of moves; DataError at the first question where bitbully is not installed."""

    def __init__(self) -> None:
        self._solver: Any = None
        self._lock = threading.Lock()  # the solver's table of positions is not for two threads

    def scores(self, state: State) -> dict[int, int]:
        """By legal move; the sign is the outcome, further from 0 is sooner."""
        try:
            from bitbully import BitBully, Board
        except ImportError as error:
            raise DataError("perfect play needs the solver: pip install bitbully") from error
        with self._lock:
            if self._solver is None:
                self._solver = BitBully()
            board = Board()
            for action in state.history():
                board.play(action)
            scores = self._solver.score_all_moves(board)
        return {action: int(scores[action]) for action in state.legal_actions()}
