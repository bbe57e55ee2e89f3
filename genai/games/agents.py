"""Who decides on a move, and what is told of the decision; agents without a network."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyspiel

from genai.games.rules import Game, State

SearchNode = Any  # pyspiel.SearchNode
FIRST_MOVE = 2  # simulations until OpenSpiel's search has gone into one
PROBE = 20  # simulations that tell how many fit into the time


@dataclass(frozen=True)
class Limit:
    """How long an agent may think about one move; the first that is reached ends it."""

    simulations: int = 100
    milliseconds: float | None = None  # of the clock
    temperature: float = 0.0  # over visits: 0 = the most visited, 1 = by their shares

    def __post_init__(self) -> None:
        if self.simulations < 1 or self.temperature < 0:
            raise ValueError(f"a simulation at least, and a temperature from 0: {self}")


@dataclass(frozen=True)
class Decision:
    """A move, and what stands behind it."""

    action: int
    policy: dict[int, float]  # share of each legal move, together 1
    value: float | None  # -1..1: outcome that the side to move expects; None = not said
    simulations: int = 0
    milliseconds: float = 0.0
    line: tuple[int, ...] = field(default=())  # moves that are expected, this one first


class Agent(Protocol):
    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        """state: not over, no cards to be dealt; it is left as it was."""
        ...


class RandomAgent:
    """Every legal move is as likely as the other."""

    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        actions = state.legal_actions()
        action = int(rng.choice(actions))
        return Decision(action, dict.fromkeys(actions, 1 / len(actions)), None)


class RolloutAgent:
    """OpenSpiel's own MCTS: values of positions come from playing them out at random."""

    def __init__(self, game: Game, *, exploration: float = 2.0) -> None:
        if game.is_hidden:
            raise ValueError(f"{game.name} has hidden cards: no tree of positions")
        self.game, self.exploration = game, exploration

    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        begun = time.perf_counter()
        root = self._search(state, limit, rng)
        actions = np.array([child.action for child in root.children])
        visits = np.array([child.explore_count for child in root.children], dtype=float)
        best = root.best_child()
        action = (
            int(rng.choice(actions, p=tempered(visits, limit.temperature)))
            if limit.temperature
            else int(best.action)
        )
        return Decision(
            action,
            dict(zip(actions.tolist(), (visits / visits.sum()).tolist(), strict=True)),
            value_of(best, state.current_player()),
            simulations=int(root.explore_count),
            milliseconds=1000 * (time.perf_counter() - begun),
            line=line_from(root),
        )

    def _search(self, state: State, limit: Limit, rng: np.random.Generator) -> SearchNode:
        """OpenSpiel counts simulations or looks at the clock, never both: a probe says which."""
        seeds = rng.integers(1 << 31, size=2)

        def search(simulations: int, milliseconds: float | None) -> SearchNode:
            bot = pyspiel.MCTSBot(
                self.game.spiel,
                pyspiel.RandomRolloutEvaluator(n_rollouts=1, seed=int(seeds[0])),
                self.exploration,
                simulations,
                max_memory_mb=200,
                solve=True,
                seed=int(seeds[1]),
                verbose=False,
                max_wall_clock_time=(milliseconds or -1000) / 1000,
            )
            return bot.mcts_search(state)

        if limit.milliseconds and limit.simulations > PROBE:
            begun = time.thread_time()
            search(PROBE, None)
            spent = 1000 * (time.thread_time() - begun)
            if spent * limit.simulations / PROBE > limit.milliseconds:
                root = search(limit.simulations, max(1.0, limit.milliseconds - spent))
                return root if root.children else search(FIRST_MOVE, None)
        return search(max(limit.simulations, FIRST_MOVE), None)


def value_of(node: SearchNode, side: int) -> float:
    """-1..1 for the side that made the move into the node."""
    if node.outcome:
        return float(node.outcome[side])
    return float(node.total_reward / max(1, node.explore_count))


def line_from(root: SearchNode, *, most: int = 8) -> tuple[int, ...]:
    line: list[int] = []
    while root.children and len(line) < most:
        root = root.best_child()
        line.append(int(root.action))
    return tuple(line)


def tempered(visits: np.ndarray, temperature: float) -> np.ndarray:
    """Shares of moves to choose by, together 1; nothing of what was never visited.

    visits: (A',) from 0; temperature from 0.
    """
    if not temperature:
        best = visits == visits.max()
        return best / best.sum()
    logs = np.log(visits, out=np.full(len(visits), -np.inf), where=visits > 0) / temperature
    shares = np.exp(logs - logs.max())
    return shares / shares.sum()
