"""The command train: solves the small games, learns the others by self-play."""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from genai.artifacts import publish_artifact
from genai.errors import DataError
from genai.games.cfr import ITERATIONS, solve_and_publish
from genai.games.minimax import MINIMAX_LEVELS
from genai.games.rules import Game, game_of


def add_train(command: argparse.ArgumentParser) -> None:
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument("--iterations", type=int, help="of solving a game of cards")


def run_train(options: argparse.Namespace) -> None:
    game = game_of(options.game)
    if game.key in ITERATIONS:
        _solve(game, options)
    elif game.key == "tic-tac-toe":
        publish_minimax(game, options.out)
        print(f"{options.out} is ready: every position is known")
    else:
        raise DataError(f"{game.name} cannot be trained yet")


def publish_minimax(game: Game, out: Path) -> None:
    manifest = {
        "kind": "minimax",
        "game": game.key,
        "name": "Minimax",
        "levels": [level.facts() for level in MINIMAX_LEVELS],
        "curve": [],
        "metrics": {},
    }
    publish_artifact(out, manifest, lambda folder: None)


def _solve(game: Game, options: argparse.Namespace) -> None:
    if options.iterations is not None and options.iterations < 1:
        raise DataError(f"--iterations {options.iterations}: one at least")
    with tqdm(total=100, unit="%") as bar:
        manifest = solve_and_publish(
            game,
            options.out,
            iterations=options.iterations,
            on_progress=lambda fraction: _show(bar, fraction),
        )
    metrics = manifest["metrics"]
    print(
        f"{options.out} is ready after {metrics['cpu_seconds']} CPU-seconds: exploitability "
        f"{metrics['exploitability']['equilibrium']:.2g} chips a hand"
    )


def _show(bar: tqdm, fraction: float) -> None:
    bar.update(max(0, int(100 * fraction) - bar.n))
