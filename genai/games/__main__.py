from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from genai.commands import Command, run_command
from genai.files import whole_file
from genai.games.arguments import build_parser
from genai.games.measuring import run_arena, run_evaluate
from genai.games.positions import move_limit, read_positions, timed
from genai.games.rules import game_of
from genai.games.serving import find_agent
from genai.games.terminal import play
from genai.games.training_command import run_train


def main(arguments: Sequence[str] | None = None) -> int:
    """See run_command."""
    commands: dict[str, Command] = {
        "train": run_train,
        "play": run_play,
        "move": run_move,
        "arena": run_arena,
        "evaluate": run_evaluate,
    }
    return run_command(build_parser(commands), arguments)


def run_play(options: argparse.Namespace) -> None:
    game = game_of(options.game)
    loaded = find_agent(game, options.artifact)
    level = loaded.level(options.level) if options.level else loaded.levels[-1]
    side = ("first", "second").index(options.side)
    play(game, loaded, level, side, np.random.default_rng(options.seed))


def run_move(options: argparse.Namespace) -> None:
    game = game_of(options.game)
    loaded = find_agent(game, options.artifact)
    states = read_positions(game, options.positions)
    limit = move_limit(loaded.levels[-1].limit, options.ms, options.simulations)
    rng = np.random.default_rng(options.seed)
    with whole_file(options.out) as file:
        for state in tqdm(states, unit=" positions"):
            decision, milliseconds = timed(loaded, state, limit, rng)
            answer = {"action": decision.action, "value": decision.value}
            file.write(json.dumps(answer | {"ms": round(milliseconds, 2)}) + "\n")


if __name__ == "__main__":
    sys.exit(main())
