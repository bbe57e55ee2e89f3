"""The composition that lives by its type."""

from catalog.posters.drawing import HEIGHT, WIDTH, rect_path
from catalog.posters.stage import CREDIT_SIZE, MARGIN, SMALL, Stage
from catalog.posters.typesetting import set_block


def big_word(stage: Stage) -> None:
    """Type alone: a short word climbs a band of colour; more words are stacked to full measure."""
    p, c = stage.palette, stage.canvas
    ground = stage.ground()
    words = stage.wording.title.split()
    if len(words) == 1 and 2 <= len(words[0]) <= 9:
        climbing_word(stage)
        return
    band = p.main
    c.rect(0, 0, WIDTH, 14, band)
    ink = stage.ink_on(ground)
    y = 44.0
    stacked = stack_lines(words)
    room = (500 - 16 * len(stacked)) / len(stacked)
    for n, line in enumerate(stacked):
        block = set_block(
            line, stage.voice, width=WIDTH - 2 * MARGIN, height=room, max_lines=1, largest=210
        )
        tint = stage.ink_on(ground, band) if n == len(stacked) - 1 else ink
        stage.write(block, MARGIN, y, tint, ground)
        y += block.height + 16
    if y < 505:
        fill_below_type(stage, y + 4, 534.0)
    stage.credits_below(ground)


def fill_below_type(stage: Stage, top: float, base: float) -> None:
    """What stands under stacked type: bars that thin out, or half rings on a line."""
    p, c = stage.palette, stage.canvas
    room, measure = base - top, WIDTH - 2 * MARGIN
    if room < 70 or stage.chance.random() < 0.5:
        count = max(2, min(9, int(room // 22)))
        for n in range(count):
            tall = room / count * (0.86 - 0.7 * n / count)
            c.rect(MARGIN, top + n * room / count, measure, tall, (p.main, p.main, p.second)[n % 3])
        return
    radius = min(measure / 2, room)
    with c.clipped(rect_path(MARGIN, top, measure, room)):
        for n, tint in enumerate((p.main, p.second, p.third, p.ink)):
            c.circle(200, base, radius * (1 - n * 0.24), tint)


def stack_lines(words: list[str]) -> list[str]:
    """Small words join the next one; at most five lines."""
    lines: list[str] = []
    for word in words:
        short = lines and (len(lines[-1]) <= 3 or len(word) <= 2)
        if short or len(lines) == 5:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def climbing_word(stage: Stage) -> None:
    p, c = stage.palette, stage.canvas
    ground, band = p.bg, p.main
    c.rect(166, 0, 234, HEIGHT, band)
    ink = stage.ink_on(band, ground)
    block = set_block(
        stage.wording.title, stage.voice, width=536, height=178, max_lines=1, largest=330
    )
    stage.write_turned(block, 283 + block.rise / 2 - block.fall / 2, 568, ink, band)
    y = stage.chance.choice((120, 300, 470))
    c.circle(83, y, 44, p.second)
    stage.stipple(83, y, 44, ground, 40)
    side_credits(stage, ground, below=y < 300)


def side_credits(stage: Stage, ground: str, *, below: bool) -> None:
    """Year over director in the narrow column left of a band."""
    ink = stage.ink_on(ground)
    lines = [str(stage.spec.year or ""), *stage.spec.director.split()[:4]]
    lines = [line for line in lines if line and SMALL.face.has(line)]
    y = 572 - 15 * len(lines) if below else 30
    for line in lines:
        block = set_block(line, SMALL, width=112, height=40, max_lines=1, largest=CREDIT_SIZE)
        stage.write(block, MARGIN, y, ink, ground)
        y += 15
