"""Counterfactual regret minimisation (CFR+): solves games of cards towards their equilibrium."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyspiel

from genai.artifacts import Manifest, check_target, publish_artifact
from genai.errors import Stopped
from genai.games.agents import Limit
from genai.games.levels import Level, named_levels
from genai.games.rules import Game
from genai.games.tables import PolicyTable, chips_per_hand, exploitability

ANSWER = 50.0  # milliseconds; a look into a table takes far fewer
# by game: how many make it strong, and the weaker levels
ITERATIONS, USUAL_ITERATIONS = {"kuhn-poker": 20_000}, 1000
EARLY, USUAL_EARLY = {"kuhn-poker": (2, 5)}, (3, 7, 20)
CURVE = (1, 2, 5)  # times each power of ten: where exploitability is looked at on the way


def solve_and_publish(
    game: Game,
    out: Path,
    *,
    iterations: int | None = None,
    on_progress: Callable[[float], None] = lambda fraction: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Manifest:
    """An agent that plays near the equilibrium, and weaker levels of it. Stopped when cancelled."""
    check_target(out)
    begun = time.process_time()
    iterations = iterations or ITERATIONS.get(game.key, USUAL_ITERATIONS)
    early = [count for count in EARLY.get(game.key, USUAL_EARLY) if count < iterations]
    curve: list[dict[str, float]] = []

    def look(done: int, policy: Any) -> None:
        curve.append({"iterations": done, "exploitability": exploitability(game, policy)})

    table = solve(
        game, [*early, iterations], on_look=look, on_progress=on_progress, is_cancelled=is_cancelled
    )
    seconds = time.process_time() - begun
    manifest = {
        "kind": "table",
        "game": game.key,
        "name": "CFR+",
        "levels": [level.facts() for level in _levels(table)],
        "curve": curve,
        "metrics": {**_measured(game, table), "cpu_seconds": round(seconds, 2)},
    }
    publish_artifact(out, manifest, table.save)
    return manifest


def _measured(game: Game, table: PolicyTable) -> dict[str, Any]:
    """By level, in chips a hand."""
    levels = _levels(table)
    policies = [table.policy(row) for row in range(len(levels))]
    return {
        "exploitability": {
            level.key: exploitability(game, policy)
            for level, policy in zip(levels, policies, strict=True)
        },
        "chips_per_hand_against_the_strongest": {
            level.key: chips_per_hand(game, policy, policies[-1])
            for level, policy in zip(levels, policies, strict=True)
        },
    }


def solve(
    game: Game,
    kept: Sequence[int],
    *,
    on_look: Callable[[int, Any], None] = lambda iterations, policy: None,
    on_progress: Callable[[float], None] = lambda fraction: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> PolicyTable:
    """The averaged policies after so many iterations. kept: rising; the last ends it.

    on_look: told the iterations and the averaged policy there, now and then.
    """
    solver = pyspiel.CFRPlusSolver(game.spiel)
    looks = {*(step * 10**power for power in range(7) for step in CURVE), kept[-1]}
    snapshots = []
    for done in range(1, kept[-1] + 1):
        if is_cancelled():
            raise Stopped(f"stopped after {done - 1} iterations")
        solver.evaluate_and_update_policy()
        if done in kept:
            snapshots.append(solver.tabular_average_policy().policy_table())
        if done in looks:
            on_look(done, solver.tabular_average_policy())
        on_progress(done / kept[-1])
    states = sorted(snapshots[-1])
    shares = np.zeros((len(kept), len(states), game.actions))
    for level, snapshot in enumerate(snapshots):
        for row, state in enumerate(states):
            for action, share in snapshot[state]:
                shares[level, row, action] = share
    return PolicyTable(states, list(kept), shares)


def _levels(table: PolicyTable) -> list[Level]:
    *early, last = (Limit(count, milliseconds=ANSWER) for count in table.iterations)
    return [*named_levels(*early), Level("equilibrium", "Equilibrium", last)]
