"""How each game looks: where its pieces lie, where a move goes, what one calls it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

State = Any  # pyspiel.State
Kind = Literal["drop", "place", "move", "cards"]
Words = str | Promise
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PASS = "pass"  # noqa: S105  what one types


@dataclass(frozen=True)
class Move:
    """One legal or played move. Cells count row by row from the top left."""

    action: int
    text: str  # "column 4"
    typed: str  # "4"
    to: int | None = None  # None = no cell: a pass, a bet
    origin: int | None = None  # of a piece that was moved


@dataclass(frozen=True)
class Layout:
    """A board of squares, or of six-sided cells each row of which juts out by a half."""

    kind: Kind
    rows: int
    columns: int
    sides: tuple[Words, Words]  # what each one's pieces are called
    goal: Words
    symbols: str = "xo."  # of OpenSpiel's drawing: first side, second side, empty
    style: str = "plain"
    in_a_row: int = 0  # as many of a side in a line win; 0 = it is not won so
    links_edges: bool = False  # the first side from top to bottom, the second from left to right
    from_below: bool = False  # rows are counted from below
    example: tuple[int, ...] = ()  # moves of a played game, for the picture of it

    def pieces(self, state: State) -> list[int | None]:
        """Of each cell the side whose piece lies there."""
        lines = [line for line in str(state).splitlines() if self._is_row(line)]
        signs = "".join(sign for line in lines for sign in line if sign in self.symbols)
        kinds: dict[str, int | None] = dict(zip(self.symbols, (0, 1, None), strict=True))
        return [kinds[sign] for sign in signs]

    def _is_row(self, line: str) -> bool:
        bare = line.strip(" 0123456789")
        return bool(bare) and set(bare) <= set(self.symbols + " ")

    def label(self, cell: int) -> str:
        """As one says where it is: "d3"."""
        row, column = divmod(cell, self.columns)
        if self.kind == "drop":
            where = {"column": column + 1, "row": self.rows - row}
            return _("column %(column)d, row %(row)d") % where
        return f"{LETTERS[column]}{self.rows - row if self.from_below else row + 1}"

    def move(self, state: State, action: int) -> Move:
        return MOVES[self.kind](self, state, action)

    def winning(self, pieces: list[int | None]) -> list[int]:
        """Cells of a line that won the game; [] where the game knows none."""
        if self.links_edges:
            return self._linked(pieces)
        if not self.in_a_row:
            return []
        found = {
            cell
            for line in self._lines()
            if (first := pieces[line[0]]) is not None and all(pieces[c] == first for c in line)
            for cell in line
        }
        return sorted(found)

    def _lines(self) -> Iterator[list[int]]:
        for row in range(self.rows):
            for column in range(self.columns):
                for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
                    ends = row + down * (self.in_a_row - 1), column + right * (self.in_a_row - 1)
                    if ends[0] < self.rows and 0 <= ends[1] < self.columns:
                        yield [
                            (row + step * down) * self.columns + column + step * right
                            for step in range(self.in_a_row)
                        ]

    def _linked(self, pieces: list[int | None]) -> list[int]:
        """A shortest chain between one's two edges."""
        rows, columns = self.rows, self.columns
        edges = (range(columns), range((rows - 1) * columns, rows * columns))
        sides = (range(0, rows * columns, columns), range(columns - 1, rows * columns, columns))
        for side, (start, end) in enumerate((edges, sides)):
            before: dict[int, int | None] = {c: None for c in start if pieces[c] == side}
            queue = list(before)
            for cell in queue:
                if cell in end:
                    return _chain(before, cell)
                for near in self._neighbours(cell):
                    if pieces[near] == side and near not in before:
                        before[near] = cell
                        queue.append(near)
        return []

    def _neighbours(self, cell: int) -> Iterator[int]:
        row, column = divmod(cell, self.columns)
        for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0), (1, -1), (-1, 1)):
            if 0 <= row + down < self.rows and 0 <= column + right < self.columns:
                yield (row + down) * self.columns + column + right


def _chain(before: dict[int, int | None], cell: int | None) -> list[int]:
    chain = []
    while cell is not None:
        chain.append(cell)
        cell = before[cell]
    return sorted(chain)


def _drop(layout: Layout, state: State, action: int) -> Move:
    pieces = layout.pieces(state)
    column = range(action, layout.rows * layout.columns, layout.columns)
    free = [cell for cell in column if pieces[cell] is None]
    name = _("column %(n)d") % {"n": action + 1}
    return Move(action, name, str(action + 1), to=free[-1] if free else None)


def _place(layout: Layout, state: State, action: int) -> Move:
    if action >= layout.rows * layout.columns:
        return Move(action, _("pass"), PASS)
    return Move(action, layout.label(action), layout.label(action), to=action)


def _move(layout: Layout, state: State, action: int) -> Move:
    """OpenSpiel says "a2a3", with a star for a capture."""
    said = state.action_to_string(state.current_player(), action)
    origin, to = (
        layout.columns * (layout.rows - int(at[1])) + LETTERS.index(at[0])
        for at in (said[:2], said[2:4])
    )
    sign = "×" if "*" in said else "–"
    return Move(action, f"{said[:2]}{sign}{said[2:4]}", said[:4], to=to, origin=origin)


MOVES: dict[str, Callable[[Layout, State, int], Move]] = {
    "drop": _drop,
    "place": _place,
    "move": _move,
}
DISCS = (gettext_lazy("amber rings"), gettext_lazy("white crosses"))
ACROSS = gettext_lazy(
    "Bring one piece to the far side. Straight or slanting ahead; captures slant."
)


def _breakthrough(size: int, example: tuple[int, ...]) -> Layout:
    return Layout(
        "move", size, size, DISCS, ACROSS, "bw.", "slate", from_below=True, example=example
    )


LAYOUTS = {
    "tic-tac-toe": Layout(
        "place",
        3,
        3,
        (gettext_lazy("crosses"), gettext_lazy("noughts")),
        gettext_lazy("Three in a row, a column or a diagonal."),
        style="lines",
        in_a_row=3,
        example=(4, 0, 2, 6, 3),
    ),
    "connect-four": Layout(
        "drop",
        6,
        7,
        DISCS,
        gettext_lazy("Four in a row, a column or a diagonal. Discs fall to the lowest free place."),
        style="rack",
        in_a_row=4,
        example=(3, 2, 2, 1, 2, 2, 3, 3, 1, 5, 0, 0, 5, 3, 1, 1, 6),
    ),
    "othello": Layout(
        "place",
        8,
        8,
        DISCS,
        gettext_lazy("Enclose discs of the other side and they become yours. Most discs win."),
        "xo-",
        "felt",
        example=(44, 43, 34, 45, 37, 25, 52, 59, 18, 19, 53, 20, 42, 49, 10, 38, 41, 54, 56, 29),
    ),
    "breakthrough-6": _breakthrough(
        6, (132, 346, 120, 283, 76, 296, 160, 200, 41, 356, 245, 395, 108, 224)
    ),
    "breakthrough-8": _breakthrough(
        8,
        (160, 594, 134, 488, 228, 644, 110, 550, 148, 730, 314, 466, 172, 394, 40, 668, 84, 306),
    ),
    "hex-7": Layout(
        "place",
        7,
        7,
        DISCS,
        gettext_lazy("Amber links top and bottom, white links left and right. There is no draw."),
        style="hex",
        links_edges=True,
        example=(25, 18, 34, 29, 10, 11, 3, 17, 26, 5, 6, 27, 35, 20, 23, 19, 16),
    ),
}
