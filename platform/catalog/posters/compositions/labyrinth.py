"""The composition of a maze, dug by chance and solved."""

from catalog.posters.drawing import WIDTH, number, points_path
from catalog.posters.stage import MARGIN, Stage


def maze(stage: Stage) -> None:
    """A maze, and the way in to its heart."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    columns = 12
    cell = (WIDTH - 2 * MARGIN) / columns
    rows = max(7, int((top - MARGIN + 8) / cell))
    opened, way = dig_maze(stage, columns, rows)
    walls = f"M{MARGIN} {MARGIN}h{number(columns * cell)}v{number(rows * cell)}H{MARGIN}z"
    for x in range(columns):
        for y in range(rows):
            left, over = number(MARGIN + x * cell), number(MARGIN + y * cell)
            if x and ((x - 1, y), (x, y)) not in opened:
                walls += f"M{left} {over}v{number(cell)}"
            if y and ((x, y - 1), (x, y)) not in opened:
                walls += f"M{left} {over}h{number(cell)}"
    middle = [(MARGIN + (x + 0.5) * cell, MARGIN + (y + 0.5) * cell) for x, y in way]
    done = middle[: max(2, len(middle) * 2 // 3)]
    c.stroke(points_path(middle, closed=False), stage.between(ground, p.second, 0.7), cell * 0.42,
             stroke_linejoin="round")  # fmt: skip
    c.stroke(points_path(done, closed=False), p.main, cell * 0.42, stroke_linejoin="round")
    c.circle(*done[-1], cell * 0.38, p.main)
    c.stroke(walls, p.ink, 4.2, stroke_linecap="square")


def dig_maze(
    stage: Stage, columns: int, rows: int
) -> tuple[set[tuple[tuple[int, int], tuple[int, int]]], list[tuple[int, int]]]:
    """Openings between neighbours (lower first), and the way from corner to corner."""
    came: dict[tuple[int, int], tuple[int, int]] = {(0, 0): (0, 0)}
    opened = set()
    trail = [(0, 0)]
    while trail:
        x, y = trail[-1]
        steps = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
        free = [s for s in steps if 0 <= s[0] < columns and 0 <= s[1] < rows and s not in came]
        if not free:
            trail.pop()
            continue
        step = stage.chance.choice(free)
        came[step] = (x, y)
        opened.add((min((x, y), step), max((x, y), step)))
        trail.append(step)
    way = [(columns - 1, rows - 1)]
    while way[-1] != (0, 0):
        way.append(came[way[-1]])
    return opened, way[::-1]
