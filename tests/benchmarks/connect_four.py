"""Positions of Connect Four whose outcome is known: how often a move keeps it, ours and others'."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from scipy.stats import binomtest

from genai.games.agents import Agent, Limit, RandomAgent, RolloutAgent
from genai.games.positions import AS_MANY_AS_FIT, SolvedPosition, read_solved, share_kept
from genai.games.rules import game_of
from genai.games.serving import builtin_agents, load_agent
from recsys.interactions import sha256_of
from tests.benchmarks.record import ROOT, Bench, Found, figure, is_smoke, versions

GAME = "connect-four"
AGENT = ROOT / "fixtures" / "agents" / GAME
SOLVED = ROOT / "fixtures" / "connect-four-positions" / "solved.jsonl"
MILLISECONDS = 200
SMOKE_POSITIONS = 10
SEED = 0
MB = 1e6


def measure(bench: Bench) -> Found:
    """One after another on one core, as a match in the browser asks."""
    solved = read_solved(game_of(GAME), SOLVED)[: SMOKE_POSITIONS if is_smoke() else None]
    found = {}
    for name, (agent, limit) in contenders().items():
        with bench.step(name):
            found[name] = kept(agent, limit, solved)
    return {
        "data": f"{len(solved)} positions of 8 to 26 moves, solved by bitbully",
        "data_sha256": sha256_of(SOLVED),
        "seed": SEED,
        "versions": versions() | {name: version(name) for name in ("onnxruntime", "open-spiel")},
        "positions": found,
        "figures": figures(found),
    }


def contenders() -> dict[str, tuple[Agent, Limit]]:
    """From the weakest to the strongest, as far as one knows before."""
    game = game_of(GAME)
    ours, rollouts = load_agent(AGENT), RolloutAgent(game)
    in_time = Limit(AS_MANY_AS_FIT, milliseconds=MILLISECONDS)
    found: dict[str, tuple[Agent, Limit]] = {
        "chance": (RandomAgent(), Limit()),
        "OpenSpiel's MCTS, 1,000 play-outs": (rollouts, Limit(1_000)),
        "OpenSpiel's MCTS, 10,000 play-outs": (rollouts, Limit(10_000)),
        "our network without a search": (ours, Limit(1)),
        "our network, 64 simulations": (ours, Limit(64)),
        f"our network within {MILLISECONDS} ms": (ours, in_time),
    }
    if "perfect" in (builtin := builtin_agents(game)):
        found["the level Perfect"] = (builtin["perfect"], Limit())
    return found


def kept(agent: Agent, limit: Limit, solved: list[SolvedPosition]) -> dict[str, Any]:
    found = share_kept(agent, solved, limit, np.random.default_rng(SEED))
    count = round(found["value_kept"] * len(solved))
    interval = binomtest(count, len(solved)).proportion_ci(method="wilson")
    return found | {"low": round(interval.low, 3), "high": round(interval.high, 3)}


def figures(found: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    in_time = f"our network within {MILLISECONDS} ms"
    asked = {
        in_time: {"least": 0.9},
        "the level Perfect": {"least": 1.0},
    }
    rows = []
    for name, one in found.items():
        what = f"{name}: moves that keep the outcome"
        row = figure(what, one["value_kept"], "", **asked.get(name, {}))
        longest = {"most": MILLISECONDS} if name == in_time else {}
        times = figure(f"{name}: a move, p95", one["milliseconds_p95"], "ms", **longest)
        rows += [row | {"low": one["low"], "high": one["high"]}, times]
    manifest = load_agent(AGENT).manifest
    size = sum(path.stat().st_size for path in AGENT.iterdir())
    return [
        *rows,
        figure("the agent that ships: size", round(size / MB, 2), "MB", most=5),
        figure("its self-play and learning", round(manifest["seconds"] / 3600, 2), "CPU-hours"),
    ]
