"""Every published measurement by name. What a row needs is imported when it runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks.record import Bench, Found, Row

if TYPE_CHECKING:
    from recsys.splitting import SplitName


def _ready() -> None:
    """The data ships with the code."""


def _movielens_2016(bench: Bench, *, split_name: SplitName) -> Found:
    from tests.benchmarks.movielens_2016 import measure

    return measure(bench, split_name)


def _five_minutes_ready() -> None:
    from tests.benchmarks.five_minutes import prepare

    prepare()


def _five_minutes(bench: Bench) -> Found:
    from tests.benchmarks.five_minutes import measure

    return measure(bench)


ROWS = (
    Row(
        "movielens-2016-member-time",
        "The demo data, each member's newest fifth held back: every model of ours and every "
        "baseline (2 CPU-minutes).",
        _ready,
        partial(_movielens_2016, split_name="member-time"),
    ),
    Row(
        "movielens-2016-leave-one-out",
        "The same, each member's newest rating held back (2 CPU-minutes).",
        _ready,
        partial(_movielens_2016, split_name="leave-one-out"),
    ),
    Row(
        "ml-1m-5-minutes",
        "A million ratings, leave-one-out: ours against RecTools' models after five CPU-minutes "
        "of training each (20 CPU-minutes; needs BENCH_DATA).",
        _five_minutes_ready,
        _five_minutes,
    ),
)
