"""Compositions for games."""

from catalog.posters.drawing import HEIGHT, WIDTH, Point, number, on_circle, rect_path
from catalog.posters.stage import MARGIN, Stage


def pixels(stage: Stage) -> None:
    """A mirrored creature of square pixels over its small kin."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    grid = 11
    cell = min((WIDTH - 2 * MARGIN) // grid, int((top - 96) // grid))
    left = 200 - cell * grid // 2
    half = [[stage.chance.random() < 0.56 for _ in range(6)] for _ in range(grid)]
    half[3][3], half[4][5], half[5][5], half[5][4] = False, True, True, True
    data: dict[str, str] = {}
    for y, row in enumerate(half):
        for x in range(grid):
            if row[min(x, grid - 1 - x)]:
                tint = p.second if y in (7, 8) else p.main
                data[tint] = data.get(tint, "") + rect_path(
                    left + x * cell, 34 + y * cell, cell, cell
                )
    for tint, path in data.items():
        c.path(path, tint)
    for x in (3, 7):
        c.rect(left + x * cell, 34 + 3 * cell, cell, cell, p.ink)
    under = 34 + cell * grid + 18
    if top - under > 30:
        small = "".join(
            rect_path(MARGIN + n * 50 + dx * 6, under + dy * 6, 6, 6)
            for n in range(7)
            for dx, dy in (
                (0, 1),
                (0, 2),
                (1, 0),
                (1, 1),
                (2, 1),
                (2, 2),
                (3, 0),
                (3, 1),
                (4, 1),
                (4, 2),
            )
        )
        c.path(small, p.third if not stage.is_night() else stage.between(p.third, p.ink, 0.3))


def blocks(stage: Stage) -> None:
    """Falling pieces of four, stacked."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    foot = stage.title_above(ground)
    cell, columns = 43.0, 8
    rows = int((548 - foot) / cell)
    tints = (p.main, p.second, p.third, p.ink)
    heights = [stage.chance.choice((2, 3, 3, 4, 5)) for _ in range(columns)]
    left = MARGIN
    for x in range(columns):
        tint = stage.chance.choice(tints)
        for y in range(min(heights[x], rows - 3)):
            if stage.chance.random() < 0.45:
                tint = stage.chance.choice(tints)
            block_cell(stage, left + x * cell, 542 - (y + 1) * cell, cell, tint)
    over, high = left + stage.chance.randrange(0, 5) * cell, foot + 14
    pieces = (
        ((0, 0), (1, 0), (2, 0), (1, 1)),
        ((0, 0), (0, 1), (1, 1), (2, 1)),
        ((0, 0), (1, 0), (1, 1), (2, 1)),
    )
    for dx, dy in stage.chance.choice(pieces):
        block_cell(stage, over + dx * cell, high + dy * cell, cell, p.main)
    c.rect(0, 542, WIDTH, 58, stage.shade(p.third, 0.4))
    stage.credits_below(stage.shade(p.third, 0.4))


def block_cell(stage: Stage, x: float, y: float, cell: float, tint: str) -> None:
    c = stage.canvas
    c.rect(x + 1.5, y + 1.5, cell - 3, cell - 3, tint, rx=4)
    c.rect(x + 9, y + 9, cell - 18, 5, stage.between(tint, "#ffffff", 0.35))


def board(stage: Stage) -> None:
    """A board seen from a corner, with a few pieces."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    foot = stage.title_above(ground)
    half, flat, deep = 232.0, min(132.0, (490 - foot) / 2.3), 30.0
    y0 = (foot + 56 + 540 - 2 * flat - deep) / 2
    edge = [(200 - half, y0 + flat), (200, y0 + 2 * flat), (200 + half, y0 + flat)]
    c.poly([*edge, *((x, y + deep) for x, y in reversed(edge))], stage.shade(p.third, 0.45))
    n = 6

    def at(column: float, row: float) -> Point:
        return 200 + (column - row) * half / n, y0 + (column + row) * flat / n

    for column in range(n):
        for row in range(n):
            corners = [
                at(column, row),
                at(column + 1, row),
                at(column + 1, row + 1),
                at(column, row + 1),
            ]
            light = p.ink if stage.is_night() else "#fff4e0"
            c.poly(corners, light if (column + row) % 2 else p.third)
    places = sorted(stage.chance.sample([(a, b) for a in range(n) for b in range(n)], 6), key=sum)
    for k, (column, row) in enumerate(places):
        x, y = at(column + 0.5, row + 0.5)
        with c.group(transform=f"translate({number(x)} {number(y)})scale(1.4)"):
            pawn(stage, 0, 0, p.main if k % 2 else stage.shade(p.second, 0.1))
    stage.credits_below(ground)


def pawn(stage: Stage, x: float, y: float, tint: str) -> None:
    c, dark = stage.canvas, stage.shade(tint, 0.3)
    a, b = number(x), number(y)
    c.ellipse(x, y + 3, 21, 9, dark)
    c.path(f"M{number(x - 18)} {b}q14-14 10-44h16q-4 30 10 44a18 7 0 0 1-36 0z", tint)
    c.path(f"M{a} {number(y - 44)}h8q-4 30 10 44a18 7 0 0 1-18 6z", dark)
    c.circle(x, y - 52, 15, tint)
    c.circle(x - 5, y - 57, 4, stage.between(tint, "#ffffff", 0.5))


def cards(stage: Stage) -> None:
    """A fan of playing cards."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    paper = "#fff8ea"
    suits = (
        "M0 24L-22 0A13 13 0 0 1 0-14A13 13 0 0 1 22 0z",
        "M0-26L19 0 0 26-19 0z",
        "M0-26L22 2A12 12 0 0 1 3 12L9 26H-9L-3 12A12 12 0 0 1-22 2z",
        "M-11 2A12 12 0 1 1-7-8A11 11 0 1 1 7-8A12 12 0 1 1 11 2"
        "A12 12 0 0 1 3 4L8 24H-8L-3 4A12 12 0 0 1-11 2z",
    )
    order = stage.chance.sample(range(4), 4)
    for n, suit in enumerate(order):
        turn = -27 + n * 18
        with c.group(transform=f"translate(200 {number(top - 14)})rotate({turn})"):
            tall = min(300, top - 50)
            back = paper if n % 2 == 0 else (p.main, p.second)[n // 2]
            c.rect(-74, -tall, 148, tall * 0.74, back, rx=12, stroke=ground, stroke_width=4)
            tint = (p.main if suit < 2 else "#18161c") if n % 2 == 0 else paper
            middle = -tall + tall * 0.37
            with c.group(transform=f"translate(0 {number(middle)})scale(1.7)"):
                c.path(suits[suit], tint)
            with c.group(transform=f"translate(-52 {number(-tall + 26)})scale(.5)"):
                c.path(suits[suit], tint)


def pellets(stage: Stage) -> None:
    """Corridors, pellets, and the one that eats them."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    wall = p.third if stage.is_night() else stage.between(ground, p.second, 0.6)
    rows = int((top - 40) // 66)
    turn_row = stage.chance.randrange(1, max(2, rows - 1))
    for row in range(rows + 1):
        y = 36 + row * 66
        gap = stage.chance.randrange(2, 6) * 50
        c.stroke(f"M{MARGIN} {y}H{gap}M{gap + 66} {y}H372", wall, 11, stroke_linecap="round")
        if row == rows:
            break
        eater = row == turn_row
        c.dots([(48 + n * 38, y + 33) for n in range(9) if not (eater and n < 4)], p.ink, 9)
        if eater:
            c.path(f"M162 {y + 33}L{number(162 + 25)} {y + 17}A28 28 0 1 0 187 {y + 49}z", p.main)
        else:
            x = stage.chance.randrange(70, 320)
            c.path(f"M{x - 20} {y + 57}v-26a20 20 0 0 1 40 0v26l-10-8-10 8-10-8z", p.second)
            c.dots([(x - 7, y + 30), (x + 8, y + 30)], "#ffffff", 10)
            c.dots([(x - 5, y + 31), (x + 10, y + 31)], "#15151c", 5)


def hexes(stage: Stage) -> None:
    """A map of hexagons: land, water, woods, and one flag."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    radius = 40.0
    wide = radius * 1.732
    tints = (
        p.main,
        p.second,
        p.third,
        stage.between(p.second, p.third, 0.5),
        stage.between(p.main, p.second, 0.5),
    )
    cells = []
    for row in range(int(top / (radius * 1.5)) + 2):
        for column in range(-1, 7):
            cells.append((column * wide + (wide / 2 if row % 2 else 0), row * radius * 1.5))
    for x, y in cells:
        c.poly(
            [on_circle(x, y, radius - 2, a) for a in range(0, 360, 60)], stage.chance.choice(tints)
        )
        kind = stage.chance.random()
        mark = stage.shade(p.third, 0.5)
        if kind < 0.16:
            c.poly([(x - 14, y + 12), (x, y - 16), (x + 14, y + 12)], mark)
        elif kind < 0.28:
            c.dots([(x - 10, y + 4), (x + 9, y + 6), (x, y - 8)], mark, 11)
    x, y = min(cells, key=lambda at: abs(at[0] - 215) + abs(at[1] - top * 0.45))
    c.stroke(f"M{number(x)} {number(y + 16)}v-76", "#15151a", 6, stroke_linecap="round")
    c.path(
        f"M{number(x)} {number(y - 60)}h52l-14 18 14 18h-52z",
        p.ink if stage.is_night() else "#fff6e2",
    )
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def race(stage: Stage) -> None:
    """A winding track and its chequered line."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    field = p.third
    c.rect(0, 0, WIDTH, top, field)
    y = top
    bend = (
        f"M92 {number(y + 30)}V{number(y * 0.72)}C92 {number(y * 0.42)} 300 {number(y * 0.7)} 300 "
    )
    bend += f"{number(y * 0.4)}S96 {number(y * 0.34)} 120-30"
    c.stroke(bend, p.main, 104)
    c.stroke(bend, "#1a1a20", 88)
    c.stroke(bend, "#fff6e6", 4, stroke_dasharray="18 18")
    squares = "".join(
        rect_path(49 + n * 11, y * 0.78 + m * 11, 11, 11)
        for n in range(8)
        for m in range(3)
        if (n + m) % 2
    )
    c.rect(48, y * 0.78, 88, 33, "#fff6e6")
    c.path(squares, "#1a1a20")
    with c.group(transform=f"translate(300 {number(y * 0.44)})rotate(8)"):
        c.rect(-22, -34, 44, 72, p.second, rx=14)
        c.rect(-16, -14, 32, 26, "#15151a", rx=6)
        c.rect(-28, -26, 8, 18, "#15151a")
        c.rect(20, -26, 8, 18, "#15151a")
        c.rect(-28, 14, 8, 18, "#15151a")
        c.rect(20, 14, 8, 18, "#15151a")
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def dice(stage: Stage) -> None:
    """Two dice in mid-air."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    spots = {
        1: [(0, 0)], 2: [(-1, -1), (1, 1)], 3: [(-1, -1), (0, 0), (1, 1)],
        4: [(-1, -1), (1, 1), (-1, 1), (1, -1)], 5: [(-1, -1), (1, 1), (-1, 1), (1, -1), (0, 0)],
        6: [(-1, -1), (1, 1), (-1, 1), (1, -1), (-1, 0), (1, 0)],
    }  # fmt: skip
    c.circle(200, top / 2, min(170, top * 0.46), stage.between(ground, p.third, 0.5))
    for x, y, turn, size, tint in (
        (148, top * 0.36, -17, 154, p.main),
        (262, top * 0.68, 14, 128, p.second),
    ):
        with c.group(transform=f"translate({x} {number(y)})rotate({turn})"):
            c.rect(-size / 2 + 10, -size / 2 + 12, size, size, stage.shade(tint, 0.4), rx=24)
            c.rect(-size / 2, -size / 2, size, size, tint, rx=24)
            face = stage.chance.randrange(1, 7)
            c.dots([(dx * size * 0.27, dy * size * 0.27) for dx, dy in spots[face]],
                   stage.ink_on(tint, "#fff8ea"), size * 0.18)  # fmt: skip
