"""Self-play beside the plain search of tutorials: moves a CPU-second, network and looks equal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import torch

from genai.games.evaluation import Evaluator
from genai.games.export import Exporter, folded
from genai.games.network import Network
from genai.games.presets import PRESETS
from genai.games.rules import Floats, Game, game_of
from genai.games.self_play import SelfPlayConfig, play
from genai.threads import repeatable
from tests.benchmarks.plain_self_play import Judge, play_plainly
from tests.benchmarks.record import Bench, Found, figure, is_smoke, versions

GAMES = ("connect-four", "othello", "breakthrough-6", "hex-7")
SIMULATIONS = 64
ROUNDS, OUR_GAMES, PLAIN_MOVES = 5, 64, 40
SHORT = (1, 2, 2)
SEED = 0
PACKAGES = ("onnxruntime", "numba", "open-spiel")


def measure(bench: Bench) -> Found:
    """Each in turn, several times: what the machine does meets both alike."""
    rounds, games, moves = SHORT if is_smoke() else (ROUNDS, OUR_GAMES, PLAIN_MOVES)
    found = {}
    with repeatable(1):
        for key in GAMES[:1] if is_smoke() else GAMES:
            contest = Contest(game_of(key))
            with bench.step(key):
                found[key] = contest.run(rounds, games, moves)
    return {
        "data": f"untrained networks of {asdict(PRESETS['connect-four'].network)}; "
        f"{SIMULATIONS} simulations a move, all alike",
        "data_sha256": "none",
        "seed": SEED,
        "versions": versions() | {name: version(name) for name in PACKAGES},
        "self_play": found,
        "figures": [made for key in found for made in figures(game_of(key), found[key])],
    }


class Contest:
    """One game, one network: ours, and the plain search with torch and with ONNX Runtime."""

    def __init__(self, game: Game) -> None:
        config = PRESETS["connect-four"].network
        torch.manual_seed(SEED)
        network = Network(config, game.shape, game.actions)
        self.game = game
        self.evaluate = Evaluator(Exporter(config, game.shape, game.actions).onnx(network))
        self.plain = {"torch": by_torch(folded(network)), "onnx": by_onnx(self.evaluate)}
        self.config = replace(
            SelfPlayConfig(), simulations=SIMULATIONS, learnt_share=1.0, early_plies=1000
        )

    def run(self, rounds: int, games: int, moves: int) -> dict[str, Any]:
        rates: dict[str, list[float]] = {"ours": [], "torch": [], "onnx": []}
        self._ours(np.random.default_rng(SEED), 2)  # compiled, warm
        for number in range(rounds):
            rng = np.random.default_rng([SEED, number])
            rates["ours"].append(self._ours(rng, games))
            for name, judge in self.plain.items():
                rates[name].append(self._plain(judge, rng, moves))
        return {
            name: {"median": median(each), "low": min(each), "high": max(each)}
            for name, each in rates.items()
        } | {
            f"over_{name}": median(
                mine / other for mine, other in zip(rates["ours"], rates[name], strict=True)
            )
            for name in self.plain
        }

    def _ours(self, rng: np.random.Generator, games: int) -> float:
        """Moves a CPU-second; simulations that a proven position saves are not counted."""
        begun = process_time()
        played = play(self.game, self.evaluate, self.config, rng, games)
        return played.simulations / SIMULATIONS / (process_time() - begun)

    def _plain(self, judge: Judge, rng: np.random.Generator, moves: int) -> float:
        begun = process_time()
        play_plainly(
            self.game, judge, rng, moves=moves, simulations=SIMULATIONS,
            exploration=self.config.exploration,
        )  # fmt: skip
        return moves / (process_time() - begun)


def by_torch(network: Network) -> Judge:
    def judge(board: Floats) -> tuple[Floats, float]:
        with torch.inference_mode():
            logits, values = network(torch.from_numpy(board)[None])
        return logits[0].numpy(), float(values[0])

    return judge


def by_onnx(evaluate: Callable[[Floats], tuple[Floats, Floats]]) -> Judge:
    def judge(board: Floats) -> tuple[Floats, float]:
        logits, values = evaluate(board[None])
        return logits[0], float(values[0])

    return judge


def figures(game: Game, found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        figure(f"{game.name}: moves a CPU-second", found["ours"]["median"]),
        figure(f"{game.name}: over the plain search with torch", found["over_torch"], "×", least=5),
        figure(f"{game.name}: over the plain search with ONNX Runtime", found["over_onnx"], "×"),
    ]
