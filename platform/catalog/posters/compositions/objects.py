"""Compositions of one thing, or of a place built by hand."""

import math

from catalog.posters.drawing import (
    HEIGHT,
    WIDTH,
    circle_path,
    number,
    on_circle,
    points_path,
    rect_path,
)
from catalog.posters.stage import MARGIN, Stage


def film_strip(stage: Stage) -> None:
    """Two strips of film that cross the sheet."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    strip = "#0f0f12" if not stage.is_night() else stage.shade(p.third, 0.3)
    paper = p.ink if stage.is_night() else "#fff6e6"
    for y, turn in ((top * 0.3, -13), (top * 0.7, 9)):
        with c.group(transform=f"translate(-30 {number(y)})rotate({turn} 230 0)"):
            c.rect(-20, -64, 520, 128, strip)
            c.stroke("M-20-54h520M-20 54h520", paper, 8, stroke_dasharray="9 9")
            for n in range(6):
                frame_of_film(stage, n * 80 - 4, paper)
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def frame_of_film(stage: Stage, x: float, paper: str) -> None:
    p, c = stage.palette, stage.canvas
    back, front = stage.chance.sample((p.main, p.second, p.third, paper), 2)
    c.rect(x, -42, 74, 84, back)
    kind = stage.chance.randrange(4)
    if kind == 0:
        c.circle(x + 37, 0, 25, front)
    elif kind == 1:
        c.path(f"M{x + 8} 42a29 29 0 0 1 58 0z", front)
        c.circle(x + 37, -4, 14, front)
    elif kind == 2:
        c.poly([(x, 42), (x + 30, -18), (x + 52, 14), (x + 60, 4), (x + 74, 42)], front)
    else:
        c.poly([(x, -42), (x + 74, -42), (x, 42)], front)


def spiral(stage: Stage) -> None:
    """Rings that draw a falling figure in."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    y = top / 2 + 4
    thick = 14.5
    for n in range(7):
        c.ring(200, y, 44 + n * 2.05 * thick, p.main, thick)
    dark = stage.unlike(ground, p.ink, p.third, also=p.main)
    turn = stage.chance.choice((-30, 15, 40, 160))
    with c.group(transform=f"translate(200 {number(y)})rotate({turn})"):
        c.circle(6, -24, 8, dark)
        limbs = "M0-12L-4 12L-16 30M-4 12L14 22L12 40M0-10L-20-24L-18-38M0-10L22-4L32-16"
        c.stroke(limbs, dark, 8, stroke_linecap="round", stroke_linejoin="round")
        c.stroke("M0-10L-4 12", dark, 14, stroke_linecap="round")
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def tunnel(stage: Stage) -> None:
    """Frames within frames, and somebody at the end."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    tints = (p.main, p.ink, p.third, ground, p.second, p.ink, p.main)
    w, h = WIDTH * 1.0, top
    turn = stage.chance.choice((0, 0, 5))
    for n, tint in enumerate(tints):
        share = 1 - n / (len(tints) + 0.6)
        with c.group(transform=f"rotate({turn * n} 200 {number(top / 2)})"):
            c.rect(200 - w * share / 2, top / 2 - h * share / 2, w * share, h * share, tint)
    small = p.ink if p.main != p.ink else ground
    c.circle(200, top / 2 - 9, 6.5, small)
    c.path(f"M191 {number(top / 2 + 24)}v-18q0-9 9-9t9 9v18z", small)
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def blinds(stage: Stage) -> None:
    """Light through a blind, and who waits behind it."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    dark = stage.shade(stage.between(ground, p.third, 0.5), 0.55)
    c.rect(0, 0, WIDTH, top, p.main)
    x = stage.chance.choice((160, 200, 245))
    c.circle(x - 50, 110, 78, p.second)
    c.path(f"M{x - 96} {number(top)}v-70q0-60 62-74v-22q-34-22-34-70 0-64 62-64t62 64q0 48-34 70v22"
           f"q62 14 62 74v70z", dark)  # fmt: skip
    c.path(f"M{x - 108} 196q102-26 204 0q-16 14-46 8h-112q-30 6-46-8z"
           f"M{x - 62} 190q0-74 22-80 36 12 72 0q22 6 22 80z", dark)  # fmt: skip
    slats = "".join(rect_path(0, y, WIDTH, 13) for y in range(0, int(top), 27))
    c.path(slats, ground)
    c.stroke(f"M70 0v{number(top)}M330 0v{number(top)}", ground, 3)
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def windows(stage: Stage) -> None:
    """A house front; one window is lit, and one is not empty."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    columns, rows = 4, 4
    w = (WIDTH - 2 * MARGIN - 3 * 14) / columns
    h = (top - MARGIN - 3 * 14) / rows
    glass, pale = stage.between(p.third, ground, 0.15), stage.between(p.second, ground, 0.25)
    lit, taken = stage.chance.sample(range(columns * rows), 2)
    for n in range(columns * rows):
        x, y = MARGIN + (n % columns) * (w + 14), MARGIN + (n // columns) * (h + 14)
        if n == lit:
            c.rect(x, y, w, h, "#fff3cf")
        elif n == taken:
            c.rect(x, y, w, h, p.main)
            c.circle(x + w / 2, y + h * 0.55, 9, p.ink)
            c.path(f"M{number(x + w / 2 - 16)} {number(y + h)}v-8q0-14 16-14t16 14v8z", p.ink)
        else:
            c.rect(x, y, w, h, glass)
            drop = stage.chance.choice((0.25, 0.4, 0.55))
            c.rect(x, y, w, h * drop, pale)
        upright, level = f"M{number(x + w / 2)} {number(y)}v", f"M{number(x)} {number(y + h / 2)}h"
        c.stroke(upright + number(h) + level + number(w), ground, 3)


def stairs(stage: Stage) -> None:
    """Steps up into a round light."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    foot = stage.title_above(ground)
    c.circle(286, foot + 92, 76, p.main)
    stage.stipple(286, foot + 92, 76, ground)
    steps = 8
    base, high = 600.0, min(380.0, 600 - foot - 120)
    rise, run = high / steps, WIDTH / steps
    side = stage.between(ground, p.third, 0.9)
    face = p.second
    for n in range(steps):
        x, y = n * run, base - (n + 1) * rise
        c.rect(x, y, WIDTH - x, rise + 1, face if n % 2 else stage.between(face, side, 0.35))
        c.rect(x, y, WIDTH - x, 5, p.ink)
    x, y = 2 * run + run / 2, base - 3 * rise
    c.circle(x, y - 58, 9, p.ink)
    c.path(f"M{number(x - 12)} {number(y)}v-36q0-12 12-12t12 12v36z", p.ink)
    stage_floor = stage.between(p.third, "#101014", 0.45)
    c.rect(0, 548, WIDTH, 52, stage_floor)
    stage.credits_below(stage_floor)


def clock(stage: Stage) -> None:
    """A great dial, its hands where chance has set them."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    y, radius = (top + 14) / 2, min(156.0, (top - 40) / 2)
    c.circle(
        200, y, radius, stage.unlike(p.ink if stage.is_night() else "#fff6e4", p.main, also=ground)
    )
    dial = p.ink if stage.is_night() else "#fff6e4"
    c.circle(200, y, radius * 0.86, dial)
    dark = ground if stage.is_night() else p.ink
    marks = ""
    for n in range(60):
        near = radius * (0.68 if n % 5 == 0 else 0.76)
        ax, ay = on_circle(200, y, near, n * 6)
        bx, by = on_circle(200, y, radius * 0.8, n * 6)
        marks += f"M{number(ax)} {number(ay)}L{number(bx)} {number(by)}"
    c.stroke(marks, dark, 3)
    hour = stage.chance.randrange(12) * 30 + 12
    minute = stage.chance.randrange(12) * 30
    for turn, length, wide, tint in (
        (hour, 0.42, 13, dark),
        (minute, 0.64, 8, stage.unlike(dial, p.main)),
    ):
        hx, hy = on_circle(200, y, radius * length, turn)
        c.stroke(f"M200 {number(y)}L{number(hx)} {number(hy)}", tint, wide, stroke_linecap="round")
    c.circle(200, y, 12, dark)
    stage.stipple(200, y, radius * 0.6, p.second, 40)


def target(stage: Stage) -> None:
    """A target with its hits."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    y, largest = top * 0.48, min(190.0, top * 0.5)
    pale = p.ink if stage.is_night() else "#fff3e0"
    tint = stage.unlike(pale, p.main)
    for n in range(5):
        c.circle(200, y, largest * (1 - n * 0.2), tint if n % 2 == 0 else pale)
    for _ in range(stage.chance.choice((3, 4, 6))):
        turn, far = stage.chance.uniform(0, 360), stage.chance.uniform(10, largest * 0.8)
        x, hy = on_circle(200, y, far, turn)
        cracks = "".join(
            "M{} {}L{} {}".format(
                *map(
                    number,
                    (*on_circle(x, hy, 7, a), *on_circle(x, hy, stage.chance.uniform(14, 22), a)),
                )
            )
            for a in range(0, 360, 60)
        )
        c.stroke(cracks, "#141216", 2)
        c.circle(x, hy, 8.5, "#141216")
    c.stroke(f"M200 0v{number(top)}M0 {number(y)}h400", stage.between(p.third, p.ink, 0.3), 1.6)
    c.rect(0, top, WIDTH, HEIGHT - top, ground)


def ring_of_light(stage: Stage) -> None:
    """An eclipse: a dark disc with a bright rim."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    y, radius = (top + 10) / 2, min(132.0, (top - 80) / 2)
    for n in range(36):
        a, b = (
            on_circle(200, y, radius + 12, n * 10),
            on_circle(200, y, radius + 26 + 26 * (n % 3 == 0), n * 10),
        )
        c.stroke(points_path([a, b], closed=False), p.second, 3)
    c.circle(200, y, radius, p.main)
    shift = radius * 0.13 * math.copysign(1, stage.chance.random() - 0.5)
    with c.clipped(circle_path(200, y, radius)):
        c.circle(200 + shift, y + radius * 0.08, radius * 0.96, stage.shade(ground, 0.35))
    stage.texture(p.ink)
