"""python -m tests.benchmarks.connect_four_positions FOLDER: positions to measure agents on.

Random play of 8 to 26 plies; the side to move cannot win at once, and at least two of its moves
have different outcomes. Exact values come from the solver bitbully.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from genai.games.matches import can_win_at_once
from genai.games.rules import State, game_of
from genai.games.solver import ConnectFourSolver

POSITIONS, SEED = 200, 20261123
PLIES = (8, 26)
Position = dict[str, Any]
GAME = game_of("connect-four")


def make_positions(count: int, seed: int) -> list[Position]:
    """Each {actions, values, scores}; the last two by legal move, for the side that makes it."""
    rng, solver = np.random.default_rng(seed), ConnectFourSolver()
    found: dict[str, Position] = {}
    with tqdm(total=count) as bar:
        while len(found) < count:
            state = random_state(rng)
            if state.is_terminal() or str(state) in found or can_win_at_once(state):
                continue
            scores = solver.scores(state)
            values = {action: int(np.sign(score)) for action, score in scores.items()}
            if len(set(values.values())) > 1:
                found[str(state)] = {
                    "actions": state.history(),
                    "values": values,
                    "scores": scores,
                }
                bar.update()
    return list(found.values())


def random_state(rng: np.random.Generator) -> State:
    plies = int(rng.integers(PLIES[0], PLIES[1] + 1))
    state = GAME.new_state()
    while state.move_number() < plies and not state.is_terminal():
        state.apply_action(int(rng.choice(state.legal_actions())))
    return state


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    positions = make_positions(POSITIONS, SEED)
    lines = [" ".join(map(str, position["actions"])) for position in positions]
    (folder / "positions.txt").write_text("\n".join(lines) + "\n")
    solved = [json.dumps(position) for position in positions]
    (folder / "solved.jsonl").write_text("\n".join(solved) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
