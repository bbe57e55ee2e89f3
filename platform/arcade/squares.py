"""A board as the page draws it: what each square says, does and shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from arcade.boards import BoardView, Cell, line_of, sides_of
from arcade.layouts import Move
from arcade.thoughts import Thought

BAR, LEAST_BAR = 46.0, 4.0  # height of a column's bar
HEATS = 5  # steps of how strongly a square is tinted
LEAST_SHARE = 0.045  # of what the agent weighed, to be shown
MOST_GHOSTS = 3  # expected moves that are drawn


@dataclass(frozen=True)
class Square:
    """One of them. move: what a click makes; href: where a click leads that chooses a piece."""

    cell: Cell
    name: str  # for those who do not see it
    move: Move | None = None
    href: str | None = None
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
        """Of the bar; half of the looks and more fill it."""
        return max(LEAST_BAR, min(BAR, BAR * self.share / 50))

    @property
    def top(self) -> float:
        return BAR - self.height


@dataclass(frozen=True)
class Glimpse:
    """What a board shows of the agent's thinking."""

    shares: Mapping[int, float] = field(default_factory=dict)  # by cell
    ghosts: Mapping[int, tuple[int, int]] = field(default_factory=dict)  # cell → place, side


@dataclass(frozen=True)
class Hand:
    """What a click may do. origin: the piece that is chosen already; address: of a choice."""

    may_move: bool
    origin: int | None
    address: Callable[[int | None], str]

    def moves(self, board: BoardView) -> Mapping[int, Move]:
        if not self.may_move:
            return {}
        return board.moves_from(self.origin) if board.kind == "move" else board.by_cell


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
    board: BoardView, glimpse: Glimpse, hand: Hand, *, flipped: bool
) -> list[list[Square]]:
    """Rows from the top."""
    names = sides_of(board.game)
    lines = [
        [_square(board, cell, glimpse, hand, names) for cell in line]
        for line in board.lines(flipped=flipped)
    ]
    return _with_entry(lines)


def _square(
    board: BoardView, cell: Cell, glimpse: Glimpse, hand: Hand, names: tuple[str, str]
) -> Square:
    move = hand.moves(board).get(cell.place)
    is_chosen = hand.may_move and cell.place == hand.origin
    is_origin = hand.may_move and cell.place in board.origins
    is_hint = move is not None and cell.place in board.targets
    share = glimpse.shares.get(cell.place, 0)
    place, side = glimpse.ghosts.get(cell.place, (None, None))
    words = {_("can move"): is_origin and not is_chosen, _("chosen"): is_chosen}
    return Square(
        cell,
        _name(cell, names, words | {_("can be played"): is_hint}),
        move,
        hand.address(None if is_chosen else cell.place) if is_origin else None,
        is_hint=is_hint,
        is_chosen=is_chosen,
        share=round(100 * share) if share >= LEAST_SHARE else None,
        heat=min(HEATS, 1 + int(share * HEATS * 2)) if share >= LEAST_SHARE else 0,
        ghost=place,
        ghost_side=side,
    )


def _name(cell: Cell, names: tuple[str, str], words: dict[str, bool]) -> str:
    said = {_("last move"): cell.is_last, _("wins"): cell.is_winning} | words
    what = _("empty") if cell.piece is None else names[cell.piece]
    return ", ".join([cell.label, what, *(word for word, holds in said.items() if holds)])


def _with_entry(lines: list[list[Square]]) -> list[list[Square]]:
    """One square of the board takes the focus of the tabulator: the chosen, else the last played,
    else the first that can be played, else the first."""
    squares = [square for line in lines for square in line]
    wishes = (
        lambda square: square.is_chosen,
        lambda square: square.cell.is_last,
        lambda square: square.is_hint or square.href,
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
