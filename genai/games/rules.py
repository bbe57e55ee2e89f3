"""The games there are; OpenSpiel knows their rules, this says what else a search needs of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyspiel

from genai.errors import DataError

State = Any  # pyspiel.State: a position, with the moves that led to it
Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
TO_MOVE = 1  # plane added to OpenSpiel's: full of ones when the second side is to move


class IllegalMove(DataError):
    """A move cannot be made there; the message names it and its place."""


@dataclass(frozen=True)
class Symmetry:
    """A way to turn a board that keeps the rules; whole-number arrays say what comes from where."""

    cells: Rows  # (H * W,)
    actions: Rows  # (A,)
    planes: Rows | None = None  # (C,); None = each stays

    def turn(self, boards: Floats) -> Floats:
        """boards: (B, C, H, W) as Encoder writes them → the same, turned."""
        flat = boards.reshape(*boards.shape[:2], len(self.cells))
        turned = flat[:, :, self.cells].reshape(boards.shape)
        return turned if self.planes is None else turned[:, self.planes]

    def turn_policies(self, policies: Floats) -> Floats:
        """policies: (B, A)"""
        return policies[:, self.actions]


@dataclass(frozen=True)
class Game:
    """One set of rules, two sides; the first to move is side 0."""

    key: str  # in addresses and names of files
    name: str
    rules: str  # as OpenSpiel is asked for them
    is_hidden: bool = False  # cards that one side does not see
    symmetries_of: Callable[[Game], list[Symmetry]] | None = None

    @cached_property
    def spiel(self) -> Any:
        return pyspiel.load_game(self.rules)

    @property
    def actions(self) -> int:
        """A: moves there are in all positions; each is a whole number below it."""
        return int(self.spiel.num_distinct_actions())

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of what a network sees; only of games without hidden cards."""
        channels, rows, columns = self.spiel.observation_tensor_shape()
        return channels + TO_MOVE, rows, columns

    @cached_property
    def symmetries(self) -> list[Symmetry]:
        """Those that keep the first position, but for leaving every board as it is."""
        if self.symmetries_of is None:
            return []
        first = np.empty((1, *self.shape), dtype=np.float32)
        Encoder(self).write(self.new_state(), first[0])
        return [
            symmetry
            for symmetry in self.symmetries_of(self)
            if np.array_equal(symmetry.turn(first), first)
        ]

    def new_state(self) -> State:
        return self.spiel.new_initial_state()

    def state_after(self, actions: Iterable[int]) -> State:
        """The position after these moves, dealt cards included; IllegalMove names the bad one."""
        state = self.new_state()
        for ply, action in enumerate(actions, 1):
            apply(state, action, where=f"move {ply}")
        return state


def apply(state: State, action: int, *, where: str = "this move") -> None:
    """Makes the move; the position stays as it was when IllegalMove is raised."""
    if state.is_terminal():
        raise IllegalMove(f"{where}: the game is over, {action} cannot be played")
    if action not in state.legal_actions():
        raise IllegalMove(f"{where}: {action} is not a legal move here")
    state.apply_action(action)


class Encoder:
    """Positions → what a network sees of them, without a copy in between."""

    def __init__(self, game: Game) -> None:
        kind = pyspiel.IIGObservationType(perfect_recall=False)
        self._observation = pyspiel._Observation(game.spiel, game.spiel.make_observer(kind, {}))
        self._values = np.asarray(self._observation)  # filled anew by set_from
        self.shape = game.shape

    def write(self, state: State, planes: Floats) -> None:
        """planes: (C, H, W), overwritten: what the side to move sees, and which side that is."""
        side = state.current_player()
        self._observation.set_from(state, side)
        planes[:-TO_MOVE].reshape(-1)[:] = self._values
        planes[-TO_MOVE:] = side


def _mirrored_columns(game: Game) -> list[Symmetry]:
    """Connect Four: left and right; an action is a column."""
    return [Symmetry(_cells(game)[:, ::-1].ravel(), np.arange(game.actions)[::-1])]


def _square(game: Game) -> list[Symmetry]:
    """The seven other ways to lay a square board; an action is a cell, or beyond them a pass."""
    cells = _cells(game)
    turned = [np.rot90(board, turns) for board in (cells, cells.T) for turns in range(4)]
    beyond = np.arange(cells.size, game.actions)
    return [Symmetry(board.ravel(), np.append(board.ravel(), beyond)) for board in turned[1:]]


# planes of Hex: win, west edge, east edge, plain of white; empty; of black the mirror of that; side
HEX_TURNED = np.array([0, 2, 1, 3, 4, 5, 7, 6, 8, 9])


def _half_turn(game: Game) -> list[Symmetry]:
    """Hex: each edge changes places with the opposite one of the same side."""
    cells = _cells(game).ravel()[::-1]
    return [Symmetry(cells, cells, HEX_TURNED)]


BREAKTHROUGH_MOVES = (6, 2)  # directions (left, ahead, right of either side), captures


def _mirrored_moves(game: Game) -> list[Symmetry]:
    """Breakthrough: left and right; an action is a cell, a direction and whether it captures."""
    cells = _cells(game)
    actions = np.arange(game.actions).reshape(*cells.shape, *BREAKTHROUGH_MOVES)
    mirrored = actions[:, ::-1, [2, 1, 0, 5, 4, 3]]
    return [Symmetry(cells[:, ::-1].ravel(), mirrored.ravel())]


def _cells(game: Game) -> Rows:
    _, rows, columns = game.shape
    return np.arange(rows * columns).reshape(rows, columns)


GAMES = {
    game.key: game
    for game in (
        Game("tic-tac-toe", "Tic-tac-toe", "tic_tac_toe", symmetries_of=_square),
        Game("connect-four", "Connect Four", "connect_four", symmetries_of=_mirrored_columns),
        Game("othello", "Othello", "othello", symmetries_of=_square),
        Game(
            "breakthrough-6",
            "Breakthrough 6×6",
            "breakthrough(rows=6,columns=6)",
            symmetries_of=_mirrored_moves,
        ),
        Game("breakthrough-8", "Breakthrough 8×8", "breakthrough", symmetries_of=_mirrored_moves),
        Game("hex-7", "Hex 7×7", "hex(board_size=7)", symmetries_of=_half_turn),
        Game("kuhn-poker", "Kuhn poker", "kuhn_poker", is_hidden=True),
        Game("leduc-poker", "Leduc poker", "leduc_poker", is_hidden=True),
    )
}


def game_of(key: str) -> Game:
    """DataError, with the names there are, when there is none of this key."""
    if key not in GAMES:
        raise DataError(f"unknown game {key!r}; known: {', '.join(GAMES)}")
    return GAMES[key]
