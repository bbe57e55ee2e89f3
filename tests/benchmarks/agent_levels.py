"""Levels of the agents that ship, everybody against everybody: how far they are apart."""

from __future__ import annotations

from importlib.metadata import version
from itertools import pairwise
from typing import Any

from genai.games.arena import Arena, ArenaConfig, Contender
from genai.games.rules import Game, game_of
from genai.games.serving import load_agent
from tests.benchmarks.record import ROOT, Bench, Found, figure, is_smoke, versions

AGENTS = ROOT / "fixtures" / "agents"
GAMES = ("tic-tac-toe", "connect-four", "breakthrough-6", "breakthrough-8", "othello", "hex-7")
MATCHES = 100  # of a pair: fifty openings, each from both sides
SMOKE_MATCHES = 2
OPENINGS = {"tic-tac-toe": 1}  # random moves; of other games two
SECONDS_A_MATCH = 60  # at most
APART = {"connect-four": {"least": 150, "most": 350}}  # points
MILLISECONDS = {"connect-four": 200}  # of a move; of other games 50
SEED = 0


def measure(bench: Bench) -> Found:
    shipped = [game_of(key) for key in GAMES if (AGENTS / key).is_dir()]
    found = {}
    for game in shipped[:2] if is_smoke() else shipped:
        with bench.step(game.key):
            found[game.key] = round_robin(bench, game)
    return {
        "data": "the agents that ship; OpenSpiel's rules",
        "data_sha256": "none",
        "seed": SEED,
        "versions": versions() | {name: version(name) for name in ("onnxruntime", "open-spiel")},
        "levels": found,
        "figures": [made for key in found for made in figures(game_of(key), found[key])],
    }


def round_robin(bench: Bench, game: Game) -> dict[str, Any]:
    """Goes on where it was killed; the games stay beside the row's state until it is measured."""
    folder = AGENTS / game.key
    agent = load_agent(folder)
    contenders = [Contender(level.name, agent, level, folder) for level in agent.levels]
    config = ArenaConfig(
        games=SMOKE_MATCHES if is_smoke() else MATCHES,
        opening=OPENINGS.get(game.key, 2),
        seed=SEED,
    )
    arena = Arena(game, contenders, config, bench.folder / f"{game.key}.games")
    arena.play(on_progress=lambda *_: bench.pause_before(SECONDS_A_MATCH))
    return arena.report()


def figures(game: Game, report: dict[str, Any]) -> list[dict[str, Any]]:
    """Of the levels in the order in which people see them, then of the gaps between them."""
    levels = in_order(game, report)
    slowest = {"most": MILLISECONDS.get(game.key, 50)}
    rows: list[dict[str, Any]] = []
    for level in levels:
        rating = figure(f"{game.name}, {level['name']}: rating", level["rating"])
        took = level["milliseconds_p95"]
        rows += [
            rating | {"low": level["low"], "high": level["high"]},
            figure(f"{game.name}, {level['name']}: a move, p95", took, "ms", **slowest),
        ]
    between = gaps(report)
    for weaker, stronger in pairwise(levels):
        what = f"{game.name}: from {weaker['name']} to {stronger['name']}"
        points = round(stronger["rating"] - weaker["rating"])
        gap = figure(what, points, "points", **APART.get(game.key, {}))
        rows.append(gap | between.get((stronger["name"], weaker["name"]), {}))
    return [*rows, figure(f"{game.name}: levels not above the one below", tangled(levels), most=0)]


def gaps(report: dict[str, Any]) -> dict[tuple[str, str], dict[str, int]]:
    """By the better and the weaker of neighbours in strength: the interval of their distance."""
    names = [contender["name"] for contender in report["contenders"]]
    return {
        pair: {end: round(gap[end]) for end in ("low", "high")}
        for pair, gap in zip(pairwise(names), report["gaps"], strict=True)
    }


def in_order(game: Game, report: dict[str, Any]) -> list[dict[str, Any]]:
    found = {level["name"]: level for level in report["contenders"]}
    return [found[level.name] for level in load_agent(AGENTS / game.key).levels]


def tangled(levels: list[dict[str, Any]]) -> int:
    """Neighbours whose intervals meet."""
    return sum(weaker["high"] >= stronger["low"] for weaker, stronger in pairwise(levels))
