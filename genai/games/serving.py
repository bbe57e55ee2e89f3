"""Agents for whoever asks, without torch: from an artifact, or those that need none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from genai.artifacts import Manifest, read_manifest
from genai.errors import ArtifactError, DataError
from genai.games.agents import Agent, Decision, Limit, RandomAgent, RolloutAgent
from genai.games.evaluation import NETWORK, Evaluator
from genai.games.levels import Level, level_of, rollout_levels
from genai.games.minimax import MINIMAX_LEVELS, MinimaxAgent
from genai.games.rules import Game, State, game_of
from genai.games.solver import SOLVER_LEVELS, SOLVES, PerfectAgent, has_solver
from genai.games.tables import PolicyTable, PolicyTableAgent

BROKEN = (OSError, BadZipFile, KeyError, TypeError, ValueError, DataError)
KINDS = ("random", "rollouts", "minimax", "perfect")  # agents that need no artifact
RANDOM_LEVELS = [Level("random", "Random", Limit(milliseconds=50))]


@dataclass(frozen=True)
class LoadedAgent:
    """Shared between threads; the levels go from the weakest to the strongest."""

    manifest: Manifest
    game: Game
    levels: list[Level]
    agent: Agent

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    def level(self, key: str) -> Level:
        """DataError when there is none of this key."""
        return level_of(self.levels, key)

    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        return self.agent.decide(state, limit, rng)


def load_agent(folder: Path) -> LoadedAgent:
    """ArtifactError when it is missing, altered, incomplete or of another format."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    try:
        game = game_of(manifest["game"])
        levels = [Level.from_facts(facts) for facts in manifest["levels"]]
        agent = _agent_of(manifest["kind"], game, folder)
    except BROKEN as error:
        raise ArtifactError(f"{folder}: not an agent that can be used ({error})") from error
    if not levels:
        raise ArtifactError(f"{folder}: an agent without levels")
    return LoadedAgent(manifest, game, levels, agent)


def _agent_of(kind: str, game: Game, folder: Path) -> Agent:
    if kind == "table":
        return PolicyTableAgent(PolicyTable.load(folder))
    if kind == "network":
        return _searching(game, (folder / NETWORK).read_bytes())
    if kind in ("minimax", "rollouts"):
        return _agent_without_files(kind, game)
    raise ValueError(f"unknown kind {kind!r}")


@cache
def _agent_without_files(kind: str, game: Game) -> Agent:
    """One in this process: tables of positions and the solver's book are filled once."""
    makers: dict[str, Callable[[], Agent]] = {
        "random": RandomAgent,
        "rollouts": lambda: RolloutAgent(game),
        "minimax": lambda: MinimaxAgent(game),
        "perfect": PerfectAgent,
    }
    return makers[kind]()


def _searching(game: Game, network: bytes) -> Agent:
    from genai.games.search import SearchAgent  # numba: half a second, 70 MiB

    evaluate = Evaluator(network)
    if not evaluate.fits(game):
        raise ValueError(f"its network was made for another game than {game.name}")
    return SearchAgent(game, evaluate)


def builtin_agents(game: Game) -> dict[str, LoadedAgent]:
    """By kind: those that can play this game here without an artifact.

    The first is whom people meet where no other agent is; random moves come last.
    """
    kinds = []
    if not game.is_hidden:
        kinds.append(("rollouts", "Random play-outs", rollout_levels(game.key)))
    if game.key == "tic-tac-toe":
        kinds.append(("minimax", "Minimax", MINIMAX_LEVELS))
    if game.key == SOLVES and has_solver():
        kinds.append(("perfect", "Perfect solver", SOLVER_LEVELS))
    kinds.append(("random", "Random moves", RANDOM_LEVELS))
    return {
        kind: LoadedAgent(
            _builtin_manifest(kind, name, game, levels),
            game,
            levels,
            _agent_without_files(kind, game),
        )
        for kind, name, levels in kinds
    }


def find_agent(game: Game, name: str | Path) -> LoadedAgent:
    """name: of an agent that needs no artifact, or an artifact's folder; DataError without it."""
    builtin = builtin_agents(game)
    if name in builtin:
        return builtin[str(name)]
    if name in KINDS:
        reason = ": pip install bitbully" if (name, game.key) == ("perfect", SOLVES) else ""
        raise DataError(f"{game.name} has no agent {name} here{reason}")
    loaded = load_agent(Path(name))
    if loaded.game != game:
        raise DataError(f"{name} plays {loaded.game.name}, not {game.name}")
    return loaded


def _builtin_manifest(kind: str, name: str, game: Game, levels: list[Level]) -> Manifest:
    return {
        "kind": kind,
        "game": game.key,
        "name": name,
        "levels": [level.facts() for level in levels],
        "curve": [],
        "metrics": {},
    }
