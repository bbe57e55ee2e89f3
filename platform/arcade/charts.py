"""The member's chance over a match, as points of a drawing."""

from dataclasses import dataclass

WIDTH, HEIGHT = 344.0, 148.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 10.0, 10.0, 24.0
LEAST_PLIES = 12  # a short match does not fill the width
TICKS = 4
MARKS = (100, 50, 0)  # percent


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    ply: int
    chance: int


@dataclass(frozen=True)
class Curve:
    """Places in a drawing of WIDTH by HEIGHT."""

    points: list[Point]
    shown: Point  # the last one before the position that is looked at
    ticks: list[tuple[float, int]]  # x, ply
    marks: list[tuple[float, int]]  # y, percent
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def last(self) -> Point:
        return self.points[-1]

    @property
    def line(self) -> str:
        return " ".join(f"{point.x:.1f},{point.y:.1f}" for point in self.points)

    @property
    def area(self) -> str:
        """Between the line and an even chance."""
        middle = _y(50)
        first, last = self.points[0], self.points[-1]
        return f"{first.x:.1f},{middle:.1f} {self.line} {last.x:.1f},{middle:.1f}"


def curve_chart(
    points: list[tuple[int, int]], *, plies: int, shown: int, longest: int
) -> Curve | None:
    """None while there is nothing to draw. longest: moves that the game can have."""
    if not points:
        return None
    most = max(plies, min(LEAST_PLIES, longest))
    placed = [Point(_x(ply, most), _y(chance), ply, chance) for ply, chance in points]
    seen = [point for point in placed if point.ply < shown] or placed[:1]
    if shown >= plies:
        seen = placed
    step = max(1, -(-most // TICKS))
    ticks = [(_x(ply, most), ply) for ply in range(0, most + 1, step)]
    return Curve(placed, seen[-1], ticks, [(_y(mark), mark) for mark in MARKS])


def _x(ply: int, most: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * ply / most


def _y(chance: int) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - chance / 100)
