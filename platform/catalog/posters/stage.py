"""What a composition works with: canvas, palette, its own stable chance, and the type."""

import random
from dataclasses import dataclass, field

from .colours import (
    BLACK,
    NEAR_BLACK,
    NEAR_WHITE,
    READABLE,
    WHITE,
    contrast,
    distance,
    is_dark,
    mix,
)
from .drawing import HEIGHT, WIDTH, Canvas, Point
from .palettes import Palette
from .spec import PosterSpec
from .titles import Wording
from .typesetting import Block, Voice, set_block

MARGIN = 28
MEASURE = WIDTH - 2 * MARGIN
SMALL = Voice("inter", leading=1.22, largest=14)
CREDIT_SIZE = 13.0
CREDIT_BASELINE = 571.0
CREDIT_TOP_BASELINE = 38.0
TITLE_BOTTOM = 540.0
DISTINCT = 110


@dataclass
class Stage:
    """One poster in the making. Text is kept apart and laid over the art at the end."""

    spec: PosterSpec
    wording: Wording
    palette: Palette
    voice: Voice
    canvas: Canvas
    chance: random.Random
    inks: list[tuple[str, str]] = field(default_factory=list)
    _texts: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def has_title(self) -> bool:
        return bool(self.wording.title)

    def ground(self, colour: str | None = None) -> str:
        """Paint the whole sheet."""
        colour = colour or self.palette.bg
        self.canvas.rect(0, 0, WIDTH, HEIGHT, colour)
        return colour

    def ink_on(self, ground: str, *wished: str) -> str:
        """The first wished or palette colour that reads on the ground."""
        colours = (*wished, self.palette.ink, self.palette.bg, NEAR_BLACK, NEAR_WHITE, BLACK, WHITE)
        return next(c for c in colours if contrast(c, ground) >= READABLE)

    def unlike(self, other: str, *wished: str, also: str = "") -> str:
        """The first wished or palette colour that stands out as a shape from other and also."""
        p = self.palette
        colours = (*wished, p.main, p.second, p.third, p.ink, p.bg, BLACK, WHITE)
        beside = (other, also or other)
        return next(c for c in colours if all(distance(c, near) >= DISTINCT for near in beside))

    def land(self, sky: str) -> str:
        """Ground under the sky, dark but never lost in it."""
        p = self.palette
        if not is_dark(sky):
            return self.shade(mix(sky, p.third, 0.8), 0.4)
        tone = mix(sky, p.third, 0.6)
        while distance(tone, sky) < DISTINCT:
            tone = mix(tone, p.ink, 0.08)
        return tone

    def title_below(
        self, ground: str, *, height: float = 132, align: str = "left", ink: str = ""
    ) -> float:
        """Title at the foot, over the credits; returns the y that art must stay above."""
        return self._foot(ground, height, align, ink, panel=False)

    def title_panel(
        self, ground: str, *, height: float = 124, align: str = "left", ink: str = ""
    ) -> float:
        """Like title_below on a flat panel of its own that hides what is behind."""
        return self._foot(ground, height, align, ink, panel=True)

    def title_above(
        self, ground: str, *, height: float = 150, align: str = "left", ink: str = ""
    ) -> float:
        """Title at the head; returns the y that art must stay below."""
        if not self.has_title:
            return MARGIN
        colour = self.ink_on(ground, *([ink] if ink else []))
        title, subtitle = self._blocks(height)
        x = self._edge(align)
        top = 32.0
        self.write(title, x, top, colour, ground, align)
        bottom = top + title.height
        if subtitle:
            self.write(subtitle, x, bottom + 12, colour, ground, align)
            bottom += 12 + subtitle.height
        return bottom + 24

    def credits_below(self, ground: str) -> None:
        self._credits(ground, CREDIT_BASELINE)

    def credits_above(self, ground: str) -> None:
        self._credits(ground, CREDIT_TOP_BASELINE)

    def write(
        self, block: Block, x: float, top: float, ink: str, ground: str, align: str = "left"
    ) -> None:
        """Keep a block for the top layer; notes ink and ground so that tests can measure."""
        self.inks.append((ink, ground))
        self._texts.append((block.outlines(x, top, align), ink, "scale(.1)"))

    def write_turned(self, block: Block, x: float, y: float, ink: str, ground: str) -> None:
        """A block read upwards: its first baseline starts at (x, y) and climbs."""
        self.inks.append((ink, ground))
        turn = f"translate({x:.1f} {y:.1f})rotate(-90)scale(.1)"
        self._texts.append((block.outlines(0, -block.rise), ink, turn))

    def finish(self, title: str) -> str:
        for data, ink, transform in self._texts:
            self.canvas.path(data, ink, transform=transform)
        return self.canvas.finish(title)

    def texture(self, colour: str, *, count: int = 70, box: tuple[float, ...] = ()) -> None:
        """Faint specks, as of a printed sheet."""
        x, y, w, h = box or (0, 0, WIDTH, HEIGHT)
        self.canvas.dots(self.scatter(count, x, y, w, h), colour, 1.1, opacity=0.28)

    def stipple(self, x: float, y: float, radius: float, colour: str, count: int = 90) -> None:
        """Shade the lower right of a disc with dots that thicken towards its edge."""
        points: list[Point] = []
        while len(points) < count:
            dx, dy = self.chance.uniform(-1, 1), self.chance.uniform(-1, 1)
            if dx * dx + dy * dy < 0.96 and self.chance.random() ** 0.6 < (dx + dy + 0.1) / 1.3:
                points.append((round(x + dx * radius), round(y + dy * radius)))
        self.canvas.dots(points, colour, 1.5, opacity=0.75)

    def scatter(self, count: int, x: float, y: float, w: float, h: float) -> list[Point]:
        return [
            (round(x + self.chance.random() * w), round(y + self.chance.random() * h))
            for _ in range(count)
        ]

    def shade(self, colour: str, share: float = 0.25) -> str:
        """The colour a little towards the ink of the night: darker on dark, deeper on light."""
        return mix(colour, NEAR_BLACK, share)

    def between(self, one: str, other: str, share: float = 0.5) -> str:
        return mix(one, other, share)

    def is_night(self) -> bool:
        return is_dark(self.palette.bg)

    def _foot(self, ground: str, height: float, align: str, ink: str, *, panel: bool) -> float:
        if not self.has_title:
            top = TITLE_BOTTOM + 4
        else:
            colour = self.ink_on(ground, *([ink] if ink else []))
            title, subtitle = self._blocks(height)
            x = self._edge(align)
            bottom = TITLE_BOTTOM
            if subtitle:
                bottom -= subtitle.height
                self.write(subtitle, x, bottom, colour, ground, align)
                bottom -= 13
            self.write(title, x, bottom - title.height, colour, ground, align)
            top = bottom - title.height - 24
        if panel:
            self.canvas.rect(0, top, WIDTH, HEIGHT - top, ground)
        self.credits_below(ground)
        return top

    def _blocks(self, height: float) -> tuple[Block, Block | None]:
        subtitle = None
        if self.wording.subtitle:
            size = 21 if len(self.wording.subtitle) < 34 else 18
            subtitle = set_block(
                self.wording.subtitle, Voice("inter", leading=1.2, largest=size),
                width=MEASURE, height=76, max_lines=3,
            )  # fmt: skip
            height -= subtitle.height * 0.6
        title = set_block(self.wording.title, self.voice, width=MEASURE, height=height)
        return title, subtitle

    def _edge(self, align: str) -> float:
        return {"left": MARGIN, "middle": WIDTH / 2, "right": WIDTH - MARGIN}[align]

    def _credits(self, ground: str, baseline: float) -> None:
        ink = self.ink_on(ground)
        if self.spec.year:
            year = set_block(str(self.spec.year), SMALL, width=80, height=99, largest=CREDIT_SIZE)
            self.write(year, MARGIN, baseline - year.rise, ink, ground)
        name = self.spec.director.strip()[:44]
        if name and SMALL.face.has(name):
            block = set_block(
                name, SMALL, width=MEASURE - 60, height=99, max_lines=1, largest=CREDIT_SIZE
            )
            self.write(block, WIDTH - MARGIN, baseline - block.rise, ink, ground, "right")
