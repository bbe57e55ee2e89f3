"""What the commands of every area share: how they end, and what numbers they take."""

from __future__ import annotations

import argparse
import logging
import math
import sys
from collections.abc import Callable, Sequence

from genai.errors import DataError, GenaiError

Command = Callable[[argparse.Namespace], None]


def run_command(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    """Exit code 0 only on success; on bad input one line says what is wrong."""
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO if options.verbose else logging.ERROR)
    try:
        options.run(options)
    except (GenaiError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def refuse(options: argparse.Namespace, names: Sequence[str], reason: str) -> None:
    """DataError when an option was given that would do nothing."""
    for name in names:
        if getattr(options, name) is not None and getattr(options, name) is not False:
            raise DataError(f"--{name}: {reason}")


def count(text: str) -> int:
    if count_from_0(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def count_from_0(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def positive(text: str) -> float:
    if not 0 < (value := _number(text)) < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def share(text: str) -> float:
    if not 0 <= (value := _number(text)) <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not from 0 to 1")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
