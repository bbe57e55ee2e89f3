"""Files of positions: what an agent is asked there, and how far its moves are right."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genai.errors import DataError
from genai.games.agents import Agent, Decision, Limit
from genai.games.rules import Game, IllegalMove, State

AS_MANY_AS_FIT = 10**9  # simulations: the clock ends the search


@dataclass(frozen=True)
class SolvedPosition:
    """What each legal move leads to, for the side that makes it, if all play on perfectly."""

    state: State
    values: dict[int, int]  # +1, 0 or -1
    scores: dict[int, int]  # the higher the better: also counts how soon


def read_positions(game: Game, path: Path) -> list[State]:
    """One a line: numbers of moves between spaces; an empty line is the first position."""
    states = []
    for where, line in _lines(path):
        try:
            actions = [int(word) for word in line.split()]
        except ValueError as error:
            raise DataError(f"{where}: moves are whole numbers between spaces") from error
        states.append(_state_after(game, actions, where))
    return states


def read_solved(game: Game, path: Path) -> list[SolvedPosition]:
    """JSON lines of {actions, values, scores}; the last two by legal move."""
    solved = []
    for where, line in _lines(path):
        try:
            facts = json.loads(line)
            values, scores = (
                {int(action): int(value) for action, value in facts[name].items()}
                for name in ("values", "scores")
            )
            state = _state_after(game, [int(action) for action in facts["actions"]], where)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{where}: no position with its values ({error})") from error
        if not set(values) == set(scores) == set(state.legal_actions()):
            raise DataError(f"{where}: values and scores are not those of the legal moves")
        solved.append(SolvedPosition(state, values, scores))
    return solved


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except ValueError as error:
        raise DataError(f"{path} is no text") from error
    if not lines:
        raise DataError(f"{path} holds no position")
    return ((f"{path}, line {number}", line) for number, line in enumerate(lines, 1))


def _state_after(game: Game, actions: list[int], where: str) -> State:
    try:
        state = game.state_after(actions)
    except IllegalMove as error:
        raise DataError(f"{where}: {error}") from error
    if state.is_terminal() or state.is_chance_node():
        reason = "the game is over" if state.is_terminal() else "a card is to be dealt"
        raise DataError(f"{where}: {reason}, nobody is to move")
    return state


def move_limit(strongest: Limit, milliseconds: float, simulations: int | None) -> Limit:
    """That of the strongest level, but for as many simulations as there is time for."""
    return replace(strongest, milliseconds=milliseconds, simulations=simulations or AS_MANY_AS_FIT)


def timed(
    agent: Agent, state: State, limit: Limit, rng: np.random.Generator
) -> tuple[Decision, float]:
    """A decision, and the milliseconds of the clock that it took."""
    begun = time.perf_counter()
    decision = agent.decide(state, limit, rng)
    return decision, 1000 * (time.perf_counter() - begun)


def share_kept(
    agent: Agent,
    solved: list[SolvedPosition],
    limit: Limit,
    rng: np.random.Generator,
    on_position: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """How many moves keep the outcome, and how many are the best there are."""
    kept, best, took = 0, 0, []
    for position in solved:
        decision, milliseconds = timed(agent, position.state, limit, rng)
        kept += position.values[decision.action] == max(position.values.values())
        best += position.scores[decision.action] == max(position.scores.values())
        took.append(milliseconds)
        on_position()
    return {
        "positions": len(solved),
        "value_kept": kept / len(solved),
        "best_move": best / len(solved),
        "milliseconds_median": round(float(np.median(took)), 2),
        "milliseconds_p95": round(float(np.percentile(took, 95)), 2),
    }
