"""Games small enough to be solved: what can still be won of our agents, and what solving takes."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np

from genai.games.agents import Limit
from genai.games.cfr import solve_and_publish
from genai.games.minimax import MinimaxAgent
from genai.games.rules import Game, State, game_of
from tests.benchmarks.record import Bench, Found, figure, is_smoke, versions

MOST = {"kuhn-poker": 1e-5, "leduc-poker": 5e-4}  # chips a hand
CPU_SECONDS = 30
SMOKE_ITERATIONS = 20
SEED = 0


def measure(bench: Bench) -> Found:
    figures = []
    for key, most in MOST.items():
        game = game_of(key)
        with bench.step(key):
            iterations = SMOKE_ITERATIONS if is_smoke() else None
            metrics = solve_and_publish(game, bench.folder / key, iterations=iterations)["metrics"]
        figures += poker_figures(game, metrics, most)
    with bench.step("tic-tac-toe"):
        game = game_of("tic-tac-toe")
        played = [games_against_everything(game, side) for side in (0, 1)]
    games, lost = (sum(counts) for counts in zip(*played, strict=True))
    figures.append(figure("Tic-tac-toe: games against every reply, both sides", games))
    figures.append(figure("Tic-tac-toe: of these lost", lost, most=0))
    return {
        "data": "OpenSpiel's rules; its solver (CFR+) and its measure of exploitability",
        "data_sha256": "none",
        "seed": SEED,
        "versions": versions() | {"open-spiel": version("open-spiel")},
        "figures": figures,
    }


def poker_figures(game: Game, metrics: dict[str, Any], most: float) -> list[dict[str, Any]]:
    spent = metrics["cpu_seconds"]
    found = [
        figure(f"{game.name}, {level}: exploitability, chips a hand", value)
        for level, value in metrics["exploitability"].items()
    ]
    found[-1]["asked"] = {"most": most}  # of the strongest level
    chips = metrics["chips_per_hand_against_the_strongest"]
    return [
        *found,
        *(
            figure(f"{game.name}, {level}: chips a hand against the strongest", value)
            for level, value in list(chips.items())[:-1]
        ),
        figure(f"{game.name}: CPU-seconds of solving", spent, "s", most=CPU_SECONDS),
    ]


def games_against_everything(game: Game, side: int) -> tuple[int, int]:
    """(games, lost) of the strongest level on this side, whatever the other one replies."""
    agent, rng = MinimaxAgent(game), np.random.default_rng(SEED)

    def follow(state: State) -> tuple[int, int]:
        if state.is_terminal():
            return 1, int(state.returns()[side] < 0)
        if state.current_player() == side:
            return follow(state.child(agent.decide(state, Limit(), rng).action))
        replies = [follow(state.child(action)) for action in state.legal_actions()]
        return sum(games for games, _ in replies), sum(lost for _, lost in replies)

    return follow(game.new_state())
