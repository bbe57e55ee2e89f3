"""Compositions of buildings, banners, boats and cut paper."""

from catalog.posters.drawing import HEIGHT, WIDTH, Point, arch_path, number, rect_path
from catalog.posters.stage import Stage


def castle(stage: Stage) -> None:
    """Towers on a hill under a moon, with one window lit."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    c.circle(stage.chance.choice((110, 292)), foot + 80, 58, p.main)
    wall, back = stage.between(p.third, "#101014", 0.25), p.third
    base = 500.0
    towers = (
        (70, 46, 0.62, back),
        (286, 48, 0.74, back),
        (128, 64, 0.86, wall),
        (214, 60, 1.0, wall),
    )
    span = base - foot - 20
    for x, wide, share, tint in towers:
        top = base - span * share * 0.72
        c.rect(x, top, wide, base - top + 20, tint)
        c.poly([(x - 8, top), (x + wide / 2, top - wide * 1.35), (x + wide + 8, top)], p.second)
        c.stroke(f"M{number(x + wide / 2)} {number(top - wide * 1.3)}v-26", p.second, 2.5)
        c.poly([(x + wide / 2, top - wide * 1.35 - 24), (x + wide / 2 + 22, top - wide * 1.35 - 16),
                (x + wide / 2, top - wide * 1.35 - 8)], p.main)  # fmt: skip
        c.path(arch_path(x + wide / 2 - 6, top + 22, 12, 26), p.main if tint == wall else sky)
    c.path(f"M100 {number(base - 60)}" + "h16v-16h16v16" * 5 + "h24v100h-184z", wall)
    c.path(arch_path(178, base - 56, 46, 70), sky)
    hill = stage.land(sky)
    c.path(f"M0 {number(base + 24)}Q200 {number(base - 36)} 400 {number(base + 24)}V600H0z", hill)
    stage.texture(p.ink, count=50)
    stage.credits_below(hill)


def house(stage: Stage) -> None:
    """One house alone, one window lit, and a long path."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    line = 478.0
    land = stage.land(sky)
    c.circle(stage.chance.choice((96, 310)), foot + 66, 46, p.second)
    tall = min(230.0, line - foot - 40)
    dark = stage.between(p.third, p.ink, 0.12) if stage.is_night() else stage.shade(p.third, 0.45)
    x, w = 122.0, 168.0
    roof = line - tall * 0.62
    c.rect(x, roof, w, line - roof + 4, dark)
    c.poly([(x - 22, roof), (x + w / 2, line - tall), (x + w + 22, roof)], p.main)
    c.rect(x + w - 44, line - tall + 4, 20, 60, p.main)
    for n in range(4):
        wx, wy = x + 24 + (n % 2) * 78, roof + 20 + (n // 2) * 60
        c.rect(wx, wy, 40, 38, "#ffe9a8" if n == 1 else stage.shade(dark, 0.35))
        c.stroke(f"M{number(wx + 20)} {number(wy)}v38M{number(wx)} {number(wy + 19)}h40", dark, 2.5)
    c.rect(0, line, WIDTH, HEIGHT - line, land)
    path = stage.between(land, p.second, 0.55)
    c.path(f"M196 {number(line)}h20q10 34-26 50-40 20 50 72h-130q-20-52 44-72 48-16 42-50z", path)
    c.rect(0, 548, WIDTH, 52, land)
    for n in range(5):
        tx = 20 + n * 88 + stage.chance.uniform(-16, 16)
        if not 100 < tx < 312:
            c.ellipse(tx, line - 34, 17, 42, land)
    stage.credits_below(land)


def flag(stage: Stage) -> None:
    """A torn banner in the wind, carried by a few small figures."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    line = 500.0
    top = foot + 6
    high = min(190.0, line - top - 130)
    c.stroke(f"M92 {number(line + 4)}L112 {number(top - 6)}", p.ink, 6)
    tints = (p.main, p.second, p.main)
    for n, tint in enumerate(tints):
        y, h = top + n * high / 3, high / 3
        tear = stage.chance.uniform(-26, 14)
        c.path(f"M112 {number(y)}q64-30 128 0t{number(118 + tear)} 4l-16 {number(h * 0.5)} 14 "
               f"{number(h * 0.5)}q-60 22-{number(118 + tear)}-4t-126 0z", tint)  # fmt: skip
    ground = stage.land(sky)
    c.path(f"M0 {number(line + 10)}Q120 {number(line - 34)} 250 {number(line)}"
           f"T400 {number(line - 12)}V600H0z", ground)  # fmt: skip
    for n in range(6):
        x = 70 + n * 52 + stage.chance.uniform(-10, 10)
        c.circle(x, line - 46 - 4 * (n % 2), 7, ground)
        c.path(f"M{number(x - 10)} {number(line + 6)}v-34q0-12 10-12t10 12v34z", ground)
        if n % 2:
            c.stroke(f"M{number(x + 8)} {number(line - 20)}l16-52", ground, 3)
    stage.credits_below(ground)


def cut_paper(stage: Stage) -> None:
    """Slanting shards of cut paper above the title."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    tints = (p.main, p.second, p.third, p.ink)
    x = 18.0
    for n in range(5):
        width = stage.chance.uniform(58, 78)
        cut = top * stage.chance.uniform(0.42, 0.66)
        lean = stage.chance.uniform(-20, 20)
        upper = [(x, -4), (x + width, -4), (x + width - 12 + lean, cut), (x + 10 + lean, cut + 22)]
        c.poly(upper, tints[n % 4])
        gap = cut + 34
        if top - gap > 60:
            lower = [(x + 12 + lean, gap + 6), (x + width - 10 + lean, gap - 14),
                     (x + width - 6, top - 14), (x + 2, top - 2)]  # fmt: skip
            c.poly(lower, tints[(n + 2 + n // 2) % 4])
        x += width + 6
    stage.texture(ground, box=(0, 0, WIDTH, top))


def leaves(stage: Stage) -> None:
    """A stem of cut-out leaves."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_below(ground)
    panel = stage.between(ground, p.third, 0.35)
    c.rect(28, 28, 344, top - 30, panel)
    bend = stage.chance.choice((-40, 40))
    stem = f"M200 {number(top - 14)}Q{200 + bend} {number(top / 2)} 200 52"
    count = 5
    for n in range(count):
        y = top - 60 - n * (top - 130) / (count - 0.4)
        x = 200 + bend * 0.5 * (1 - abs(2 * (y - 52) / (top - 66) - 1) ** 2)
        long = 116 - n * 12
        for side in (-1, 1):
            tint = (p.main, p.second, p.ink)[(n + (side > 0)) % 3]
            turn = side * stage.chance.uniform(48, 66)
            leaf = (
                f"M0 0Q-{number(long * 0.38)}-{number(long * 0.5)} 0-{long}Q{number(long * 0.38)}-"
            )
            leaf += f"{number(long * 0.5)} 0 0z"
            with c.group(transform=f"translate({number(x)} {number(y)})rotate({number(turn)})"):
                c.path(leaf, tint)
    c.stroke(stem, p.ink, 4, stroke_linecap="round")
    c.circle(200, 52, 15, p.main)


def liner(stage: Stage) -> None:
    """A ship head-on, her light on the water."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    line = 452.0
    c.circle(200, max(foot + 104, 250), min(104, (line - foot) * 0.5), p.main)
    sea = stage.land(sky)
    hull = stage.shade(p.third, 0.55)
    tall = min(170.0, line - foot - 70)
    deck = line - tall
    c.rect(160, deck - 6, 80, tall, p.ink if stage.is_night() else "#fff4e2")
    c.stroke(
        f"M164 {number(deck + 12)}h72M164 {number(deck + 28)}h72",
        p.second,
        6,
        stroke_dasharray="7 6",
    )
    for x in (176, 208):
        c.rect(x, deck - 48, 18, 44, p.second)
        c.rect(x, deck - 48, 18, 12, hull)
    c.path(f"M104 {number(deck + 40)}h192q-16 {number(tall * 0.6)}-78 {number(tall * 0.84)}h-36"
           f"q-62-{number(tall * 0.24)}-78-{number(tall * 0.84)}z", hull)  # fmt: skip
    c.stroke(f"M200 {number(deck + 40)}V{number(line + 14)}", stage.between(hull, p.ink, 0.4), 2.5)
    c.rect(0, line, WIDTH, HEIGHT - line, sea)
    bars = "".join(
        f"M{number(200 - w + stage.chance.uniform(-16, 16))} {number(line + 12 + n * 14)}h{2 * w}"
        for n, w in enumerate((92, 74, 80, 52, 40, 22))
    )
    c.stroke(bars, p.main, 4.5, stroke_linecap="round")
    stage.credits_below(sea)


def curtain(stage: Stage) -> None:
    """A stage curtain drawn back from a spot of light."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    floor = stage.shade(ground, 0.3)
    top = stage.title_panel(floor)
    back = stage.shade(stage.between(ground, p.third, 0.6), 0.4)
    c.rect(0, 0, WIDTH, top, back)
    c.poly([(186, 0), (214, 0), (318, top), (82, top)], stage.between(back, p.second, 0.55))
    c.ellipse(200, top - 16, 118, 20, p.second)
    c.circle(200, top - 128, 17, floor)
    c.path(f"M178 {number(top - 14)}l8-62q-14-30 4-34h20q18 4 4 34l8 62z", floor)
    c.stroke(f"M190 {number(top - 104)}l-34-34M210 {number(top - 104)}l34-34", floor, 8,
             stroke_linecap="round")  # fmt: skip
    folds = (p.main, stage.shade(p.main, 0.22))
    for side in (0, 1):
        for n in range(5):
            points = fold(n, top)
            if side:
                points = [(WIDTH - x, y) for x, y in points]
            c.poly(points, folds[n % 2])
    scallops = "".join(f"M{n * 40} 30a20 20 0 0 0 40 0z" for n in range(10))
    c.path(rect_path(0, 0, WIDTH, 30) + scallops, p.third)
    c.rect(0, top, WIDTH, HEIGHT - top, floor)


def fold(n: int, top: float) -> list[Point]:
    """One pleat of the left half, gathered at two thirds of its height."""
    a, b = n * 32, (n + 1) * 32
    tie = top * 0.66
    return [(a, 0), (b, 0), (b * 0.42, tie), (b * 0.6, top), (a * 0.6, top), (a * 0.42, tie)]
