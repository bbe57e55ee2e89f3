"""Writing SVG: shapes in, presentation attributes out, numbers as short as they look."""

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import escape

Point = tuple[float, float]
WIDTH, HEIGHT = 400, 600
NOT_IN_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def number(value: float) -> str:
    """One decimal at most, no trailing zero, no minus zero."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def points_path(points: Iterable[Point], *, closed: bool = True) -> str:
    """Straight lines through the points."""
    pairs = [f"{number(x)} {number(y)}" for x, y in points]
    return "M" + "L".join(pairs) + ("z" if closed else "")


def on_circle(x: float, y: float, radius: float, degrees: float) -> Point:
    """A point on a circle; 0 degrees is up, clockwise."""
    turn = math.radians(degrees)
    return x + radius * math.sin(turn), y - radius * math.cos(turn)


class Canvas:
    """A poster being drawn, from back to front."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix  # ids stay apart when several posters stand in one document
        self._parts: list[str] = []
        self._clips = 0

    def rect(self, x: float, y: float, w: float, h: float, fill: str, **extra: object) -> None:
        where = f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}"'
        self._parts.append(f'<rect {where} fill="{fill}"{attributes(extra)}/>')

    def circle(self, x: float, y: float, radius: float, fill: str, **extra: object) -> None:
        where = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
        self._parts.append(f'<circle {where} fill="{fill}"{attributes(extra)}/>')

    def ring(self, x: float, y: float, radius: float, stroke: str, width: float) -> None:
        self.circle(x, y, radius, "none", stroke=stroke, stroke_width=number(width))

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str, **extra: object) -> None:
        where = f'cx="{number(x)}" cy="{number(y)}" rx="{number(rx)}" ry="{number(ry)}"'
        self._parts.append(f'<ellipse {where} fill="{fill}"{attributes(extra)}/>')

    def path(self, data: str, fill: str, **extra: object) -> None:
        self._parts.append(f'<path d="{data}" fill="{fill}"{attributes(extra)}/>')

    def poly(self, points: Iterable[Point], fill: str, **extra: object) -> None:
        self.path(points_path(points), fill, **extra)

    def stroke(self, data: str, colour: str, width: float, **extra: object) -> None:
        self.path(data, "none", stroke=colour, stroke_width=number(width), **extra)

    def dots(self, points: Iterable[Point], colour: str, size: float, **extra: object) -> None:
        """Many round dots of one size as one path."""
        data = "".join(f"M{number(x)} {number(y)}h0" for x, y in points)
        if data:
            self.stroke(data, colour, size, stroke_linecap="round", **extra)

    @contextmanager
    def group(self, **extra: object) -> Iterator[None]:
        self._parts.append(f"<g{attributes(extra)}>")
        yield
        self._parts.append("</g>")

    @contextmanager
    def clipped(self, shape: str) -> Iterator[None]:
        """Everything drawn inside shows only within that path data."""
        self._clips += 1
        name = f"{self._prefix}{self._clips}"
        self._parts.append(f'<clipPath id="{name}"><path d="{shape}"/></clipPath>')
        with self.group(clip_path=f"url(#{name})"):
            yield

    def finish(self, title: str) -> str:
        """The whole document."""
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        name = escape(NOT_IN_XML.sub("", title))
        return f"{head}<title>{name}</title>{''.join(self._parts)}</svg>"


def attributes(extra: dict[str, object]) -> str:
    return "".join(f' {key.replace("_", "-")}="{value}"' for key, value in extra.items())


def circle_path(x: float, y: float, radius: float) -> str:
    r = number(radius)
    d = number(2 * radius)
    return f"M{number(x - radius)} {number(y)}a{r} {r} 0 1 1 {d} 0a{r} {r} 0 1 1-{d} 0z"


def rect_path(x: float, y: float, w: float, h: float) -> str:
    return f"M{number(x)} {number(y)}h{number(w)}v{number(h)}h-{number(w)}z"


def arch_path(x: float, y: float, w: float, h: float) -> str:
    """A door with a round top; (x, y) is the upper left corner of its box."""
    r = number(w / 2)
    return (
        f"M{number(x)} {number(y + h)}V{number(y + w / 2)}"
        f"a{r} {r} 0 0 1 {number(w)} 0V{number(y + h)}z"
    )
