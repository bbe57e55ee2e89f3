"""Compositions of sky, land and water."""

from catalog.posters.drawing import HEIGHT, WIDTH, Point, circle_path, number, on_circle, rect_path
from catalog.posters.stage import MARGIN, Stage


def horizon(stage: Stage) -> None:
    """A sun on the line between sky and water, and its broken reflection."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    sea = stage.between(p.bg, p.third if stage.is_night() else p.second, 0.75)
    foot = stage.title_above(sky)
    line = max(385.0, foot + 190)
    x = stage.chance.choice((130, 200, 260))
    radius = min(96.0, (line - foot) / 1.55)
    c.rect(0, line, WIDTH, HEIGHT - line, sea)
    with c.clipped(rect_path(0, 0, WIDTH, line)):
        c.circle(x, line - radius * 0.42, radius, p.main)
        stage.stipple(x, line - radius * 0.42, radius, sky)
    y, half, thick = line + 10, radius * 0.92, 3.0
    bars = ""
    while y < 538:
        shift = stage.chance.uniform(-7, 7)
        bars += f"M{number(x + shift - half)} {number(y)}h{number(half * 2)}"
        y += 11 + thick
        half *= 0.84
    c.stroke(bars, stage.unlike(sea, p.main), 4.5, stroke_linecap="round")
    stage.texture(p.ink)
    stage.credits_below(sea)


def planetrise(stage: Stage) -> None:
    """A great planet from below, a small ringed one above, and dust."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    c.dots(stage.scatter(60, 0, foot, WIDTH, 300), p.ink, 1.8, opacity=0.7)
    c.dots(stage.scatter(9, 0, foot, WIDTH, 230), p.main, 3.4)
    top = max(402.0, foot + 185)
    c.circle(stage.chance.choice((160, 200, 250)), top + 330, 330, p.second)
    x, y = stage.chance.choice((270, 292, 118)), (foot + top) / 2 - 8
    radius = min(62.0, (top - foot) / 3.2)
    with c.group(transform=f"rotate(-16 {x} {number(y)})"):
        c.circle(x, y, radius, p.main)
        stage.stipple(x, y, radius, p.bg, 70)
        wide, flat = number(radius * 1.72), number(radius * 0.42)
        left = number(x - radius * 1.72)
        c.stroke(f"M{left} {number(y)}a{wide} {flat} 0 0 0 {number(radius * 3.44)} 0", p.third, 3.5)
    stage.credits_below(p.second)


def constellation(stage: Stage) -> None:
    """Stars joined by a line over the curve of a hill that carries the title."""
    p, c = stage.palette, stage.canvas
    stage.ground()
    hill = stage.between(p.bg, p.third, 0.8)
    top = stage.title_below(hill, height=110)
    c.dots(stage.scatter(80, 0, 0, WIDTH, top), p.ink, 1.7, opacity=0.65)
    c.circle(stage.chance.choice((150, 200, 260)), top + 520, 560, hill)
    count = stage.chance.choice((6, 7, 8))
    ceiling, floor = 60, max(180, top - 130)
    stars = [
        (50 + 300 * n / (count - 1), stage.chance.uniform(ceiling, floor)) for n in range(count)
    ]
    branch = stars[count // 2]
    side = (min(360, branch[0] + 50), min(floor, branch[1] + 70))
    data = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in stars)
    c.stroke(data + f"M{number(branch[0])} {number(branch[1])}L{number(side[0])} {number(side[1])}",
             p.second, 2)  # fmt: skip
    for n, (x, y) in enumerate([*stars, side]):
        if n % 3 == 1:
            c.poly(sparkle(x, y, 20), p.main)
        else:
            c.circle(x, y, 6.5, p.main)


def sparkle(x: float, y: float, size: float) -> list[Point]:
    """A star with four points."""
    return [on_circle(x, y, size if n % 2 == 0 else size * 0.26, 45 * n) for n in range(8)]


def mountains(stage: Stage) -> None:
    """Faceted ranges before a low sun."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    x = stage.chance.choice((120, 150, 270))
    c.circle(x, foot + 75, 72, p.main)
    stage.stipple(x, foot + 75, 72, sky)
    far = stage.between(sky, p.second, 0.45)
    near, shaded = p.second, stage.shade(stage.between(p.second, p.third, 0.5), 0.12)
    ground = stage.between(p.third, p.bg, 0.3)
    for base, tint, dark, tall in ((470, far, stage.between(far, p.third, 0.5), 200),
                                   (540, near, shaded, 165)):  # fmt: skip
        left = -60.0
        while left < WIDTH:
            width = stage.chance.uniform(150, 230)
            peak = (left + width * stage.chance.uniform(0.4, 0.6),
                    max(foot + 40, base - tall * stage.chance.uniform(0.65, 1.05)))  # fmt: skip
            c.poly([(left, 560), peak, (left + width, 560)], tint)
            fold = (peak[0] + width * 0.06, (peak[1] + base) / 2)
            c.poly([peak, fold, (peak[0] - width * 0.1, 560), (left + width, 560)], dark)
            left += width * 0.62
    c.rect(0, 536, WIDTH, 64, ground)
    stage.texture(p.ink, count=50)
    stage.credits_below(ground)


def skyline(stage: Stage) -> None:
    """Three rows of houses before a disc, some windows lit."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    base = max(foot + 110, 300)
    c.circle(stage.chance.choice((110, 140, 265)), base - 5, min(74, base - foot - 30), p.main)
    if stage.is_night():
        back = stage.between(sky, p.third, 0.75)
        tints = [
            stage.between(back, p.ink, 0.2),
            stage.between(back, p.ink, 0.06),
            stage.shade(sky, 0.5),
        ]
    else:
        tints = [stage.between(sky, p.ink, share) for share in (0.28, 0.55, 0.85)]
    for row, tint in enumerate(tints):
        level = base + row * 74
        roofs, lights = roofline(stage, level, 54 - 6 * row)
        c.path(f"M0 600V{level}{roofs}V600z", tint)
        if row:
            c.stroke(lights, p.main if row == 2 else p.second, 5)
    c.rect(0, 536, WIDTH, 64, tints[2])
    stage.credits_below(tints[2])


def roofline(stage: Stage, level: float, tall: float) -> tuple[str, str]:
    """Path data of roofs from left to right, and of small lit windows below them."""
    chance, x = stage.chance, 0
    data, lights = "", ""
    while x < WIDTH:
        width = chance.randrange(26, 62)
        top = round(level - chance.uniform(-0.3, 1) * tall)
        kind = chance.random()
        if kind < 0.2:
            data += f"V{top + 12}l{width // 2}-16 {width - width // 2} 16"
        elif kind < 0.32:
            data += f"V{top}h{width // 2 - 1}v-22h3v22H{x + width}"
        else:
            data += f"V{top}H{x + width}"
        for _ in range(3):
            left, y = x + chance.randrange(5, width - 4), top + 24 + chance.randrange(0, 7) * 11
            lights += f"M{left} {y}v7" if y < 528 else ""
        x += width
    return data, lights


def seigaiha(stage: Stage) -> None:
    """Scale waves, and a sun that sets into them."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    base = max(330.0, foot + 130)
    sun = stage.chance.choice((120, 200, 285))
    c.circle(sun, base - 30, min(84, (base - foot) * 0.62), p.main)
    pale, deep = stage.between(p.ink, p.second, 0.35), stage.between(p.bg, p.second, 0.6)
    if not stage.is_night():
        pale, deep = p.second, stage.between(p.bg, p.second, 0.35)
    panel = stage.shade(sky, 0.2)
    pale = stage.unlike(panel, pale, p.third)
    row, y = 0, base
    while y < 566:
        xs = [x - (25 if row % 2 else 0) for x in range(0, WIDTH + 50, 50)]
        c.path("".join(circle_path(x, y, 25) for x in xs), panel)
        for radius, tint in ((22, deep), (14, pale), (6, p.main if row % 3 == 2 else deep)):
            data = "".join(
                f"M{x - radius} {number(y)}a{radius} {radius} 0 0 1 {2 * radius} 0" for x in xs
            )
            c.stroke(data, tint, 4.5)
        row += 1
        y += 17
    c.rect(0, 540, WIDTH, 60, panel)
    stage.credits_below(panel)


def forest(stage: Stage) -> None:
    """Trunks before a moon; somebody small stands among them."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky, height=120)
    night = stage.between(sky, p.third, 0.55)
    dark = stage.shade(night, 0.55)
    c.rect(0, foot, WIDTH, HEIGHT - foot, night)
    c.rect(0, foot - 3, WIDTH, 3, p.main)
    c.circle(stage.chance.choice((150, 215, 260)), foot + 125, 92, p.main)
    for tint, count, thin, wide in ((stage.between(night, dark, 0.5), 9, 8, 16), (dark, 7, 14, 34)):
        for n in range(count):
            x = WIDTH * n / count + stage.chance.uniform(-14, 26)
            w = stage.chance.uniform(thin, wide)
            c.poly([(x, foot), (x + w, foot), (x + w * 1.25, 545), (x - w * 0.25, 545)], tint)
            if n % 3 == 0:
                y = foot + stage.chance.uniform(40, 150)
                c.stroke(f"M{number(x + w / 2)} {number(y + 40)}l38-38", tint, 5)
    x = stage.chance.choice((128, 205, 276))
    c.circle(x, 497, 8, p.ink)
    c.path(f"M{x - 10} 548v-30q0-11 10-11t10 11v30z", p.ink)
    c.rect(0, 541, WIDTH, 59, dark)
    stage.credits_below(dark)


def road(stage: Stage) -> None:
    """A straight road to a striped sun."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    line = max(330.0, foot + 125)
    land, lane = (
        stage.between(sky, p.third, 0.6),
        stage.shade(stage.between(sky, p.third, 0.9), 0.25),
    )
    radius = min(98.0, line - foot - 12)
    with c.clipped(rect_path(0, 0, WIDTH, line)):
        c.circle(200, line, radius, p.main)
        for n in range(5):
            c.rect(90, line - 12 - n * radius * 0.17, 220, 7.5 - n * 1.1, sky)
    c.rect(0, line, WIDTH, HEIGHT - line, land)
    c.poly([(192, line), (208, line), (460, 600), (-60, 600)], lane)
    for n in range(5):
        y = line + 12 + (n**1.7) * 13
        half = 1.2 + n * 0.9
        if y + 12 + 5 * n < 548:
            c.rect(200 - half, y, half * 2, 9 + n * 5, p.main)
    stage.credits_below(lane)


def dunes(stage: Stage) -> None:
    """Long curves of sand, a hard sun, and one rider's cactus."""
    p, c = stage.palette, stage.canvas
    sky = stage.ground()
    foot = stage.title_above(sky)
    sun = stage.chance.choice((112, 285))
    c.circle(sun, foot + 90, 66, p.main)
    sand = stage.unlike(sky, p.second, p.third)
    tints = (stage.between(sky, sand, 0.65), sand, stage.between(sand, p.third, 0.6), p.third)
    ground = tints[-1]
    for n, tint in enumerate(tints):
        y = max(foot + 140, 350) + n * 48
        bend = stage.chance.choice((-46, -30, 34, 52))
        c.path(f"M0 {number(y)}C110 {number(y - bend)} 260 {number(y + bend)} {WIDTH} "
               f"{number(y - bend / 3)}V600H0z", tint)  # fmt: skip
    x, y = WIDTH - sun, max(foot + 140, 350) + 92
    shape = f"M{x} {number(y + 44)}v-116M{x} {number(y - 6)}h-24v-34M{x} {number(y + 8)}h22v-46"
    c.stroke(shape, stage.shade(ground, 0.55), 13, stroke_linecap="round", stroke_linejoin="round")
    c.rect(0, 544, WIDTH, 56, ground)
    stage.texture(p.ink, count=50, box=(MARGIN, 300, WIDTH - 2 * MARGIN, 200))
    stage.credits_below(ground)


def ripples(stage: Stage) -> None:
    """Wavy stripes with one disc riding on them."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    top = stage.title_panel(ground)
    count = 9
    step = (top - 8) / count
    for n in range(count):
        y = n * step + step * 0.55
        tint = (p.main, p.second, p.third)[n % 3]
        c.stroke(f"M-20 {number(y)}q52-{number(step * 0.9)} 105 0t105 0t105 0t105 0t105 0", tint,
                 step * 0.42)  # fmt: skip
    x, y = stage.chance.choice((118, 282)), step * stage.chance.choice((2.5, 3.5))
    c.circle(x, y, 50, p.ink if not stage.is_night() else p.second)
    stage.stipple(x, y, 50, ground, 60)
    c.rect(0, top, WIDTH, HEIGHT - top, ground)
