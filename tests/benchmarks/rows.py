"""Every published measurement by name. What a row needs is imported when it runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.benchmarks.record import Bench, Found, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recsys.splitting import SplitName


def _call(module: str, function: str, *given: Any, **how: Any) -> Any:
    return getattr(import_module(f"tests.benchmarks.{module}"), function)(*given, **how)


def _measure(module: str, **how: Any) -> Callable[[Bench], Found]:
    return partial(_call, module, "measure", **how)


def _prepare(module: str, function: str = "prepare", **how: Any) -> Callable[[], None]:
    return partial(_call, module, function, **how)


def _ready() -> None:
    """The data ships with the code."""


def _contest(bench: Bench, *, name: str) -> Found:
    from tests.benchmarks import contest, ml_1m

    return contest.measure(bench, ml_1m.CONTESTS[name])


def _small_data(bench: Bench, *, splits: Sequence[SplitName], seconds: float) -> Found:
    from tests.benchmarks.small_data import Effort, measure

    return measure(bench, splits, Effort(seconds))


ROWS = (
    Row(
        "movielens-2016-member-time",
        "The demo data, each member's newest fifth held back: every model of ours and every "
        "baseline (5 CPU-minutes).",
        _ready,
        _measure("movielens_2016", split_name="member-time"),
    ),
    Row(
        "movielens-2016-leave-one-out",
        "The same, each member's newest rating held back (5 CPU-minutes).",
        _ready,
        _measure("movielens_2016", split_name="leave-one-out"),
    ),
    Row(
        "time-bias",
        "The same two splits, with attention that knows when each rating was given and when the "
        "list is wanted (10 CPU-minutes).",
        _ready,
        _measure("time_bias"),
    ),
    Row(
        "small-data",
        "Three small sets, each member's newest fifth held back: our blend against tuned models "
        "of implicit, LensKit and RecTools (50 CPU-minutes; needs BENCH_DATA).",
        _prepare("small_data"),
        partial(_small_data, splits=("member-time",), seconds=150),
    ),
    Row(
        "small-data-other-splits",
        "The same with each member's newest rating, and with everything after one moment, held "
        "back (75 CPU-minutes; needs BENCH_DATA).",
        _prepare("small_data"),
        partial(_small_data, splits=("leave-one-out", "temporal"), seconds=60),
    ),
    Row(
        "ml-1m-5-minutes",
        "A million ratings, leave-one-out: ours against RecTools' models after five CPU-minutes "
        "of training each (20 CPU-minutes; needs BENCH_DATA).",
        _prepare("contest", with_peers=True),
        partial(_contest, name="ml-1m-5-minutes"),
    ),
    Row(
        "ml-1m-30-minutes",
        "Ours after thirty CPU-minutes, with a look for leaks (35 CPU-minutes; needs BENCH_DATA).",
        _prepare("contest", with_peers=False),
        partial(_contest, name="ml-1m-30-minutes"),
    ),
    Row(
        "ml-1m-converged",
        "Ours, twice as wide and trained for longer, with a look for leaks (100 CPU-minutes in two "
        "calls; needs BENCH_DATA).",
        _prepare("contest", with_peers=False),
        partial(_contest, name="ml-1m-converged"),
    ),
    Row(
        "deletion",
        "What a listed title's score loses without the titles named as its reasons, without "
        "random ones and without those that attention picks (10 CPU-minutes).",
        _ready,
        _measure("deletion"),
    ),
    Row(
        "ablations",
        "One choice of the two-tower model changed at a time, ten CPU-minutes each (two hours in "
        "two calls; needs BENCH_DATA).",
        _prepare("contest", with_peers=False),
        _measure("ablations"),
    ),
    Row(
        "cold",
        "Titles that nobody had, and members with 1, 3 and 5 events (20 CPU-minutes).",
        _ready,
        _measure("cold"),
    ),
    Row(
        "fairness",
        "Groups of members, and lists in the proportions of their histories (15 CPU-minutes; "
        "needs BENCH_DATA).",
        _prepare("fairness"),
        _measure("fairness"),
    ),
    Row(
        "speed",
        "Interactions learned from per CPU-second, ours and RecTools' (15 CPU-minutes; needs "
        "BENCH_DATA).",
        _prepare("contest", with_peers=True),
        _measure("speed"),
    ),
    Row(
        "two-processes",
        "The same training on a million ratings by one process and by two (15 CPU-minutes; needs "
        "BENCH_DATA).",
        _prepare("contest", with_peers=False),
        _measure("two_processes"),
    ),
    Row(
        "ten-million",
        "Ten million made-up interactions: memory and time of reading them and of a training of "
        "ten minutes (15 CPU-minutes).",
        _ready,
        _measure("ten_million"),
    ),
    Row(
        "serving-scale",
        "Lists from catalogs of 9 thousand, 100 thousand and a million made-up items: CPU, recall, "
        "memory, loading (15 CPU-minutes; 8 GB of disk).",
        _ready,
        _measure("serving_scale"),
    ),
    Row(
        "serving-http",
        "A list through HTTP: CPU of the one web process beside a trivial view, its parts, "
        "requests a second, and one user beside RecTools (10 minutes on two cores).",
        _prepare("serving_http"),
        _measure("serving_http"),
    ),
    Row(
        "one-user",
        "One user of MovieLens 1M at a time, our library beside RecTools (10 CPU-minutes; needs "
        "BENCH_DATA).",
        _prepare("one_user_1m"),
        _measure("one_user_1m"),
    ),
    Row(
        "event-to-list",
        "From an event to the list that knows of it, for members and newcomers, and from a title's "
        "publication to its recommendation (20 minutes on two cores).",
        _ready,
        _measure("event_to_list"),
    ),
    Row(
        "swap-soak",
        "Ten minutes of mixed load while artifacts are promoted and rolled back: errors and memory "
        "(15 minutes on two cores).",
        _ready,
        _measure("swap_soak"),
    ),
    Row(
        "simulated-year",
        "A year of members and weekly trainings on a site that begins empty: what was really "
        "served (60 minutes at most on two cores).",
        _ready,
        _measure("simulated_year"),
    ),
    Row(
        "home-page",
        "Eight home pages a second for five minutes, what a browser loads and what moves (10 "
        "minutes on two cores; needs Chromium).",
        _prepare("home_page"),
        _measure("home_page"),
    ),
    Row(
        "digits",
        "Handwritten digits: our GAN beside the fair and the naive one of textbooks, five seeds of "
        "five CPU-minutes each (two hours or more, in two calls; needs npm or BENCH_DATA).",
        _prepare("image_sets", "digits_ready"),
        _measure("digits"),
    ),
    Row(
        "sprites",
        "The generator of sprites that ships: distances, copies, labels, speed (20 CPU-minutes).",
        _prepare("sprites"),
        _measure("sprites"),
    ),
    Row(
        "sprites-augmentation",
        "The same generator trained for 15 CPU-minutes with and without augmentation, two seeds "
        "(80 CPU-minutes).",
        _ready,
        _measure("sprites_augmentation"),
    ),
    Row(
        "self-play",
        "Agents' games against themselves: moves a CPU-second beside a plain search that looks at "
        "one position at a time (10 CPU-minutes).",
        _ready,
        _measure("self_play"),
    ),
    Row(
        "connect-four",
        "Positions of Connect Four whose outcome is known: how often the agent that ships keeps it "
        "within 200 ms, beside OpenSpiel's search (5 CPU-minutes).",
        _ready,
        _measure("connect_four"),
    ),
    Row(
        "board-games",
        "The agents that ship against OpenSpiel's search with a thousand play-outs, a hundred "
        "matches each (an hour).",
        _ready,
        _measure("board_games"),
    ),
    Row(
        "agent-levels",
        "The levels of the agents that ship, a hundred games of each pair: ratings, and how far "
        "they are apart (an hour).",
        _ready,
        _measure("agent_levels"),
    ),
    Row(
        "games-at-once",
        "Fifty members who play at once, every game and level: answers to their moves (10 minutes "
        "on two cores).",
        _ready,
        _measure("games_at_once"),
    ),
    Row(
        "solved-games",
        "Kuhn and Leduc poker solved anew: exploitability and time; tic-tac-toe against every "
        "reply (1 CPU-minute).",
        _ready,
        _measure("solved_games"),
    ),
)
