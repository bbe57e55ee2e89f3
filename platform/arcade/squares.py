"""A board as the page draws it: what each square says, does and shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from arcade.boards import BoardView, Cell, line_of, sides_of
from arcade.layouts import Move
from arcade.thoughts import Thought

HEATS = 5  # steps of how strongly a square is tinted
MOST_GHOSTS = 3  # expected moves that are drawn


@dataclass(frozen=True)
class Square:
    """One of them. move: what a click makes; origin: what it chooses, "" = puts down again."""

    cell: Cell
    name: str  # for those who do not see it
    move: Move | None = None
    origin: str | None = None
    is_hint: bool = False
    is_chosen: bool = False
    is_entry: bool = False  # where the tabulator enters the board
    share: int | None = None  # percent that the agent gave it
    heat: int = 0
    ghost: int | None = None  # place among the expected moves
    ghost_side: int | None = None


@dataclass(frozen=True)
class Column:
    """Share of the agent's looks ahead that went to a column."""

    number: int
    share: int
    is_best: bool

    @property
    def height(self) -> float:
        """Of the bar, of 46."""
        return max(3.0, self.share * 0.9 if self.share < 50 else 46)


@dataclass(frozen=True)
class Glimpse:
    """What a board shows of the agent's thinking."""

    shares: Mapping[int, float] = field(default_factory=dict)  # by cell
    ghosts: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # cell → place, side


def glimpse_of(board: BoardView, thought: Thought | None, actions: list[int]) -> Glimpse:
    """actions: that led to what the board shows."""
    if thought is None or board.kind == "cards":
        return Glimpse()
    expected = thought.expected_after(actions)[:MOST_GHOSTS]
    ghosts = {
        move.to: (place, side)
        for place, (side, move) in enumerate(line_of(board.game, actions, expected), 1)
        if move.to is not None and board.cells[move.to].piece is None
    }
    shares: dict[int, float] = {}
    if board.kind != "drop":
        weighed = line_of(board.game, actions[: thought.ply], thought.policy, each_alone=True)
        for _side, move in weighed:
            if move.to is not None:
                shares[move.to] = shares.get(move.to, 0) + thought.policy[move.action]
    return Glimpse(shares, ghosts)


def columns_of(board: BoardView, thought: Thought | None) -> list[Column]:
    """Bars above a board where one drops; [] elsewhere."""
    if thought is None or board.kind != "drop" or not thought.policy:
        return []
    best = max(thought.policy.values())
    shares = [thought.policy.get(column, 0.0) for column in range(board.columns)]
    return [
        Column(number, round(100 * share), share == best) for number, share in enumerate(shares, 1)
    ]


def squares_of(
    board: BoardView, glimpse: Glimpse, *, may_move: bool, origin: int | None, flipped: bool
) -> list[list[Square]]:
    """Rows from the top. origin: the piece that is chosen already."""
    names = sides_of(board.game)
    moves = board.moves_from(origin) if board.kind == "move" else board.by_cell
    lines = [
        [
            _square(board, cell, glimpse, names, moves if may_move else {}, origin, may_move)
            for cell in line
        ]
        for line in board.lines(flipped=flipped)
    ]
    return _with_entry(lines)


def _square(
    board: BoardView,
    cell: Cell,
    glimpse: Glimpse,
    names: tuple[str, str],
    moves: Mapping[int, Move],
    origin: int | None,
    may_move: bool,
) -> Square:
    move, share = moves.get(cell.place), glimpse.shares.get(cell.place, 0)
    is_chosen = may_move and cell.place == origin
    is_origin = may_move and cell.place in board.origins
    place, side = glimpse.ghosts.get(cell.place, (None, None))
    return Square(
        cell,
        _name(
            cell,
            names,
            is_target=cell.place in board.targets and move is not None,
            is_origin=is_origin,
            is_chosen=is_chosen,
        ),
        move,
        "" if is_chosen else str(cell.place) if is_origin else None,
        is_hint=move is not None and cell.place in board.targets,
        is_chosen=is_chosen,
        share=round(100 * share) if share >= 0.005 else None,
        heat=min(HEATS, 1 + int(share * HEATS * 2)) if share >= 0.02 else 0,
        ghost=place,
        ghost_side=side,
    )


def _name(
    cell: Cell, names: tuple[str, str], *, is_target: bool, is_origin: bool, is_chosen: bool
) -> str:
    parts = [cell.label, _("empty") if cell.piece is None else names[cell.piece]]
    parts += [_("last move")] * cell.is_last + [_("wins")] * cell.is_winning
    parts += [_("can move")] * (is_origin and not is_chosen) + [_("chosen")] * is_chosen
    return ", ".join([*parts, *[_("can be played")] * is_target])


def _with_entry(lines: list[list[Square]]) -> list[list[Square]]:
    """One square of the board takes the focus of the tabulator: the chosen, else the last played,
    else the first that can be played, else the first."""
    squares = [square for line in lines for square in line]
    wishes = (
        lambda square: square.is_chosen,
        lambda square: square.cell.is_last,
        lambda square: square.is_hint or square.origin,
        lambda square: True,
    )
    entry = next(square for wish in wishes for square in squares if wish(square))
    return [
        [
            square if square is not entry else Square(**(vars(square) | {"is_entry": True}))
            for square in line
        ]
        for line in lines
    ]
