"""What a page or an app draws of a position; the rules themselves are OpenSpiel's."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.utils.translation import gettext as _

from arcade.cards import CARD_GAMES, Deal, Table
from arcade.layouts import LAYOUTS, Kind, Layout, Move, State
from arcade.serving import GAMES, apply

FILLING = re.compile(
    r"(?<=\w)\W+"
)  # that people write between or behind squares; not a minus before


@dataclass(frozen=True)
class Played:
    """A move of the game; what was dealt is none."""

    ply: int  # actions that came before it, dealt cards included
    side: int
    move: Move


@dataclass(frozen=True)
class Cell:
    place: int  # row by row from the top left
    label: str
    piece: int | None = None
    is_last: bool = False
    is_winning: bool = False


@dataclass(frozen=True)
class BoardView:
    """A position as one viewer sees it. outcome: of the first side, above 0 = it won."""

    game: str
    kind: Kind
    rows: int
    columns: int
    cells: list[Cell]
    moves: list[Move]  # that can be made; none when it is over
    played: list[Played]
    turn: int | None
    over: bool
    outcome: float | None
    style: str = "cards"
    table: Table | None = None  # of a game with cards
    costs: dict[int, int] = field(default_factory=dict)  # chips, by action

    def lines(self, *, flipped: bool = False) -> list[list[Cell]]:
        """The rows from the top; flipped = seen from the other side."""
        cells = self.cells[::-1] if flipped else self.cells
        return [cells[start : start + self.columns] for start in self._starts]

    @property
    def _starts(self) -> range:
        return range(0, self.rows * self.columns, self.columns or 1)

    @cached_property
    def by_cell(self) -> dict[int, Move]:
        """The move that a click on the cell makes, where the cell alone says it."""
        found = {move.to: move for move in self.moves if move.to is not None}
        if self.kind == "drop":  # anywhere in the column
            return {
                cell.place: move
                for move in self.moves
                for cell in self.cells
                if cell.place % self.columns == move.action
            }
        return {} if self.kind == "move" else found

    @cached_property
    def targets(self) -> set[int]:
        return {move.to for move in self.moves if move.to is not None}

    @cached_property
    def origins(self) -> set[int]:
        return {move.origin for move in self.moves if move.origin is not None}

    def moves_from(self, cell: int | None) -> dict[int, Move]:
        return {move.to: move for move in self.moves if move.to is not None and move.origin == cell}

    @property
    def other_moves(self) -> list[Move]:
        """Those that go to no cell."""
        return [move for move in self.moves if move.to is None]

    def move_of(self, typed: str) -> Move | None:
        """What one typed: "4", "d3", "a2-a3", "pass"; None when no legal move is called so."""
        plain = FILLING.sub("", typed.strip().casefold())
        return next((move for move in self.moves if plain == move.typed), None)

    def counts(self) -> tuple[int, int]:
        pieces = [cell.piece for cell in self.cells]
        return pieces.count(0), pieces.count(1)


def board_view(
    game_key: str,
    actions: Sequence[int],
    *,
    viewer_side: int | None = None,
    is_open: bool = False,
) -> BoardView:
    """viewer_side None = a watcher, who sees no hidden card before the end; is_open = it has come,
    by the rules or not."""
    if game_key in CARD_GAMES:
        deal = Deal(CARD_GAMES[game_key])
        return _table_view(game_key, deal, actions, viewer_side, is_open=is_open)
    layout = LAYOUTS[game_key]
    state = GAMES[game_key].new_state()
    played = []
    for ply, action in enumerate(actions):
        move, side = layout.move(state, action), state.current_player()
        apply(state, action, where=f"move {ply + 1}")
        played.append(Played(ply, side, move))
    return _squares(game_key, layout, state, played)


def _squares(key: str, layout: Layout, state: State, played: list[Played]) -> BoardView:
    over = state.is_terminal()
    pieces = layout.pieces(state)
    winning = layout.winning(pieces) if over else []
    last = {played[-1].move.to, played[-1].move.origin} if played else set()
    return BoardView(
        key,
        layout.kind,
        layout.rows,
        layout.columns,
        [
            Cell(place, layout.label(place), piece, place in last, place in winning)
            for place, piece in enumerate(pieces)
        ],
        [] if over else [layout.move(state, action) for action in state.legal_actions()],
        played,
        None if over else state.current_player(),
        over,
        state.returns()[0] if over else None,
        layout.style,
    )


def _table_view(
    key: str, deal: Deal, actions: Sequence[int], viewer_side: int | None, *, is_open: bool
) -> BoardView:
    """deal: of this game, from its start."""
    state, played = GAMES[key].new_state(), []
    for ply, action in enumerate(actions):
        side = state.current_player()
        if side >= 0:
            played.append(Played(ply, side, deal.move(side, action)))
        apply(state, action, where=f"move {ply + 1}")
        deal.follow(side, action)
    over, side = state.is_terminal(), state.current_player()
    legal = [] if over or side < 0 else state.legal_actions()
    return BoardView(
        key,
        "cards",
        0,
        0,
        [],
        [deal.move(side, action) for action in legal],
        played,
        side if legal else None,
        over,
        state.returns()[0] if over else None,
        table=deal.table(viewer_side=viewer_side, is_open=over or is_open),
        costs={action: deal.cost(side, action) for action in legal},
    )


def line_of(
    game_key: str, actions: Sequence[int], line: Iterable[int], *, each_alone: bool = False
) -> list[tuple[int, Move]]:
    """(side, move) of moves that follow these; with each_alone all are made from the same place.

    It ends where a move cannot be made.
    """
    layout, state = LAYOUTS[game_key], GAMES[game_key].state_after(actions)
    found = []
    for action in line:
        side = state.current_player()
        if side < 0 or action not in state.legal_actions():
            break
        found.append((side, layout.move(state, action)))
        if not each_alone:
            state.apply_action(action)
    return found


def goal_of(game_key: str) -> str:
    return str((CARD_GAMES.get(game_key) or LAYOUTS[game_key]).goal)


def sides_of(game_key: str) -> tuple[str, str]:
    """What each side's pieces are called."""
    if game_key in CARD_GAMES:
        return _("the first hand"), _("the second hand")
    first, second = LAYOUTS[game_key].sides
    return str(first), str(second)


def example_view(game_key: str) -> BoardView:
    """A played position, for the picture of the game."""
    layout = CARD_GAMES.get(game_key) or LAYOUTS[game_key]
    return board_view(game_key, layout.example, viewer_side=0)
