"""Levels: one agent that thinks less or more, from beginner to its strongest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from genai.errors import DataError
from genai.games.agents import Limit

INLINE = 200.0  # milliseconds that a person waits for without noticing
NAMES = ("Beginner", "Easy", "Medium", "Hard", "Expert", "Master")


@dataclass(frozen=True)
class Level:
    """What a person chooses; limit.milliseconds says how long an answer takes at most."""

    key: str
    name: str
    limit: Limit
    rating: float | None = None  # None = not measured yet
    low: float | None = None  # 95 % interval
    high: float | None = None

    def facts(self) -> dict[str, Any]:
        """As manifests hold it."""
        rated = {"rating": self.rating, "low": self.low, "high": self.high}
        return {"key": self.key, "name": self.name, **asdict(self.limit), **rated}

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> Level:
        """KeyError, TypeError or ValueError when facts() did not make them."""
        limit = Limit(
            simulations=int(facts["simulations"]),
            milliseconds=_number(facts["milliseconds"]),
            temperature=float(facts["temperature"]),
        )
        rated = (_number(facts[name]) for name in ("rating", "low", "high"))
        return cls(str(facts["key"]), str(facts["name"]), limit, *rated)


def level_of(levels: Sequence[Level], key: str) -> Level:
    """DataError, with the levels there are, when none has this key."""
    for level in levels:
        if level.key == key:
            return level
    raise DataError(f"unknown level {key!r}; known: {', '.join(level.key for level in levels)}")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def named_levels(*limits: Limit) -> list[Level]:
    """From the weakest to the strongest; six at most."""
    return [
        Level(name.lower(), name, limit)
        for name, limit in zip(NAMES[: len(limits)], limits, strict=True)
    ]


def _rollouts(*simulations: int) -> list[Level]:
    return named_levels(*(Limit(count, milliseconds=INLINE) for count in simulations))


# by game: of OpenSpiel's MCTS, where no trained agent is at hand; the last takes 15 to 50 CPU-ms
ROLLOUT_LEVELS = {
    "tic-tac-toe": _rollouts(3, 10, 100),
    "connect-four": _rollouts(5, 20, 60, 200, 700, 2500),
    "othello": _rollouts(3, 10, 30, 100),
    "breakthrough-6": _rollouts(10, 40, 160, 640),
    "breakthrough-8": _rollouts(10, 40, 120, 360),
    "hex-7": _rollouts(10, 50, 250, 1000),
}


def rollout_levels(game: str) -> list[Level]:
    """Of a game for which nothing was settled: four of which each looks four times as often."""
    return ROLLOUT_LEVELS.get(game, _rollouts(10, 40, 160, 640))


def _networks(milliseconds: float, *thoughts: tuple[int, float]) -> list[Level]:
    return named_levels(*(Limit(simulations, milliseconds, heat) for simulations, heat in thoughts))


# by game: of a trained network, with simulations and temperature; rated once they have played
NETWORK_LEVELS = {
    "tic-tac-toe": _networks(50, (2, 1.0), (10, 0.5), (200, 0)),
    "connect-four": _networks(INLINE, (2, 4.5), (2, 2), (8, 2.6), (8, 1.35), (64, 0.6), (2000, 0)),
    "othello": _networks(50, (2, 4.5), (2, 2), (8, 1.5), (16, 0.8), (64, 0), (300, 0)),
    "breakthrough-6": _networks(50, (2, 4), (2, 2.2), (8, 2), (16, 0.9), (64, 0), (400, 0)),
    "breakthrough-8": _networks(50, (2, 4), (2, 2.2), (8, 2), (16, 0.9), (64, 0), (300, 0)),
    "hex-7": _networks(50, (2, 4), (2, 2.2), (8, 1.9), (16, 1), (64, 0), (400, 0)),
}


def network_levels(game: str) -> list[Level]:
    """Of a game for which nothing was settled: those of its kind, by simulations."""
    usual = (2, 4), (2, 2), (8, 2), (16, 1), (64, 0), (300, 0)
    return NETWORK_LEVELS.get(game, _networks(50, *usual))
