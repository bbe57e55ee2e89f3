"""Drawn posters: a title without artwork gets one from its words, year and genres alone."""

from .poster import composition_name, draw_glow, draw_poster, poster_colors
from .spec import PosterColors, PosterSpec, poster_digest

__all__ = [
    "PosterColors",
    "PosterSpec",
    "composition_name",
    "draw_glow",
    "draw_poster",
    "poster_colors",
    "poster_digest",
]
