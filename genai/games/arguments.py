"""What the commands may be told."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from genai.commands import Command, count, count_from_0, positive
from genai.games.rules import GAMES
from genai.games.serving import KINDS
from genai.games.training_command import PRESET_NAMES


def build_parser(run: Mapping[str, Command]) -> argparse.ArgumentParser:
    """run: by the name of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m genai.games", description="Train, play and measure agents of games."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    named = {
        "train": commands.add_parser("train", help="an agent, into an artifact folder"),
        "play": commands.add_parser("play", help="against an agent, in the terminal"),
        "move": commands.add_parser("move", help="an agent's moves in positions of a file"),
        "arena": commands.add_parser("arena", help="a round robin of levels, and their ratings"),
        "evaluate": commands.add_parser("evaluate", help="measure an agent"),
    }
    for name, command in named.items():
        command.add_argument("--game", choices=GAMES, required=True, metavar="|".join(GAMES))
        command.add_argument("--verbose", action="store_true", help="log every step")
        command.set_defaults(run=run[name])
    _add_train(named["train"])
    _add_play(named["play"])
    _add_move(named["move"])
    _add_arena(named["arena"])
    _add_evaluate(named["evaluate"])
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="appears whole at the end"
    )
    train.add_argument("--preset", choices=PRESET_NAMES, help="of self-play; else the game's")
    train.add_argument(
        "--minutes", type=positive, help="of computing, all processes together, in this call"
    )
    train.add_argument("--processes", type=count, help="that play (1)")
    train.add_argument("--seed", type=count_from_0, help="of self-play (0)")
    train.add_argument("--resume", action="store_true", help="go on where it was stopped or killed")
    train.add_argument(
        "--positions", type=Path, metavar="FILE", help="solved ones, to measure it by on the way"
    )
    train.add_argument("--iterations", type=count, help="of solving a game of cards")


def _add_agent(command: argparse.ArgumentParser) -> None:
    agent = command.add_mutually_exclusive_group(required=True)
    agent.add_argument("--artifact", type=Path, metavar="DIR", help="of a trained agent")
    agent.add_argument("--agent", dest="artifact", choices=KINDS, help="that needs no artifact")
    command.add_argument("--seed", type=count_from_0, default=0)


def _add_play(play: argparse.ArgumentParser) -> None:
    _add_agent(play)
    play.add_argument("--level", metavar="KEY", help="else the strongest")
    play.add_argument("--side", choices=("first", "second"), default="first", help="yours")
    play.set_defaults(seed=None)  # other cards every time


def _add_move(move: argparse.ArgumentParser) -> None:
    _add_agent(move)
    move.add_argument(
        "--positions",
        type=Path,
        required=True,
        metavar="FILE",
        help="one a line: OpenSpiel's numbers of the moves so far, between spaces",
    )
    move.add_argument("--ms", type=count, default=200, help="for a move, of the clock (200)")
    move.add_argument(
        "--simulations", type=count, help="at most; else as many as there is time for"
    )
    move.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSON lines")


def _add_arena(arena: argparse.ArgumentParser) -> None:
    arena.add_argument(
        "--agents",
        nargs="+",
        required=True,
        metavar="AGENT",
        help=f"folders, or {', '.join(KINDS)}; each with all its levels, or with one: AGENT:LEVEL",
    )
    arena.add_argument("--games", type=count, default=100, help="of each pair (100)")
    arena.add_argument("--opening", type=count_from_0, default=2, help="random moves (2)")
    arena.add_argument("--seed", type=count_from_0, default=0)
    arena.add_argument(
        "--record", action="store_true", help="write the ratings into the agents' artifacts"
    )
    arena.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="JSON; games lie beside it"
    )


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    _add_agent(evaluate)
    evaluate.add_argument(
        "--positions", type=Path, metavar="FILE", help="JSON lines of positions with exact values"
    )
    evaluate.add_argument("--ms", type=count, help="for a move, of the clock (200)")
    evaluate.add_argument("--simulations", type=count, help="for a move, at most")
    evaluate.add_argument(
        "--games", type=count, help="against OpenSpiel's search of play-outs, both sides by turns"
    )
    evaluate.add_argument("--opponent", type=count, metavar="SIMULATIONS", help="its (1000)")
    evaluate.add_argument("--opening", type=count_from_0, help="random moves (2)")
    evaluate.add_argument("--out", type=Path, metavar="FILE", help="the report, as JSON")
