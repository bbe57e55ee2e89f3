"""Setting a title: every line break is tried, and the best-looking large one is taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from .faces import Face, face

MAX_TRIED_WORDS = 12
LONGEST_WORD = 18  # letters on one line; a longer word is divided
WEAK_ENDINGS = {
    "the",
    "of",
    "a",
    "an",
    "and",
    "in",
    "to",
    "for",
    "&",
    "de",
    "la",
    "le",
    "on",
    "with",
}
TENTHS = 10  # outlines are whole numbers in tenths of a unit


@dataclass(frozen=True)
class Voice:
    """A typeface in one role. Sizes are in poster units; leading and tracking in ems."""

    font: str
    caps: bool = False
    leading: float = 1.0
    tracking: float = 0.0
    largest: float = 100.0

    @property
    def face(self) -> Face:
        return face(self.font)

    def worded(self, text: str) -> str:
        return text.upper() if self.caps else text

    def width(self, text: str) -> float:
        """In ems."""
        advance = self.face.shape(text)[1]
        return advance + self.tracking * max(0, len(text) - 1)


@dataclass(frozen=True)
class Block:
    """Lines of text in one size; height runs from the top of the capitals to the last foot."""

    voice: Voice
    lines: tuple[str, ...]
    size: float

    @cached_property
    def width(self) -> float:
        return max(self.voice.width(line) for line in self.lines) * self.size

    @cached_property
    def rise(self) -> float:
        """From the first baseline up to the top of the tallest letters."""
        used = self.voice.face
        return (
            used.cap_height if self.voice.caps else max(used.cap_height, used.ascender)
        ) * self.size

    @cached_property
    def fall(self) -> float:
        """From the last baseline down to the lowest letter."""
        hangs = not self.voice.caps and any(c in "gjpqyç,;" for c in self.lines[-1])
        return self.voice.face.descender * self.size if hangs else 0.0

    @property
    def step(self) -> float:
        return self.voice.leading * self.size

    @property
    def height(self) -> float:
        return self.rise + self.step * (len(self.lines) - 1) + self.fall

    def outlines(self, x: float, top: float, align: str = "left") -> str:
        """Path data in tenths of a unit; x is the left edge, the middle or the right edge."""
        parts = []
        for number, line in enumerate(self.lines):
            width = self.voice.width(line) * self.size
            left = {"left": x, "middle": x - width / 2, "right": x - width}[align]
            parts.append(self._line(line, left, top + self.rise + number * self.step))
        return "".join(parts)

    def _line(self, line: str, left: float, baseline: float) -> str:
        glyphs, _ = self.voice.face.shape(line)
        scale = self.size * TENTHS
        parts = []
        for number, (glyph, x, y) in enumerate(glyphs):
            at = left * TENTHS + (x + number * self.voice.tracking) * scale
            parts.append(self.voice.face.outline(glyph, scale, at, baseline * TENTHS - y * scale))
        return "".join(parts)


def set_block(
    text: str,
    voice: Voice,
    *,
    width: float,
    height: float,
    max_lines: int = 5,
    largest: float | None = None,
) -> Block:
    """The text broken into the best lines, as large as the box and largest (or the voice) allow."""
    words = [part for word in voice.worded(text).split() for part in divided(word)]
    measured = {word: voice.width(word) for word in words}
    space = voice.width("x x") - 2 * voice.width("x")
    cap = largest or voice.largest
    best: tuple[float, Block] | None = None
    for lines in breaks(words, max_lines, measured):
        widths = [sum(measured[w] for w in line) + space * (len(line) - 1) for line in lines]
        block = Block(voice, tuple(" ".join(line) for line in lines), 1.0)
        size = min(cap, width / max(widths), height / block.height)
        score = size * (1 - raggedness(lines, widths))
        if best is None or score > best[0]:
            best = (score, Block(voice, block.lines, size))
    if best is None:
        raise ValueError("there is no word to set")
    return best[1]


def breaks(
    words: list[str], max_lines: int, measured: dict[str, float]
) -> Iterator[list[list[str]]]:
    """Ways to break the words into lines; for long texts only the even ones."""
    for count in range(1, min(max_lines, len(words)) + 1):
        if len(words) > MAX_TRIED_WORDS:
            yield even_lines(words, count, measured)
            continue
        for cuts in combinations(range(1, len(words)), count - 1):
            edges = (0, *cuts, len(words))
            yield [words[a:b] for a, b in zip(edges, edges[1:], strict=False)]


def divided(word: str) -> list[str]:
    """A very long word in even pieces with hyphens; it would be too small in one."""
    if len(word) <= LONGEST_WORD:
        return [word]
    count = -(-len(word) // (LONGEST_WORD - 3))
    size = -(-len(word) // count)
    pieces = [word[at : at + size] for at in range(0, len(word), size)]
    return [f"{piece.rstrip('-')}-" for piece in pieces[:-1]] + pieces[-1:]


def even_lines(words: list[str], count: int, measured: dict[str, float]) -> list[list[str]]:
    """About equally wide lines, greedily; at most that many."""
    target = sum(measured[w] + 0.25 for w in words) / count
    lines: list[list[str]] = [[]]
    filled = 0.0
    for word in words:
        if lines[-1] and filled + measured[word] / 2 > target * len(lines) and len(lines) < count:
            lines.append([])
        lines[-1].append(word)
        filled += measured[word] + 0.25
    return lines


def raggedness(lines: list[list[str]], widths: list[float]) -> float:
    """How much worse a break looks than its size says, from 0 to about 0.7."""
    longest = max(widths)
    loss = 0.06 * (len(lines) - 1)
    loss += sum(0.14 for line in lines[:-1] if line[-1].casefold() in WEAK_ENDINGS)
    loss += 0.3 * sum(1 - width / longest for width in widths) / len(widths)
    if len(lines) > 2 and min(widths[0], widths[-1]) < 0.45 * longest:
        loss += 0.12
    loss += 0.5 * sum(any(word.endswith("-") for word in line[:-1]) for line in lines)
    return min(loss, 0.7)
