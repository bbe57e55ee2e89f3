"""Games small enough to look at every position: exact values, and moves by them."""

from __future__ import annotations

import time

import numpy as np

from genai.games.agents import Decision, Limit, tempered
from genai.games.levels import Level
from genai.games.rules import Game, State

HASTE = 0.05  # taken off a win or a loss for every move that it is away, 9 at most
ANSWER = 50.0  # milliseconds; a look into the table, once it is filled, takes far fewer
MINIMAX_LEVELS = [
    Level("beginner", "Beginner", Limit(milliseconds=ANSWER, temperature=0.8)),
    Level("medium", "Medium", Limit(milliseconds=ANSWER, temperature=0.35)),
    Level("perfect", "Perfect", Limit(milliseconds=ANSWER)),
]


class MinimaxAgent:
    """Knows the outcome of every move. A temperature weighs moves by how soon they lose.

    What loses at once is therefore chosen less often than what loses some moves later.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self._scores: dict[str, float] = {}  # by position, of the side to move

    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        begun = time.perf_counter()
        actions = state.legal_actions()
        side = state.current_player()
        scores = np.array([self.score(state.child(action), side) for action in actions])
        shares = tempered(np.exp(scores), limit.temperature)
        chosen = int(rng.choice(len(actions), p=shares))
        return Decision(
            actions[chosen],
            dict(zip(actions, shares.tolist(), strict=True)),
            float(np.sign(scores[chosen])),
            simulations=len(actions),
            milliseconds=1000 * (time.perf_counter() - begun),
        )

    def score(self, state: State, side: int) -> float:
        """-1..1 for this side: the sign is the outcome of best play, nearer 0 is further away."""
        if state.is_terminal():
            return float(state.returns()[side])
        key, mover = str(state), state.current_player()
        if key not in self._scores:
            best = max(self.score(state.child(action), mover) for action in state.legal_actions())
            self._scores[key] = float(np.sign(best) * (abs(best) - HASTE)) if best else 0.0
        return self._scores[key] if mover == side else -self._scores[key]
