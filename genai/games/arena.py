"""Everybody against everybody, from random openings that are played from both sides."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from genai.artifacts import Manifest, amend_manifest, read_manifest
from genai.errors import DataError, Stopped
from genai.games.agents import Agent
from genai.games.levels import Level
from genai.games.matches import play_game, random_opening
from genai.games.rating import Array, Ratings, Result, rate, tables
from genai.games.rules import Game

Row = dict[str, Any]


@dataclass(frozen=True)
class Contender:
    """One level of an agent; its name tells it from the others."""

    name: str
    agent: Agent
    level: Level
    artifact: Path | None = None  # where its rating can be written down


@dataclass(frozen=True)
class ArenaConfig:
    """With the contenders, everything that decides on the games but for the clock."""

    games: int = 100  # of each pair
    opening: int = 2  # random moves
    seed: int = 0

    def __post_init__(self) -> None:
        if self.games < 1 or self.opening < 0:
            raise ValueError(f"a game of each pair at least, openings from 0 moves: {self}")


class Arena:
    """A round robin whose games are written down one by one: what was killed goes on."""

    def __init__(
        self, game: Game, contenders: Sequence[Contender], config: ArenaConfig, path: Path
    ) -> None:
        """path: of the games, JSON lines. DataError when it holds games of another round robin."""
        names = [contender.name for contender in contenders]
        if len(set(names)) < max(2, len(names)):
            raise DataError("an arena takes two contenders at least, each of them once")
        if game.is_hidden:
            raise DataError(f"{game.name} is measured in chips, not rated: see evaluate")
        self.game, self.contenders, self.config, self.path = game, contenders, config, path
        self.rows = self._read()

    def play(
        self,
        *,
        on_progress: Callable[[int, int], object] = lambda done, all_games: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """The games that are missing, pairs by turns. Stopped when cancelled."""
        pairs = list(combinations(range(len(self.contenders)), 2))
        played = {(*row["pair"], row["game"]) for row in self.rows}
        with self.path.open("a", encoding="utf-8") as file:
            for number in range(self.config.games):
                for pair in pairs:
                    if (*pair, number) in played:
                        continue
                    if is_cancelled():
                        raise Stopped(f"stopped after {len(self.rows)} games")
                    self.rows.append(self._play(pair, number))
                    file.write(json.dumps(self.rows[-1]) + "\n")
                    file.flush()
                    on_progress(len(self.rows), len(pairs) * self.config.games)

    def report(self) -> Manifest:
        """Contenders from the best to the weakest, and the gaps from each to the next.

        Those without an artifact keep, on average, the rating that they have: so the ratings of
        agents that never met are on one scale.
        """
        results, size = results_of(self.rows), len(self.contenders)
        ratings = rate(results, size, np.random.default_rng(self.config.seed)).beside(self._known())
        points, games = tables(results, size)
        order = np.argsort(-ratings.values).tolist()
        return {
            **self._facts(),
            "contenders": [self._told(index, ratings, points, games) for index in order],
            "gaps": [
                dict(zip(("points", "low", "high"), ratings.gap(better, worse), strict=True))
                for better, worse in zip(order, order[1:], strict=False)
            ],
            "points": points[np.ix_(order, order)].tolist(),
            "games_played": games[np.ix_(order, order)].tolist(),
        }

    def record_ratings(self, report: Manifest) -> None:
        """Into the manifests of the contenders' artifacts."""
        found = {row["name"]: row for row in report["contenders"]}
        for contender in self.contenders:
            if contender.artifact is not None:
                rated = {key: found[contender.name][key] for key in ("rating", "low", "high")}
                amend_manifest(contender.artifact, _rating_of(contender.level, rated))

    def _known(self) -> dict[int, float]:
        return {
            index: one.level.rating
            for index, one in enumerate(self.contenders)
            if one.artifact is None and one.level.rating is not None
        }

    def _play(self, pair: tuple[int, int], number: int) -> Row:
        """Games 0 and 1 share their opening, and so on; sides change in between."""
        seeds = [self.config.seed, *pair]
        opening = random_opening(
            self.game, self.config.opening, np.random.default_rng([*seeds, number // 2])
        )
        swapped = number % 2 == 1
        first, second = (self.contenders[index] for index in (pair[::-1] if swapped else pair))
        record = play_game(
            self.game,
            (first.agent, second.agent),
            (first.level.limit, second.level.limit),
            np.random.default_rng([*seeds, number, 1]),
            opening,
        )
        points = (1 - record.outcome if swapped else 1 + record.outcome) / 2
        took = [
            [round(decision.milliseconds, 2) for decision in record.decisions_of(self.game, side)]
            for side in (0, 1)
        ]
        return {
            "pair": list(pair),
            "game": number,
            "points": points,  # of the first of the pair
            "milliseconds": took[::-1] if swapped else took,
            "actions": record.actions,
        }

    def _read(self) -> list[Row]:
        """The games there are; a line that was cut off by a kill is dropped."""
        head = json.dumps(self._facts())
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(head + "\n", encoding="utf-8")
            return []
        text = self.path.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        lines = whole.splitlines()
        if not lines or lines[0] != head:
            raise DataError(f"{self.path} holds games of other contenders or of other rules")
        if whole != text:
            os.truncate(self.path, len(whole.encode()))
        return [json.loads(line) for line in lines[1:]]

    def _facts(self) -> Manifest:
        return {
            "game": self.game.key,
            "levels": {
                contender.name: contender.level.facts()
                | {"rating": None, "low": None, "high": None}
                for contender in self.contenders
            },
            "files": {
                contender.name: read_manifest(contender.artifact)["files"]
                for contender in self.contenders
                if contender.artifact
            },
            "opening": self.config.opening,
            "seed": self.config.seed,
        }

    def _told(self, index: int, ratings: Ratings, points: Array, games: Array) -> Row:
        took = np.concatenate(
            [
                times
                for row in self.rows
                for of, times in zip(row["pair"], row["milliseconds"], strict=True)
                if of == index
            ]
        )
        return {
            "name": self.contenders[index].name,
            "rating": round(float(ratings.values[index]), 1),
            "low": round(float(ratings.low[index]), 1),
            "high": round(float(ratings.high[index]), 1),
            "score": float(points[index].sum() / games[index].sum()),
            "milliseconds_median": round(float(np.median(took)), 2),
            "milliseconds_p95": round(float(np.percentile(took, 95)), 2),
        }


def arena_at(path: Path, game: Game, contenders: Sequence[Contender], config: ArenaConfig) -> Arena:
    """With the games there, if they are of these contenders; else it begins anew. DataError"""
    try:
        return Arena(game, contenders, config, path)
    except DataError:  # of others, of levels as they were once, or cut off in the first line
        path.unlink(missing_ok=True)
        return Arena(game, contenders, config, path)


def results_of(rows: Sequence[Row]) -> list[Result]:
    """Two games from one opening hang together: one result."""
    together: dict[tuple[int, int, int], list[float]] = {}
    for row in rows:
        together.setdefault((*row["pair"], row["game"] // 2), []).append(row["points"])
    return [
        Result(first, second, sum(points), len(points))
        for (first, second, _), points in together.items()
    ]


def _rating_of(level: Level, rated: dict[str, float]) -> Callable[[Manifest], None]:
    def amend(manifest: Manifest) -> None:
        for facts in manifest["levels"]:
            if facts["key"] == level.key:
                facts.update(rated)

    return amend
