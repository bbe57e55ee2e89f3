"""Compositions of plain shapes."""

import math

from catalog.posters.drawing import (
    HEIGHT,
    WIDTH,
    arch_path,
    circle_path,
    number,
    on_circle,
    rect_path,
)
from catalog.posters.stage import MARGIN, Stage


def rings(stage: Stage) -> None:
    """Concentric rings that grow out of a lower corner."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    foot = stage.title_above(ground, height=140)
    x = stage.chance.choice((0, WIDTH))
    y = HEIGHT - 52
    largest = min(330.0, y - foot - 6)
    tints = (p.main, p.third, p.second, p.main, p.third, p.second, p.main)
    with c.clipped(rect_path(0, 0, WIDTH, y)):
        for n, tint in enumerate(tints):
            radius = largest * (1 - n / len(tints))
            c.ring(x, y, radius - largest * 0.045, tint, largest * 0.088)
    stage.texture(p.ink)
    stage.credits_below(ground)


def diagonal(stage: Stage) -> None:
    """A slanting field with bars that fall onto it."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    field = p.main
    top = stage.title_below(field)
    high, low = (top - 8, top - 130) if stage.chance.random() < 0.5 else (top - 130, top - 8)
    tints = (p.ink, p.second, p.ink, p.third, p.ink)
    for n, tint in enumerate(tints * 2):
        x = 20 + n * 46
        c.poly([(x + 70, 0), (x + 92, 0), (x - 100, top), (x - 122, top)], tint)
    c.poly([(0, high - 30), (WIDTH, low - 30), (WIDTH, 600), (0, 600)], p.ink)
    c.poly([(0, high - 20), (WIDTH, low - 20), (WIDTH, 600), (0, 600)], ground)
    c.poly([(0, high - 12), (WIDTH, low - 12), (WIDTH, 600), (0, 600)], field)


def bauhaus(stage: Stage) -> None:
    """A quilt of quarter discs, leaves, halves and rings."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    cell = MEASURE / 5
    rows = max(3, int((top - MARGIN + 14) / cell))
    colours = (p.main, p.second, p.third, p.ink)
    for n in range(rows * 5):
        x, y = MARGIN + (n % 5) * cell, MARGIN + (n // 5) * cell
        back, front = stage.chance.sample(colours, 2)
        c.rect(x, y, cell, cell, back)
        quilt_cell(stage, x, y, cell, back, front)


MEASURE = WIDTH - 2 * MARGIN


def quilt_cell(stage: Stage, x: float, y: float, cell: float, back: str, front: str) -> None:
    """One patch; a quarter turn of it is drawn by chance."""
    c, kind = stage.canvas, stage.chance.randrange(6)
    turn = stage.chance.randrange(4) * 90
    s = number(cell)
    h = number(cell / 2)
    with c.group(transform=f"translate({number(x)} {number(y)})rotate({turn} {h} {h})"):
        if kind == 0:
            c.path(f"M0 0h{s}a{s} {s} 0 0 1-{s} {s}z", front)
        elif kind == 1:
            c.path(f"M0 0a{s} {s} 0 0 1 {s} {s}a{s} {s} 0 0 1-{s}-{s}", front)
        elif kind == 2:
            c.circle(cell / 2, cell / 2, cell * 0.36, front)
            c.circle(cell / 2, cell / 2, cell * 0.15, back)
        elif kind == 3:
            c.path(f"M0 0h{h}a{h} {h} 0 0 1 0 {s}h-{h}z", front)
        elif kind == 4:
            c.path(f"M0 0L{s} {s}H0z", front)
        else:
            c.path(f"M0 0a{h} {h} 0 0 0 {s} 0zM0 {h}a{h} {h} 0 0 0 {s} 0z", front)


def toybox(stage: Stage) -> None:
    """Ball, cone, arch and block, stacked as a child would."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    foot = stage.title_above(ground)
    c.rect(0, 548, WIDTH, 52, stage.shade(p.third, 0.1))
    base, span = 548.0, 548 - max(foot, 210)
    flip = stage.chance.random() < 0.5
    with c.group(transform="matrix(-1 0 0 1 400 0)" if flip else "matrix(1 0 0 1 0 0)"):
        c.path(arch_path(226, base - span * 0.78, 130, span * 0.78), p.third)
        c.path(arch_path(262, base - span * 0.4, 58, span * 0.4), ground)
        c.poly([(28, base), (128, base - span * 0.52), (228, base)], p.main)
        c.circle(128, base - span * 0.52 - 58, 62, p.second)
        stage.stipple(128, base - span * 0.52 - 58, 62, ground, 60)
        c.circle(330, base - span * 0.78 - 40, 30, p.ink)
        c.rect(210, base - 40, 76, 40, p.second)
        c.rect(210, base - 24, 76, 8, p.main)
    stage.credits_below(stage.shade(p.third, 0.1))


def op_art(stage: Stage) -> None:
    """Upright stripes that change colour within a disc."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    step = WIDTH / stage.chance.choice((15, 17, 19))
    bars = "".join(rect_path(n * step, 0, step, top) for n in range(0, 20, 2))
    c.rect(0, 0, WIDTH, top, p.bg if stage.is_night() else p.ink)
    c.path(bars, p.main)
    radius = min(138.0, top * 0.38)
    with c.clipped(circle_path(200, top * 0.5, radius)):
        c.rect(0, 0, WIDTH, top, p.second)
        c.path(bars, p.third)
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def arches(stage: Stage) -> None:
    """One arch within the other."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    base = top - 6
    tints = (stage.between(ground, p.second, 0.6), p.main, p.ink, p.third, p.main)
    widest, high = 300.0, min(360.0, base - 34)
    for n, tint in enumerate(tints):
        width = widest - n * 56
        tall = high - n * 28
        c.path(arch_path(200 - width / 2, base - tall, width, tall), tint)
    c.rect(MARGIN, base - 1.5, WIDTH - 2 * MARGIN, 3, p.ink)
    stage.texture(p.ink, count=50)


def duet(stage: Stage) -> None:
    """Two discs and what they share."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    radius = min(108.0, (top - 70) / 2)
    y = (top + 18) / 2
    lean = stage.chance.choice((-34, 0, 30))
    one = (MARGIN + radius - 4, y + lean)
    two = (WIDTH - MARGIN - radius + 4, y - lean)
    c.circle(*one, radius, p.main)
    stage.stipple(*one, radius, ground)
    c.circle(*two, radius, p.second)
    stage.stipple(*two, radius, ground, 60)
    with c.clipped(circle_path(*one, radius)):
        c.circle(*two, radius, p.ink)


def burst(stage: Stage) -> None:
    """Rays from a half sun of rings."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    ray = stage.between(ground, p.third, 0.7)
    top = stage.title_panel(ground)
    count = stage.chance.choice((11, 13, 15))
    for n in range(count):
        start = -90 + n * 180 / count
        points = [
            (200, top),
            on_circle(200, top, 640, start),
            on_circle(200, top, 640, start + 90 / count),
        ]
        c.poly(points, ray)
    radius = min(168.0, top * 0.5)
    with c.clipped(rect_path(0, 0, WIDTH, top)):
        for share, tint in ((1, p.second), (0.78, p.main), (0.55, p.ink), (0.32, ground)):
            c.circle(200, top, radius * share, tint)
    c.rect(0, top, WIDTH, HEIGHT - top, ground)
    c.rect(0, top - 3, WIDTH, 4, p.main)


def halftone(stage: Stage) -> None:
    """A ball printed in dots."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    x0, y0, radius = 214.0, (top + 12) / 2, min(150.0, (top - 60) / 2)
    sizes: dict[int, list[tuple[float, float]]] = {}
    step = 13
    for row in range(int(top // step)):
        for column in range(WIDTH // step + 1):
            x, y = column * step + (step / 2 if row % 2 else 0), row * step + 8
            dx, dy = (x - x0) / radius, (y - y0) / radius
            inside = dx * dx + dy * dy < 1
            light = (dx + dy + 1.3) / 2.6
            sizes.setdefault(round(3 + 9.5 * light) if inside else 0, []).append((x, y))
    for size, points in sorted(sizes.items()):
        if size:
            c.dots(points, p.main, size)
        else:
            c.dots(points[::2], p.second, 2, opacity=0.6)


def sunbeams(stage: Stage) -> None:
    """Beams that fan out of a corner over the whole sheet."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    x = stage.chance.choice((0, WIDTH))
    side = 1 if x == 0 else -1
    top = stage.title_panel(ground)
    tints = (p.main, p.second, ground, p.third, ground, p.main, p.second, ground, p.third)
    for n, tint in enumerate(tints):
        start, end = (90 + side * (90 * m / len(tints) - 0) for m in (n, n + 1))
        turn = 0 if side == 1 else 180
        c.poly([(x, 0), on_circle(x, 0, 800, start + turn), on_circle(x, 0, 800, end + turn)], tint)
    c.circle(x, 0, 120, p.ink)
    c.circle(x, 0, 84, p.main)
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def spiral_star(stage: Stage) -> None:
    """A flower of turned petals."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    y, radius = (top + 14) / 2, min(165.0, (top - 30) / 2)
    count = stage.chance.choice((8, 10, 12))
    wide = number(radius * math.sin(math.pi / count) * 1.25)
    petal = f"M200 {number(y)}q-{wide}-{number(radius * 0.6)} 0-{number(radius)}"
    petal += f"q{wide} {number(radius * 0.4)} 0 {number(radius)}z"
    for n in range(count):
        with c.group(transform=f"rotate({number(n * 360 / count)} 200 {number(y)})"):
            c.path(petal, (p.main, p.second, p.third)[n % (2 if count % 3 else 3)])
    c.circle(200, y, radius * 0.16, p.ink)
