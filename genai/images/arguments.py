"""What the commands may be told."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from genai.commands import Command, count, count_from_0, positive, share
from genai.images.measuring import add_evaluate, add_import
from genai.images.sampling import TRUNCATION

PRESET_NAMES = ("small", "digits", "sprites", "tiny")


def build_parser(run: Mapping[str, Command]) -> argparse.ArgumentParser:
    """run: by the name of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m genai.images", description="Train, use and measure an image generator."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    named = {
        "train": commands.add_parser("train", help="from images to an artifact folder"),
        "sample": commands.add_parser("sample", help="a sheet of new images, as PNG"),
        "interpolate": commands.add_parser("interpolate", help="from one image to another"),
        "import": commands.add_parser("import", help="from images to one .npz"),
        "evaluate": commands.add_parser("evaluate", help="measure an artifact's images"),
    }
    add_import(named["import"])
    add_evaluate(named["evaluate"])
    _add_train(named["train"])
    _add_sample(named["sample"])
    _add_interpolate(named["interpolate"])
    for name, command in named.items():
        command.add_argument("--verbose", action="store_true", help="log every step")
        command.set_defaults(run=run[name])
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument(
        "--data", type=Path, required=True, metavar="FILE", help=".npz, or folder or zip of images"
    )
    train.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="appears whole at the end"
    )
    train.add_argument("--preset", choices=PRESET_NAMES, default="small")
    train.add_argument("--minutes", type=positive, help="of computing, all threads together")
    train.add_argument("--seed", type=count_from_0, default=0)
    train.add_argument("--resume", action="store_true", help="go on where it was stopped or killed")
    train.add_argument(
        "--held-out", type=share, metavar="SHARE", help="not trained on, to measure with (0.15)"
    )
    train.add_argument("--previews", type=Path, metavar="DIR", help="else beside --out")
    train.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    train.add_argument("--threads", type=count, help="else half of the cores")


def _add_sample(sample: argparse.ArgumentParser) -> None:
    _add_artifact(sample)
    sample.add_argument("--count", type=count, default=16)
    sample.add_argument(
        "--seed", type=count_from_0, default=0, help="of the first; the next have the next"
    )
    sample.add_argument("--label", help="by name; else all by turns")
    sample.add_argument("--out", type=Path, required=True, metavar="FILE.png")


def _add_interpolate(interpolate: argparse.ArgumentParser) -> None:
    _add_artifact(interpolate)
    interpolate.add_argument(
        "--from", dest="start", type=count_from_0, required=True, metavar="SEED"
    )
    interpolate.add_argument("--to", dest="end", type=count_from_0, required=True, metavar="SEED")
    interpolate.add_argument("--frames", type=count, default=24)
    interpolate.add_argument("--label", help="by name; else the first")
    interpolate.add_argument("--out", type=Path, required=True, metavar="FILE.gif|webp")


def _add_artifact(command: argparse.ArgumentParser) -> None:
    command.add_argument("--artifact", type=Path, required=True, metavar="DIR")
    command.add_argument(
        "--truncation",
        type=share,
        default=TRUNCATION,
        help=f"0 = average images, 1 = the full variety ({TRUNCATION})",
    )
    command.add_argument("--scale", type=count, default=1, help="pixels for each pixel")
