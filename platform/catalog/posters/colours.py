"""Colour arithmetic on #rrggbb strings: contrast as WCAG measures it, and mixing."""

from functools import lru_cache

READABLE = 4.5
NEAR_BLACK, NEAR_WHITE = "#101014", "#fffaf0"
BLACK, WHITE = "#000000", "#ffffff"  # one of them reads on any colour


def channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@lru_cache(maxsize=4096)
def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1."""
    linear = []
    for value in channels(colour):
        c = value / 255
        linear.append(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """one with that share (0 to 1) of other."""
    blend = (
        round(a + (b - a) * share) for a, b in zip(channels(one), channels(other), strict=True)
    )
    return "#" + "".join(f"{value:02x}" for value in blend)


def distance(one: str, other: str) -> int:
    """How far two colours lie apart, 0 to 765; below about 100 flat shapes melt into each other."""
    return sum(abs(a - b) for a, b in zip(channels(one), channels(other), strict=True))


def is_dark(colour: str) -> bool:
    return luminance(colour) < 0.18
