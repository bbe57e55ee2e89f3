"""Compositions for music and for series."""

import math

from catalog.posters.drawing import HEIGHT, WIDTH, circle_path, number, rect_path
from catalog.posters.stage import MARGIN, Stage


def vinyl(stage: Stage) -> None:
    """A record that leaves the sheet at one side."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    radius = min(178.0, (top - 20) / 2)
    x, y = stage.chance.choice((200, 250, 300)), (top + 16) / 2
    c.circle(x, y, radius, "#141317")
    for n in range(7):
        c.ring(x, y, radius * (0.93 - n * 0.08), "#34323a", 1.4)
    with c.clipped(circle_path(x, y, radius * 0.97)):
        c.poly(
            [(x, y), (x + radius, y - radius * 0.9), (x + radius * 0.62, y - radius)],
            "#4c4954",
            opacity=0.6,
        )
        c.poly(
            [(x, y), (x - radius, y + radius * 0.9), (x - radius * 0.62, y + radius)],
            "#4c4954",
            opacity=0.6,
        )
    label = number(radius * 0.38)
    c.circle(x, y, radius * 0.38, p.main)
    half = (
        f"M{number(x - radius * 0.38)} {number(y)}a{label} {label} 0 0 0 {number(radius * 0.76)} 0z"
    )
    c.path(half, p.second)
    c.circle(x, y, 8, ground)


def waveform(stage: Stage) -> None:
    """A sound as upright bars."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    y, count = (top + 20) / 2, 22
    phase, pitch = stage.chance.uniform(0, 6), stage.chance.uniform(0.5, 0.9)
    groups: dict[str, str] = {}
    for n in range(count):
        swell = math.sin(math.pi * (n + 0.5) / count) ** 0.8
        tall = (top - 70) / 2 * swell * (0.35 + 0.65 * abs(math.sin(n * pitch + phase)))
        x = MARGIN + 8 + n * 15.6
        tint = p.main if n % 5 else p.second
        groups[tint] = groups.get(tint, "") + f"M{number(x)} {number(y - tall)}V{number(y + tall)}"
    for tint, data in groups.items():
        c.stroke(data, tint, 9, stroke_linecap="round")
    stage.texture(p.ink, count=40)


def equaliser(stage: Stage) -> None:
    """Columns of lamps, lit to different heights."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    columns, step = 7, 21
    rows = int((top - 40) // step)
    off = stage.between(ground, p.third, 0.35)
    data: dict[str, str] = {}
    for x in range(columns):
        lit = stage.chance.randrange(2, rows)
        for row in range(rows):
            tint = off if row >= lit else p.second if row > rows * 0.66 else p.main
            path = rect_path(MARGIN + x * 50, top - 14 - row * step, 44, 14)
            data[tint] = data.get(tint, "") + path
    for tint, path in data.items():
        c.path(path, tint)


def piano(stage: Stage) -> None:
    """Keys across the sheet, one of them pressed."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    ivory = "#fff7e8"
    pressed = stage.chance.randrange(7)
    width = WIDTH / 7
    for n in range(7):
        c.rect(n * width, 0, width - 3, top - 8, p.main if n == pressed else ivory)
    for n in (1, 2, 4, 5, 6):
        c.rect(n * width - 19, 0, 35, top * 0.6, p.second if n == pressed + 3 else "#17161b")
    c.rect(0, top - 8, WIDTH, HEIGHT - top + 8, ground)


def screens(stage: Stage) -> None:
    """A wall of sets, each on another channel."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    rows = 3
    w, h = (WIDTH - 2 * MARGIN - 2 * 14) / 3, (top - MARGIN - 2 * 14) / rows
    tints = (p.main, p.second, p.third, p.ink)
    for n in range(3 * rows):
        x, y = MARGIN + (n % 3) * (w + 14), MARGIN + (n // 3) * (h + 14)
        back, front = stage.chance.sample(tints, 2)
        shape = rect_path(x, y, w, h)
        c.path(shape, back)
        with c.clipped(shape):
            channel(stage, x, y, w, h, front)


def channel(stage: Stage, x: float, y: float, w: float, h: float, tint: str) -> None:
    c, kind = stage.canvas, stage.chance.randrange(6)
    if kind == 0:
        c.circle(x + w / 2, y + h, w * 0.42, tint)
    elif kind == 1:
        c.path("".join(rect_path(x, y + k * 18, w, 9) for k in range(9)), tint)
    elif kind == 2:
        c.circle(x + w / 2, y + h * 0.42, w * 0.2, tint)
        across, tall = number(w * 0.32), number(h * 0.34)
        foot = f"M{number(x + w * 0.18)} {number(y + h)}"
        c.path(f"{foot}q0-{tall} {across}-{tall}t{across} {tall}z", tint)
    elif kind == 3:
        c.poly([(x, y + h), (x + w * 0.45, y + h * 0.25), (x + w, y + h)], tint)
    elif kind == 4:
        c.path("".join(rect_path(x + k * 20, y, 10, h) for k in range(7)), tint)
    else:
        c.ring(x + w / 2, y + h / 2, w * 0.28, tint, 12)


def signal(stage: Stage) -> None:
    """A test card: bars of colour around a dial."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    tints = (p.ink, p.second, p.main, p.third, stage.between(p.main, p.third, 0.5), p.second, p.ink)
    for n, tint in enumerate(tints):
        c.rect(n * WIDTH / 7, 0, WIDTH / 7 + 1, top * 0.74, tint)
        c.rect(n * WIDTH / 7, top * 0.74, WIDTH / 7 + 1, top * 0.26 - 8, tints[(n + 3) % 7])
    y = top * 0.46
    radius = min(122.0, top * 0.3)
    c.circle(200, y, radius + 8, ground)
    c.circle(200, y, radius, p.main)
    stripes = "".join(rect_path(60, y - radius + k * 24, 280, 11) for k in range(12))
    with c.clipped(circle_path(200, y, radius)):
        c.path(stripes, p.ink)
        c.rect(60, y - 24, 280, 48, ground)
    c.circle(200, y, 16, p.second)
    c.rect(0, top - 8, WIDTH, HEIGHT - top + 8, ground)
