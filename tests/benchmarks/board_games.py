"""The agents that ship against OpenSpiel's search with a thousand play-outs a move."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np

from genai.games.agents import Limit, RolloutAgent
from genai.games.arena import Arena, ArenaConfig, Contender, results_of
from genai.games.levels import Level
from genai.games.rating import score_interval
from genai.games.rules import Game, game_of
from genai.games.serving import load_agent
from tests.benchmarks.record import ROOT, Bench, Found, figure, is_smoke, versions

AGENTS = ROOT / "fixtures" / "agents"
GAMES = ("connect-four", "breakthrough-6", "breakthrough-8", "othello", "hex-7")
ASKED = {"connect-four": 0.75, "breakthrough-6": 0.7}  # of the points
PLAYOUTS = 1_000
MATCHES = 100  # fifty openings of two random moves, each from both sides
SMOKE_MATCHES = 2
SECONDS_A_MATCH = 120  # at most
SEED = 0


def measure(bench: Bench) -> Found:
    shipped = [game_of(key) for key in GAMES if (AGENTS / key).is_dir()]
    found = {}
    for game in shipped[:1] if is_smoke() else shipped:
        with bench.step(game.key):
            found[game.key] = matches(bench, game)
    return {
        "data": "OpenSpiel's rules and its search (MCTS with random play-outs)",
        "data_sha256": "none",
        "seed": SEED,
        "versions": versions() | {name: version(name) for name in ("onnxruntime", "open-spiel")},
        "matches": found,
        "figures": [made for key in found for made in figures(game_of(key), found[key])],
    }


def matches(bench: Bench, game: Game) -> dict[str, Any]:
    """Goes on where it was killed."""
    ours = load_agent(AGENTS / game.key)
    contenders = [
        Contender("ours", ours, ours.levels[-1], AGENTS / game.key),
        Contender("search", RolloutAgent(game), Level("search", "Search", Limit(PLAYOUTS))),
    ]
    config = ArenaConfig(games=SMOKE_MATCHES if is_smoke() else MATCHES, seed=SEED)
    arena = Arena(game, contenders, config, bench.folder / f"{game.key}.games")
    arena.play(on_progress=lambda *_: bench.pause_before(SECONDS_A_MATCH))
    shares = [result.points / result.games for result in results_of(arena.rows)]
    score, low, high = score_interval(shares, np.random.default_rng(SEED))
    told = {row["name"]: row for row in arena.report()["contenders"]}
    times = {name: row["milliseconds_p95"] for name, row in told.items()}
    points = [row["points"] for row in arena.rows]
    counts = {"won": points.count(1.0), "drawn": points.count(0.5), "lost": points.count(0.0)}
    return {**counts, "score": score, "low": low, "high": high, "milliseconds_p95": times}


def figures(game: Game, found: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {"least": ASKED[game.key]} if game.key in ASKED else {}
    score = figure(f"{game.name}: points", round(found["score"], 3), "", **asked)
    return [
        score | {"low": round(found["low"], 3), "high": round(found["high"], 3)},
        *(
            figure(f"{game.name}: a move of {whose}, p95", took, "ms")
            for whose, took in found["milliseconds_p95"].items()
        ),
    ]
