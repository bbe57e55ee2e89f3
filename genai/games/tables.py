"""A policy written down for everything a side can know: what solving a game of cards leaves."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyspiel

from genai.games.agents import Decision, Limit
from genai.games.rules import Game, State

SHARES, STATES = "policy.npz", "states.json"


@dataclass(frozen=True)
class PolicyTable:
    """The averaged policy after some, more and all iterations of solving: one level each."""

    states: list[str]  # S, as OpenSpiel writes what the side to move knows
    iterations: list[int]  # L, rising
    shares: npt.NDArray[np.float64]  # (L, S, A) of each move, 0 where it is not legal

    def __post_init__(self) -> None:
        if self.shares.ndim != 3 or self.shares.shape[:2] != (
            len(self.iterations),
            len(self.states),
        ):
            raise ValueError("levels, states and shares of a policy do not fit together")
        if not np.allclose(self.shares.sum(axis=2), 1):
            raise ValueError("shares of moves are not together 1")

    def save(self, folder: Path) -> None:
        np.savez(folder / SHARES, shares=self.shares, iterations=self.iterations)
        (folder / STATES).write_text(json.dumps(self.states))

    @classmethod
    def load(cls, folder: Path) -> PolicyTable:
        """OSError, KeyError or ValueError when save() did not write it."""
        with np.load(folder / SHARES, allow_pickle=False) as arrays:
            iterations, shares = arrays["iterations"].tolist(), arrays["shares"]
        return cls(json.loads((folder / STATES).read_text()), iterations, shares)

    def policy(self, level: int) -> Any:
        """→ pyspiel.TabularPolicy"""
        rows = self.shares[level].tolist()
        return pyspiel.TabularPolicy(
            {
                state: [(action, share) for action, share in enumerate(row)]
                for state, row in zip(self.states, rows, strict=True)
            }
        )


class PolicyTableAgent:
    """Draws its move as the policy says: a temperature would make it easy to see through.

    Limit.simulations is how many iterations of solving may stand behind the move.
    """

    def __init__(self, table: PolicyTable) -> None:
        self._table = table
        self._rows = {state: row for row, state in enumerate(table.states)}

    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        begun = time.perf_counter()
        level = self._level(limit)
        actions = state.legal_actions()
        row = self._rows[state.information_state_string(state.current_player())]
        shares = self._table.shares[level, row, actions]
        shares = shares / shares.sum()
        return Decision(
            int(rng.choice(actions, p=shares)),
            dict(zip(actions, shares.tolist(), strict=True)),
            None,
            simulations=self._table.iterations[level],
            milliseconds=1000 * (time.perf_counter() - begun),
        )

    def policy(self, limit: Limit) -> Any:
        """→ pyspiel.TabularPolicy"""
        return self._table.policy(self._level(limit))

    def _level(self, limit: Limit) -> int:
        known = [count for count in self._table.iterations if count <= limit.simulations]
        return max(0, len(known) - 1)


def exploitability(game: Game, policy: Any) -> float:
    """Chips a hand that the best answer wins of it, mean of both sides; 0 = nothing to exploit.

    policy: pyspiel.Policy
    """
    return float(pyspiel.exploitability(game.spiel, policy))


def chips_per_hand(game: Game, policy: Any, other: Any) -> float:
    """What the policy wins of the other in the long run, mean of both seats; exact."""
    first, second = (
        pyspiel.expected_returns(game.new_state(), seats, -1, True)
        for seats in ([policy, other], [other, policy])
    )
    return float(first[0] + second[1]) / 2
