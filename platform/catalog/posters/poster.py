"""From a spec to a finished poster, and to the glow behind it."""

import random
from functools import lru_cache

from .colours import channels, luminance
from .compositions import COMPOSITIONS
from .drawing import Canvas
from .lexicon import choose_composition
from .palettes import Palette, choose_palette
from .spec import PosterColors, PosterSpec, poster_digest, stable_number
from .stage import Stage
from .titles import Wording, word_title
from .voices import PLAIN, choose_voice

DULL_CHROMA = 50
GLARING = 0.45
GLOW_STRENGTH = 0.85
GLOW_STOPS = 12  # a straight piece between two stops is too short to show as a ring


def draw_poster(spec: PosterSpec) -> str:
    """A whole SVG document, 400 x 600, type as outlines; the same for the same spec."""
    stage = compose(spec)
    return stage.finish(spec.title.strip() or "Untitled")


def compose(spec: PosterSpec) -> Stage:
    """Everything drawn, nothing written out yet."""
    wording = word_title(spec)
    voice = choose_voice(spec, wording) if wording.title else None
    if voice is None:
        spoken = Wording("", "", wording.base, wording.part)
    elif wording.subtitle and not PLAIN.face.has(wording.subtitle):
        spoken = Wording(wording.title, "", wording.base, wording.part)
    else:
        spoken = wording
    stage = Stage(
        spec=spec,
        wording=spoken,
        palette=choose_palette(spec, wording),
        voice=voice or PLAIN,
        canvas=Canvas(f"p{poster_digest(spec)[:6]}"),
        chance=random.Random(stable_number("details", spec.title, spec.year)),  # noqa: S311 - art
    )
    COMPOSITIONS[composition_of(spec, wording, spoken)](stage)
    return stage


def composition_of(spec: PosterSpec, wording: Wording, spoken: Wording) -> str:
    """A poster that lives by its type needs a title it can set."""
    name = choose_composition(spec, wording)
    return "rings" if name == "big_word" and not spoken.title else name


@lru_cache(maxsize=16_384)  # some 50 µs each, asked for every card of a page
def composition_name(spec: PosterSpec) -> str:
    """What tells at a glance whether two posters look alike."""
    return choose_composition(spec, word_title(spec))


def poster_colors(spec: PosterSpec) -> PosterColors:
    """The colours a page may use around the poster."""
    palette = choose_palette(spec, word_title(spec))
    return PosterColors(palette.bg, palette.ink, palette.main, palette.second)


def draw_glow(spec: PosterSpec) -> str:
    """Two soft lights in the poster's colours, clear at the edges, to lie behind a hero."""
    palette = choose_palette(spec, word_title(spec))
    name = f"g{poster_digest(spec)[:6]}"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1440 640" preserveAspectRatio="none">'
        f"<defs>{light(name + 'a', glow_colour(palette))}{light(name + 'b', palette.second)}</defs>"
        f'<ellipse cx="1130" cy="230" rx="640" ry="400" fill="url(#{name}a)"/>'
        f'<ellipse cx="560" cy="120" rx="560" ry="330" fill="url(#{name}b)" opacity=".35"/></svg>'
    )


def glow_colour(palette: Palette) -> str:
    """The ground, or the main colour when the ground is too grey or too pale to glow."""
    values = channels(palette.bg)
    dull = max(values) - min(values) < DULL_CHROMA or luminance(palette.bg) > GLARING
    return palette.main if dull else palette.bg


def light(name: str, colour: str) -> str:
    """A light that fades as a bell: level in the middle and at the edge."""
    inner = "".join(
        f'<stop offset="{at:.3g}" stop-color="{colour}" stop-opacity="{bell(at):.3g}"/>'
        for at in (n / GLOW_STOPS for n in range(GLOW_STOPS + 1))
    )
    return f'<radialGradient id="{name}">{inner}</radialGradient>'


def bell(at: float) -> float:
    return GLOW_STRENGTH * (1 - at * at) ** 3
