"""Compositions with a face, a figure or a row of them."""

from catalog.posters.drawing import (
    HEIGHT,
    WIDTH,
    arch_path,
    circle_path,
    number,
    on_circle,
    rect_path,
)
from catalog.posters.stage import Stage


def portrait(stage: Stage) -> None:
    """A half-lit bust in an arch, an oval or a frame; hat or hair by chance."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground, height=112, align="middle")
    base = min(top - 2, 410.0)
    frame = stage.chance.choice((arch_frame, oval_frame, square_frame))
    shape = frame(stage, base)
    skin = p.ink
    if not stage.is_night():
        skin = "#fff4e2"
    shadow = stage.unlike(skin, p.main, p.third, also=p.second)
    coat = stage.between(p.third, "#101014", 0.35)
    scale = base / 372
    with (
        c.clipped(shape),
        c.group(transform=f"translate(200 {number(base)})scale({scale:.2f})"),
    ):
        bust(stage, skin, shadow, coat)


def arch_frame(stage: Stage, base: float) -> str:
    shape = arch_path(88, 44, 224, base - 44)
    stage.canvas.path(shape, stage.palette.second)
    return shape


def oval_frame(stage: Stage, base: float) -> str:
    half = (base - 34) / 2
    stage.canvas.ellipse(200, 34 + half, 122, half, stage.palette.second)
    r = number(half)
    return f"M78 {number(34 + half)}a122 {r} 0 0 1 244 0a122 {r} 0 0 1-244 0z"


def square_frame(stage: Stage, base: float) -> str:
    stage.canvas.rect(64, 30, 272, base - 24, "none", stroke=stage.palette.ink, stroke_width=2)
    shape = rect_path(76, 42, 248, base - 48)
    stage.canvas.path(shape, stage.palette.second)
    stage.canvas.path(circle_path(200, 42 + base * 0.42, 104), stage.between(
        stage.palette.second, stage.palette.main, 0.45))  # fmt: skip
    return shape


def bust(stage: Stage, skin: str, shadow: str, coat: str) -> None:
    """Shoulders, neck, head and what is on it; the origin is the middle of the frame's foot."""
    c = stage.canvas
    style = stage.chance.choice(("hat", "hat", "short", "bob", "long", "bald"))
    hair = stage.shade(coat, 0.35)
    if style == "long":
        c.path("M-78-20C-92-250-60-292 0-292S92-250 78-20z", hair)
    if style == "bob":
        c.path("M-68-118C-84-250-52-286 0-286S84-250 68-118z", hair)
    c.path("M-112 10c0-74 46-92 84-104h56c38 12 84 30 84 104z", coat)
    c.path("M-28-150h56v60l-28 34-28-34z", shadow)
    c.path("M-48-222q0-44 48-44t48 44v40q0 62-48 78q-48-16-48-78z", shadow)
    c.path("M-48-222q0-44 48-44v74l-14 26 14 10v52q-48-16-48-78z", skin)
    c.path("M-62-74l34-16 28 50-20 20z", stage.between(coat, skin, 0.25))
    c.path("M62-74l-34-16-28 50 20 20z", stage.between(coat, skin, 0.12))
    if style == "hat":
        c.path("M-50-232q0-62 20-70q30 10 60 0q20 8 20 70z", coat)
        c.path("M-51-240h102v16h-102z", shadow)
        c.path("M-92-222q92-26 184 0q-92 24-184 0z", hair)
    elif style == "short":
        c.path("M-54-186q-10-100 54-100t54 100q-6-44-26-54q-40 12-62-4q-16 20-20 58z", hair)
    elif style in ("bob", "long"):
        c.path("M-52-182q-10-96 52-96t52 96q-10-52-44-66q-40 6-60 66z", hair)


def line_up(stage: Stage) -> None:
    """Five figures before a measuring wall; one is of another colour."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    lines = "".join(f"M0 {number(y)}h400" for y in range(60, int(top) - 20, 36))
    c.stroke(lines, stage.between(ground, p.ink, 0.22), 1.5)
    accent = stage.unlike(p.ink, p.main)
    odd = stage.chance.randrange(5)
    tall = min(300.0, top - 70)
    for n in range(5):
        height = tall * stage.chance.uniform(0.74, 1.0)
        x = 40 + n * 80
        figure(
            stage, x, top, height, accent if n == odd else p.ink, hat=stage.chance.random() < 0.4
        )
    c.rect(0, top - 2, WIDTH, 4, p.ink)


def figure(stage: Stage, x: float, base: float, height: float, colour: str, *, hat: bool) -> None:
    """A standing silhouette."""
    c, head = stage.canvas, 23.0
    y = base - height + head
    c.circle(x, y, head, colour)
    body = base - y - head - 5
    c.path(f"M{number(x - 33)} {number(base)}v-{number(body - 26)}q0-26 26-26h14q26 0 26 26"
           f"v{number(body - 26)}z", colour)  # fmt: skip
    if hat:
        c.path(f"M{number(x - 32)} {number(y - 9)}h64l-14-6q-2-22-8-22-10 4-20 0-6 0-8 22z", colour)


def two_faces(stage: Stage) -> None:
    """One mask of two halves, one eye open and one shut."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    panel = p.bg
    top = stage.title_panel(panel, height=112)
    wall = stage.between(ground, p.third, 0.7)
    c.rect(0, 0, WIDTH, top, wall)
    light = p.ink if stage.is_night() else "#fff3e0"
    dark = "#15151a"
    left = stage.unlike(light, p.main)
    scale, middle = min(1.0, (top - 40) / 340), top / 2 + 4
    place = f"translate(200 {number(middle)})scale({scale:.2f})"
    c.circle(stage.chance.choice((68, 332)), 74, 28, p.second)
    with c.group(transform=place):
        c.path("M0-165C-92-165-110-90-104-10C-98 80-46 165 0 165z", left)
        c.path("M0-165C92-165 110-90 104-10C98 80 46 165 0 165z", light)
        c.path("M-84-22q34-34 66 0q-32 32-66 0z", dark)
        c.circle(-51, -22, 12, light)
        c.circle(-51, -22, 5, dark)
        c.stroke("M22-20q32 22 62 0", dark, 5)
        c.stroke("M-90-56q36-28 74-8M16-64q38-20 74 8", dark, 6)
        c.path("M0-40v82h-26q-2-10 8-16z", stage.shade(left, 0.4))
        c.path("M-38 92q22-20 38-8q16-12 38 8q-38 34-76 0z", dark)
        c.path("M0 84q16-12 38 8q-19 17-38 17z", left)
    c.rect(0, top, WIDTH, HEIGHT - top, panel)


def eye(stage: Stage) -> None:
    """A wide open eye in its lashes of light."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    y = (top + 10) / 2
    rays = ""
    for n in range(48):
        inner, outer = 118 + 26 * abs((n % 24) - 12) / 12, 168 + 18 * (n % 2)
        rays += f"M{spoke(200, y, inner, n * 7.5)}L{spoke(200, y, outer, n * 7.5)}"
    c.stroke(rays, stage.between(ground, p.second, 0.5), 2.4)
    white = p.ink if stage.is_night() else "#fff8ea"
    pupil = ground if stage.is_night() else p.ink
    lids = f"M24 {number(y)}q176-176 352 0q-176 176-352 0z"
    c.path(lids, white, stroke=stage.between(ground, pupil, 0.9), stroke_width=3)  # fmt: skip
    iris = stage.unlike(white, p.main)
    c.circle(200, y, 72, iris)
    streaks = "".join(
        f"M{spoke(200, y, 34, n * 12)}L{spoke(200, y, 68, n * 12)}" for n in range(30)
    )
    c.stroke(streaks, stage.unlike(iris, p.second), 2.6)
    c.circle(200, y, 36, pupil)
    c.circle(214, y - 14, 9, white)


def spoke(x: float, y: float, radius: float, degrees: float) -> str:
    px, py = on_circle(x, y, radius, degrees)
    return f"{number(px)} {number(py)}"


def silhouette(stage: Stage) -> None:
    """Somebody small before a great disc, with a long shadow."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    line = 500.0
    land = stage.land(sky)
    light_behind(stage, line, line - foot, sky)
    c.rect(0, line, WIDTH, HEIGHT - line, land)
    x = stage.chance.choice((168, 200, 236))
    dark = stage.shade(land, 0.6)
    c.poly([(x - 11, line + 1), (x + 11, line + 1), (x + 74, 552), (x + 30, 552)], dark)
    figure_tall = 104.0
    with c.group(transform=f"translate({x} {number(line)})scale(.5)"):
        figure(stage, 0, 4, figure_tall * 2, dark, hat=stage.chance.random() < 0.6)
    stage.texture(p.ink, count=50, box=(0, foot, WIDTH, 200))
    stage.credits_below(land)


def light_behind(stage: Stage, line: float, room: float, sky: str) -> None:
    """What a small figure stands before: a disc, a gate, a slab, a tent of light or a moon."""
    p, c = stage.palette, stage.canvas
    kind = stage.chance.randrange(5)
    radius = min(150.0, room / 2.05)
    if kind == 0:
        c.circle(200, line - radius * 0.86, radius, p.main)
        stage.stipple(200, line - radius * 0.86, radius, sky)
    elif kind == 1:
        for share, tint in ((1.0, p.second), (0.72, p.main)):
            c.path(arch_path(200 - 118 * share, line - room * 0.92 * share, 236 * share,
                             room * 0.92 * share), tint)  # fmt: skip
    elif kind == 2:
        c.rect(120, line - room * 0.94, 160, room * 0.94, p.main)
        c.rect(280, line - room * 0.7, 56, room * 0.7, p.second)
        c.rect(64, line - room * 0.5, 56, room * 0.5, p.second)
    elif kind == 3:
        c.poly([(200, line - room * 0.95), (372, line), (28, line)], p.second)
        c.poly([(200, line - room * 0.95), (268, line), (132, line)], p.main)
    else:
        for n in range(5):
            c.ring(
                200, line, radius * (1.1 - n * 0.2) * 1.1, (p.main, p.second)[n % 2], radius * 0.1
            )


def heart(stage: Stage) -> None:
    """A heart of two arches in halves of two colours."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    scale, y = min(1.0, (top - 50) / 320), (top + 20) / 2
    turn = stage.chance.choice((-8, 0, 8))
    stripes = "".join(rect_path(-150, n * 26 - 170, 300, 12) for n in range(14))
    with c.group(transform=f"translate(200 {number(y)})rotate({turn})scale({scale:.2f})"):
        c.path("M0 150L-122 28A88 88 0 0 1 0-98z", p.main)
        right = "M0 150L122 28A88 88 0 0 0 0-98z"
        c.path(right, p.second)
        with c.clipped(right):
            c.path(stripes, p.third)
    stage.texture(p.ink, count=50)


def stranger(stage: Stage) -> None:
    """A door ajar: light falls out, and somebody stands in it."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    wall = stage.shade(stage.between(ground, p.third, 0.5), 0.15)
    floor = stage.shade(wall, 0.45)
    top = stage.title_panel(floor)
    c.rect(0, 0, WIDTH, top, wall)
    base = top - 66
    left = stage.chance.choice((120, 150, 190))
    c.rect(0, base, WIDTH, top - base, floor)
    c.poly([(left, base), (left + 104, base), (left + 168, top), (left - 64, top)],
           stage.between(floor, p.main, 0.6))  # fmt: skip
    c.rect(left, 66, 104, base - 66, p.main)
    c.poly(
        [(left, 66), (left - 44, 44), (left - 44, base + 30), (left, base)],
        stage.shade(p.third, 0.2),
    )
    c.circle(left - 34, (base + 66) / 2, 4, p.main)
    figure(stage, left + 56, base + 4, min(210, base - 110), floor, hat=stage.chance.random() < 0.5)
    c.rect(0, top, WIDTH, HEIGHT - top, floor)
