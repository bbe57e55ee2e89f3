"""Levels: one agent that thinks less or more, from beginner to its strongest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
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
# by game: of those levels (rating, low, high), from 24 games a pair with the middle levels of the
# agent that ships, moved so that these keep, on average, what the row agent-levels gave them
ROLLOUT_RATINGS = {
    "tic-tac-toe": ((1297, 1236, 1351), (1379, 1326, 1437), (1572, 1531, 1613)),
    "connect-four": (
        *((918, 826, 997), (1078, 988, 1142), (1317, 1265, 1372)),
        *((1513, 1460, 1565), (1613, 1572, 1656), (1670, 1608, 1736)),
    ),
    "othello": ((832, 728, 920), (943, 838, 1020), (1107, 1018, 1189), (1250, 1166, 1316)),
    "breakthrough-6": ((431, 265, 565), (681, 545, 799), (957, 853, 1057), (1103, 1011, 1188)),
    "hex-7": ((651, 482, 767), (1044, 939, 1123), (1375, 1300, 1449), (1655, 1579, 1743)),
}


def rollout_levels(game: str) -> list[Level]:
    """With their ratings, where they were measured; of a game for which nothing was settled, four
    of which each looks four times as often."""
    levels = ROLLOUT_LEVELS.get(game, _rollouts(10, 40, 160, 640))
    if game not in ROLLOUT_RATINGS:
        return levels
    return [
        replace(level, rating=rating, low=low, high=high)
        for level, (rating, low, high) in zip(levels, ROLLOUT_RATINGS[game], strict=True)
    ]


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
