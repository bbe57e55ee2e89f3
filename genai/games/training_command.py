"""The command train: solves the small games, learns the others by self-play."""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from genai.artifacts import publish_artifact
from genai.commands import refuse
from genai.games.cfr import solve_and_publish
from genai.games.minimax import MINIMAX_LEVELS
from genai.games.positions import read_solved
from genai.games.rules import Game, game_of
from genai.games.value_kept import values_kept

LEARNING = ("minutes", "processes", "seed", "resume", "positions")
SOLVING = ("iterations",)
PRESET_NAMES = ("tiny", "connect-four", "othello", "breakthrough-6", "breakthrough-8", "hex-7")


def run_train(options: argparse.Namespace) -> None:
    game = game_of(options.game)
    if options.preset or game.key in PRESET_NAMES:
        refuse(options, SOLVING, f"{game.name} is learnt by self-play")
        _learn(game, options)
        return
    refuse(options, LEARNING, f"{game.name} is solved, not learnt by self-play")
    if game.is_hidden:
        _solve(game, options)
        return
    refuse(options, SOLVING, f"{game.name} is looked at position by position")
    publish_minimax(game, options.out)
    print(f"{options.out} is ready: every position is known")


def _learn(game: Game, options: argparse.Namespace) -> None:
    from genai.games.presets import PRESETS, preset_of
    from genai.games.training import TrainingProgress, train

    solved = read_solved(game, options.positions) if options.positions else None
    with tqdm(total=100, unit="%") as bar:

        def show(progress: TrainingProgress) -> None:
            _show(bar, progress.fraction)
            bar.set_postfix_str(progress.message)

        result = train(
            game,
            options.out,
            PRESETS[options.preset] if options.preset else preset_of(game),
            seed=options.seed or 0,
            minutes=options.minutes,
            processes=options.processes or 1,
            resume=options.resume,
            on_progress=show,
            measure=(lambda network: values_kept(game, network, solved)) if solved else None,
        )
    print(f"{result.artifact} is ready after {result.rounds} rounds, {result.seconds:.0f} s")


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
