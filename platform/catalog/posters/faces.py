"""The typefaces: loaded when first used, shaped by HarfBuzz, given out as outlines."""

from functools import cache
from pathlib import Path

import uharfbuzz as hb

FONTS = Path(__file__).parent / "fonts"
Segment = tuple[str, tuple[tuple[float, float], ...]]


class OutlinePen:
    """Collects what HarfBuzz draws as (letter, points) in font units."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - the pen protocol
        self.segments.append(("m", (point,)))

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self.segments.append(("l", (point,)))

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self.segments.append(("q", points))

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self.segments.append(("c", points))

    def closePath(self) -> None:  # noqa: N802
        self.segments.append(("z", ()))

    def endPath(self) -> None:  # noqa: N802
        pass


class Face:
    """One font file. All measures are in ems."""

    def __init__(self, name: str) -> None:
        face = hb.Face(hb.Blob.from_file_path(str(FONTS / f"{name}.ttf")))
        self._font = hb.Font(face)
        self._upem = float(face.upem)
        self._outlines: dict[int, list[Segment]] = {}
        self._characters = frozenset(face.unicodes)
        self.cap_height = self._top("H")
        self.ascender = self._top("d")
        self.descender = self._depth("p")

    def has(self, text: str) -> bool:
        """Whether every visible character has a glyph."""
        return all(c.isspace() or ord(c) in self._characters for c in text)

    def shape(self, text: str) -> tuple[list[tuple[int, float, float]], float]:
        """Glyphs as (id, x, y) from the origin, and the advance of the whole."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(self._font, buffer, {"kern": True, "liga": True})
        glyphs, x = [], 0.0
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            left = (x + position.x_offset) / self._upem
            glyphs.append((info.codepoint, left, position.y_offset / self._upem))
            x += position.x_advance
        return glyphs, x / self._upem

    def outline(self, glyph: int, scale: float, x: float, y: float) -> str:
        """Path data of one glyph on the whole-number grid, its origin at (x, y), y down.

        Only the first point is absolute, so that a repeated letter repeats its bytes.
        """
        factor = scale / self._upem
        parts: list[str] = []
        at = start = (0, 0)
        for letter, points in self._segments(glyph):
            if letter == "z":
                parts.append("z")
                at = start
                continue
            steps: list[str] = []
            base = at
            for px, py in points:
                at = (round(px * factor), round(-py * factor))
                steps += (str(at[0] - base[0]), str(at[1] - base[1]))
            if letter == "m":
                start = at
                if not parts:
                    steps = [str(round(x) + at[0]), str(round(y) + at[1])]
                    letter = "M"
            parts.append(letter + " ".join(steps).replace(" -", "-"))
        return "".join(parts)

    def _segments(self, glyph: int) -> list[Segment]:
        if glyph not in self._outlines:
            pen = OutlinePen()
            self._font.draw_glyph_with_pen(glyph, pen)
            self._outlines[glyph] = pen.segments
        return self._outlines[glyph]

    def _top(self, letter: str) -> float:
        extents = self._extents(letter)
        return extents.y_bearing / self._upem

    def _depth(self, letter: str) -> float:
        extents = self._extents(letter)
        return -(extents.y_bearing + extents.height) / self._upem

    def _extents(self, letter: str) -> hb.GlyphExtents:
        return self._font.get_glyph_extents(self._font.get_nominal_glyph(ord(letter)))


@cache
def face(name: str) -> Face:
    """The face of that name, loaded once in a process."""
    return Face(name)
