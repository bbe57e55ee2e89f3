"""What a poster is drawn from, and the stable numbers that its choices come from."""

import hashlib
from dataclasses import dataclass

RECIPE = 2  # raise it when any poster would look different: every address with a digest changes


@dataclass(frozen=True)
class PosterSpec:
    """Everything a poster shows or is chosen by; kind is film, series, game or music."""

    title: str
    year: int | None
    genres: tuple[str, ...]
    director: str = ""
    kind: str = "film"


@dataclass(frozen=True)
class PosterColors:
    """Four flat colours as #rrggbb: ground, text on the ground, and the two that carry the art."""

    bg: str
    ink: str
    main: str
    second: str


def poster_digest(spec: PosterSpec) -> str:
    """16 hex digits that change with the spec and with the recipe, for addresses and caches."""
    fields = (RECIPE, spec.title, spec.year, tuple(spec.genres), spec.director, spec.kind)
    return hashlib.sha256(repr(fields).encode()).hexdigest()[:16]


def stable_number(*parts: object) -> int:
    """A 64-bit number that depends on the parts only, the same in every process."""
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
