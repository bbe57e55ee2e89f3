"""Games of an agent against itself, many side by side, and what is to be learnt from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from genai.games.agents import tempered
from genai.games.evaluation import Evaluate
from genai.games.examples import Examples
from genai.games.matches import random_opening
from genai.games.rules import Floats, Game, State
from genai.games.search import Noise, Search

LATE_TEMPERATURE = 0.25


@dataclass(frozen=True)
class SelfPlayConfig:
    """How games are played; half of the moves are made after a short look and teach nothing.

    Playout cap randomisation: Wu, Accelerating Self-Play Learning in Go (2019).
    """

    simulations: int = 96  # of a move that is learnt from
    fast_simulations: int = 24
    learnt_share: float = 0.5  # of moves
    exploration: float = 1.5
    noise: Noise = field(default_factory=Noise)
    opening_plies: int = 8  # random moves that a game begins with, at most: else games grow alike
    early_plies: int = 12  # moves drawn by their shares of visits; later nearly the best is made
    searched_share: float = 0.3  # of a value to be learnt: from the search, the rest the outcome
    games_at_once: int = 48

    def __post_init__(self) -> None:
        if min(self.simulations, self.fast_simulations, self.games_at_once) < 1:
            raise ValueError(f"simulations and games must be positive: {self}")
        if min(self.opening_plies, self.early_plies) < 0:
            raise ValueError(f"moves are counted from 0: {self}")
        if not (0 < self.learnt_share <= 1 and 0 <= self.searched_share <= 1):
            raise ValueError(f"shares are from 0 to 1, and something must be learnt: {self}")


@dataclass
class Played:
    """What came of some games."""

    examples: Examples
    games: int
    moves: int
    simulations: int
    outcomes: tuple[int, int, int]  # games that side 0 won, drew, lost
    seconds: float = 0.0  # of computing, in a process of its own

    @classmethod
    def joined(cls, parts: list[Played]) -> Played:
        won, drawn, lost = zip(*(part.outcomes for part in parts), strict=True)
        return cls(
            Examples.joined([part.examples for part in parts]),
            sum(part.games for part in parts),
            sum(part.moves for part in parts),
            sum(part.simulations for part in parts),
            (sum(won), sum(drawn), sum(lost)),
            sum(part.seconds for part in parts),
        )


class Table:
    """One of the games that are played side by side."""

    def __init__(self, game: Game, config: SelfPlayConfig, rng: np.random.Generator) -> None:
        self.game, self.config, self.rng = game, config, rng
        self.search = Search(game, config.exploration)
        self.begin()

    def begin(self) -> None:
        plies = int(self.rng.integers(self.config.opening_plies + 1))
        opening = random_opening(self.game, plies, self.rng)
        self.state: State = self.game.state_after(opening)
        self.outcome: float | None = None  # of side 0
        self.simulations = self.moves = 0
        self.boards: list[npt.NDArray[np.uint8]] = []
        self.policies: list[npt.NDArray[np.float16]] = []
        self.sides: list[int] = []
        self.searched: list[float] = []
        self._think()

    def _think(self) -> None:
        config = self.config
        self.is_learnt = self.rng.random() < config.learnt_share
        self.search.restart(
            self.state, config.simulations if self.is_learnt else config.fast_simulations
        )

    def learn(self, logits: Floats, values: Floats) -> None:
        """logits: (1, A); values: (1,)"""
        self.search.learn(logits, values)
        if self.is_learnt and not self.search.simulations:
            self.search.mix_in(self.config.noise, self.rng)

    def move(self) -> None:
        """Once the search is done. A game whose outcome is proven ends there."""
        search, side = self.search, self.state.current_player()
        actions, shares = search.shares()
        self.simulations += search.simulations
        self.moves += 1
        if self.is_learnt:
            self._keep(side, actions, shares)
        if search.is_proven:
            self.outcome = search.value() * (1 if side == 0 else -1)
            return
        temperature = 1.0 if self.moves <= self.config.early_plies else LATE_TEMPERATURE
        choice = self.rng.choice(len(actions), p=tempered(shares, temperature))
        self.state.apply_action(int(actions[choice]))
        if self.state.is_terminal():
            self.outcome = self.state.returns()[0]
        else:
            self._think()

    def _keep(self, side: int, actions: np.ndarray, shares: np.ndarray) -> None:
        boards = np.empty(self.game.shape, np.float32)
        self.search.encoder.write(self.state, boards)
        policy = np.zeros(self.game.actions, np.float16)
        policy[actions] = shares
        self.boards.append(boards.astype(np.uint8))
        self.policies.append(policy)
        self.sides.append(side)
        self.searched.append(self.search.value())

    def values(self) -> Floats:
        """(N,) of the positions kept, for the side to move there."""
        assert self.outcome is not None
        reached = self.outcome * (1 - 2 * np.array(self.sides, np.float32))
        share = self.config.searched_share
        return (1 - share) * reached + share * np.array(self.searched, np.float32)


def play(
    game: Game,
    evaluate: Evaluate,
    config: SelfPlayConfig,
    rng: np.random.Generator,
    games: int,
    check: Callable[[], object] = lambda: None,
) -> Played:
    """So many games to their end; every round evaluates one position of each at once.

    check: called before each round, may raise to end it.
    """
    tables = [Table(game, config, rng) for _ in range(min(games, config.games_at_once))]
    boards = np.empty((len(tables), *game.shape), np.float32)
    finished: list[Examples] = []
    to_begin = games - len(tables)
    moves = simulations = 0
    outcomes = [0, 0, 0]
    while tables:
        check()
        _look(tables, boards, evaluate)
        for table in [table for table in tables if table.search.is_done]:
            table.move()
            if table.outcome is None:
                continue
            if table.boards:
                finished.append(
                    Examples(np.stack(table.boards), np.stack(table.policies), table.values())
                )
            moves, simulations = moves + table.moves, simulations + table.simulations
            outcomes[1 - int(np.sign(table.outcome))] += 1
            if to_begin:
                to_begin -= 1
                table.begin()
            else:
                tables.remove(table)
    won, drawn, lost = outcomes
    none = Examples.none(game)
    return Played(Examples.joined([none, *finished]), games, moves, simulations, (won, drawn, lost))


def _look(tables: list[Table], boards: Floats, evaluate: Evaluate) -> None:
    """Each search goes on by one position; all of them are evaluated at once in boards (B, …)."""
    waiting: list[Table] = []
    for table in tables:
        if table.search.gather(boards[len(waiting) :], 1):
            waiting.append(table)
    if waiting:
        logits, values = evaluate(boards[: len(waiting)])
        for place, table in enumerate(waiting):
            table.learn(logits[place : place + 1], values[place : place + 1])
