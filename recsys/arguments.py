"""What the commands may be told."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

from recsys.sources import PARTS
from recsys.splitting import SPLITS
from recsys.trial import MODELS

PRESET_NAMES = ("tiny", "small", "base", "large")
Command = Callable[[argparse.Namespace], None]


def build_parser(run: Mapping[str, Command]) -> argparse.ArgumentParser:
    """run: by the name of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m recsys", description="Train, use and measure a recommender."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser("train", help="from two files to an artifact folder")
    recommend = commands.add_parser("recommend", help="lists for users, as CSV")
    evaluate = commands.add_parser("evaluate", help="measure models on held-out rows")
    tune = commands.add_parser("tune", help="search for better settings than a preset's")
    for command in (train, evaluate, tune):
        _add_data_and_model(command)
    for command in (train, evaluate):
        _add_recipes(command)
    _add_train(train)
    _add_recommend(recommend)
    _add_evaluate(evaluate)
    _add_tune(tune)
    named = {"train": train, "recommend": recommend, "evaluate": evaluate, "tune": tune}
    for name, command in named.items():
        command.add_argument("--verbose", action="store_true", help="log every step")
        command.set_defaults(run=run[name])
    return parser


def _add_data_and_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("--interactions", type=Path, required=True, metavar="FILE")
    command.add_argument("--items", type=Path, required=True, metavar="FILE")
    command.add_argument("--min-rating", type=float, help="rows rated below are no positives")
    command.add_argument("--preset", choices=PRESET_NAMES, default="small")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def _add_recipes(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--against", type=Path, metavar="DIR", help="an artifact, whose recipe is fitted anew"
    )
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="tuned.json of tune, instead of a preset"
    )


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="appears whole at the end"
    )
    train.add_argument("--minutes", type=_positive, help="about how long it may take")
    train.add_argument("--no-refit", action="store_true", help="keep the model that was measured")
    train.add_argument("--parts", type=_parts, default=PARTS, help=",".join(PARTS))
    train.add_argument("--checkpoints", type=Path, metavar="DIR", help="go on here after a crash")


def _add_recommend(recommend: argparse.ArgumentParser) -> None:
    recommend.add_argument("--artifact", type=Path, required=True, metavar="DIR")
    recommend.add_argument("--interactions", type=Path, required=True, metavar="FILE")
    recommend.add_argument(
        "--users", type=Path, metavar="FILE", help="CSV with user_id; all users without it"
    )
    recommend.add_argument("--k", type=_count, required=True, help="length of each list")
    recommend.add_argument("--out", type=Path, required=True, metavar="FILE")


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument(
        "--split", choices=("auto", *SPLITS), default="auto", help="auto: says which and why"
    )
    evaluate.add_argument("--models", type=_models, default=MODELS, help=",".join(MODELS))
    evaluate.add_argument(
        "--groups", type=Path, metavar="FILE", help="user_id and a column per kind of group"
    )
    evaluate.add_argument("--out", type=Path, required=True, metavar="FILE")


def _add_tune(tune: argparse.ArgumentParser) -> None:
    tune.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="keeps the search; goes on there"
    )
    tune.add_argument("--minutes", type=_positive, help="of all calls together; 30 if no --trials")
    tune.add_argument("--trials", type=_count, help="of all calls together")


def _models(text: str) -> tuple[str, ...]:
    return _some_of(MODELS, "model", text)


def _parts(text: str) -> tuple[str, ...]:
    return _some_of(PARTS, "part", text)


def _some_of(known: tuple[str, ...], noun: str, text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown {noun} {unknown[0]!r}; known: {', '.join(known)}"
        )
    return names


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
    if not value > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return value
