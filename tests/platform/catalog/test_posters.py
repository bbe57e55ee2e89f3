"""Drawn posters: stable, small, readable, and able to take any title."""

import ast
import gzip
import itertools
import random
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.posters import PosterSpec, draw_glow, draw_poster, poster_colors, poster_digest
from catalog.posters import spec as poster_spec
from catalog.posters.colours import contrast
from catalog.posters.compositions import COMPOSITIONS
from catalog.posters.lexicon import choose_composition
from catalog.posters.palettes import ERAS, GENRES, KINDS
from catalog.posters.poster import compose
from catalog.posters.titles import word_title
from catalog.posters.typesetting import set_block
from catalog.posters.voices import BEBAS, VOICES

POSTERS = Path(poster_spec.__file__).parent
MAX_GZIP_BYTES = 8 * 1024
MATRIX = PosterSpec("Matrix, The (a.k.a. Neo)", 1999, ("Action", "Sci-Fi"), "Lana Wachowski")
ODD_TITLES = (
    "",
    "   ",
    "…",
    "M",
    "🎬🎥",
    "🎬 Movie Night!",
    "卧虎藏龙",
    "הבית",
    "العربية",
    "Солярис",
    "Ένα όνομα",
    "Sélection: Œuvre naïve à Łódź",
    "$9.99 & <More> \"Quotes\" 'n' ]]>",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "x" * 400,
    "word " * 120,
    "a: b: c: d",
    ":",
    "Line\nbreak\tand\x00control\ufffe",
    "e\u0301 combining",
    "\u202eright to left override",
)
WORDS = [
    "The", "Last", "Ring", "of", "Stars", "City", "Road", "Love", "House", "War", "Day", "Eyes",
    "Men", "Sea", "Piano", "Shadow", "Garden", "King", "Dream", "Window", "Horizon", "Stranger",
    "Gun", "Music", "Door", "Silence", "Mountain", "Ship", "Circus", "Maze", "Little", "Great",
    "Return", "Blue", "Western",
]  # fmt: skip
FILM_GENRES = (*GENRES, "Animation", "IMAX", "(no genres listed)")
GAME_GENRES = ("ArcadeGame", "StrategyGame", "CardGame", "SportsGame", "RolePlaying", "Unknown")


def invented_specs(count: int) -> list[PosterSpec]:
    """Varied specs of all kinds and ages, always the same ones."""
    chance = random.Random(7)
    specs = []
    for n in range(count):
        title = " ".join(chance.sample(WORDS, 1 + n % 4)) + (
            f": Part {n % 9}" if n % 10 == 0 else ""
        )
        kind = chance.choice(("film", "film", "film", "series", "game", "music"))
        genres = GAME_GENRES if kind == "game" else FILM_GENRES
        specs.append(
            PosterSpec(title, 1920 + n % 105, (chance.choice(genres),), "Agnès Varda", kind)
        )
    return specs


SPECS = invented_specs(500)
ODD_SPECS = [PosterSpec(title, 1977, ("Drama",), title[:60]) for title in ODD_TITLES]


def test_a_poster_is_the_same_every_time():
    assert draw_poster(MATRIX) == draw_poster(replace(MATRIX))


def test_another_year_makes_another_poster():
    assert draw_poster(MATRIX) != draw_poster(replace(MATRIX, year=2000))


def test_the_digest_changes_with_every_field_and_with_the_recipe(monkeypatch):
    changed = [
        MATRIX,
        replace(MATRIX, title="Heat"),
        replace(MATRIX, year=None),
        replace(MATRIX, genres=("Drama",)),
        replace(MATRIX, director=""),
        replace(MATRIX, kind="series"),
    ]
    digests = {poster_digest(spec) for spec in changed}
    monkeypatch.setattr(poster_spec, "RECIPE", poster_spec.RECIPE + 1)
    digests.add(poster_digest(MATRIX))
    assert len(digests) == len(changed) + 1
    assert all(re.fullmatch("[0-9a-f]{16}", digest) for digest in digests)


@pytest.mark.slow
def test_every_poster_is_small_well_formed_and_free_of_text_style_and_links():
    for spec in SPECS + ODD_SPECS:
        svg = draw_poster(spec)
        root = ET.fromstring(svg)  # noqa: S314 - our own output
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        names = {name for element in root.iter() for name in element.attrib}
        assert root.get("viewBox") == "0 0 400 600"
        assert len(gzip.compress(svg.encode())) <= MAX_GZIP_BYTES, spec
        assert not tags & {"text", "style", "image", "script", "a", "use"}
        assert not {name for name in names if name in ("style", "href") or name.startswith("on")}
        assert "nan" not in svg


def test_a_poster_is_named_by_its_title_for_those_who_cannot_see_it():
    root = ET.fromstring(draw_poster(PosterSpec("Fast & <Furious>", 2001, ())))  # noqa: S314
    assert root[0].tag.endswith("title")
    assert root[0].text == "Fast & <Furious>"


@pytest.mark.slow
def test_every_text_reads_on_its_ground():
    for spec in SPECS + ODD_SPECS:
        for ink, ground in compose(spec).inks:
            assert contrast(ink, ground) >= 4.5, spec


def test_every_palette_has_readable_ink():
    palettes = [p for group in (GENRES, ERAS, KINDS) for rows in group.values() for p in rows]
    assert len(set(palettes)) >= 40
    assert all(contrast(palette.ink, palette.bg) >= 4.5 for palette in palettes)


def test_every_composition_is_drawn_in_the_catalog():
    reached = {choose_composition(spec, word_title(spec)) for spec in invented_specs(4000)}
    assert reached == set(COMPOSITIONS)
    assert len(COMPOSITIONS) >= 30


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_every_composition_takes_a_poster_without_title_and_one_with_a_long_one(name, monkeypatch):
    monkeypatch.setattr("catalog.posters.poster.choose_composition", lambda spec, wording: name)
    long = PosterSpec(
        "The Assassination of Jesse James by the Coward Robert Ford", 2007, ("Western",)
    )
    for spec in (replace(long, title=""), long, replace(long, title="A: B", kind="game")):
        svg = draw_poster(spec)
        ET.fromstring(svg)  # noqa: S314
        assert len(gzip.compress(svg.encode())) <= MAX_GZIP_BYTES


@pytest.mark.parametrize(
    ("raw", "title", "subtitle"),
    [
        ("Matrix, The (a.k.a. Neo)", "The Matrix", ""),
        ("Avventura, L' (Adventure, The)", "L’Avventura", ""),
        ("Lord of the Rings: The Two Towers, The", "The Lord of the Rings", "The Two Towers"),
        ("Godfather: Part II, The", "The Godfather", "Part II"),
        ("Star Wars: Episode V - The Empire Strikes Back", "Star Wars",
         "Episode V — The Empire Strikes Back"),
        ("Mission: Impossible II", "Mission: Impossible II", ""),
        ("Dr. Strangelove or: How I Learned", "Dr. Strangelove", "How I Learned"),
        ("(500) Days of Summer", "(500) Days of Summer", ""),
        ("Who's Next", "Who’s Next", ""),
        ("🎬", "", ""),
    ],
)  # fmt: skip
def test_a_catalog_title_is_worded_for_a_poster(raw, title, subtitle):
    wording = word_title(PosterSpec(raw, None, ()))
    assert (wording.title, wording.subtitle) == (title, subtitle)


@pytest.mark.parametrize(
    "titles",
    [
        [f"Star Wars: Episode {n} - Some Name" for n in ("IV", "V", "VI")],
        ["Godfather, The", "Godfather: Part II, The", "Godfather: Part III, The"],
        ["Toy Story", "Toy Story 2", "Toy Story 3"],
    ],
)
def test_neighbouring_sequels_differ_in_composition_and_palette(titles):
    specs = [PosterSpec(title, 1990, ("Adventure", "Sci-Fi")) for title in titles]
    for one, other in itertools.pairwise(specs):
        assert poster_colors(one) != poster_colors(other)
        drawn = [choose_composition(spec, word_title(spec)) for spec in (one, other)]
        assert drawn[0] != drawn[1]


def test_letters_without_a_glyph_leave_the_title_out_and_keep_the_year():
    drawn = compose(PosterSpec("卧虎藏龙", 2000, ("Action",)))
    assert not drawn.has_title
    assert len(drawn.inks) == 1


def test_letters_only_the_plain_face_has_are_set_in_it():
    assert compose(PosterSpec("Солярис", 1972, ("Sci-Fi",))).voice.font == "inter"


def test_a_title_is_broken_where_it_reads_well():
    block = set_block("The Lord of the Rings", BEBAS, width=344, height=150)
    assert block.lines == ("THE LORD", "OF THE RINGS")


def test_a_block_stays_within_its_box():
    for spec, voice in zip(SPECS, itertools.cycle(VOICES), strict=False):
        block = set_block(spec.title, voice, width=344, height=132)
        assert block.width <= 344.5
        assert block.height <= 132.5


def test_the_glow_shines_in_the_colours_of_the_poster_and_fades_out():
    glow = draw_glow(MATRIX)
    colors = poster_colors(MATRIX)
    assert ET.fromstring(glow).tag.endswith("svg")  # noqa: S314
    assert colors.second in glow
    assert 'stop-opacity="0"' in glow
    assert len(glow) < 2400


def test_the_glow_fades_without_an_edge_that_shows_as_a_ring():
    root = ET.fromstring(draw_glow(MATRIX))  # noqa: S314
    light = next(element for element in root.iter() if element.tag.endswith("radialGradient"))
    stops = [(float(stop.get("offset", 0)), float(stop.get("stop-opacity", 0))) for stop in light]
    slopes = [(b - a) / (y - x) for (x, a), (y, b) in itertools.pairwise(stops)]
    assert all(slope <= 0 for slope in slopes)
    assert max(abs(b - a) for a, b in itertools.pairwise([0, *slopes, 0])) < 0.45


def test_a_title_in_letters_no_face_has_still_gets_a_whole_picture_and_its_facts():
    for title in ("卧虎藏龙", "기생충", "العربية"):
        spec = PosterSpec(title, 2000, ("Drama",), "Ang Lee")
        drawn = compose(spec)
        assert not drawn.has_title
        assert len(drawn.inks) == 2  # year and director
        assert f"<title>{title}</title>" in draw_poster(spec)


def test_the_package_imports_no_django():
    for path in POSTERS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.partition(".")[0] == "django" for name in names), path


def test_every_face_lies_beside_its_licence():
    licences = {path.name.removesuffix("-OFL.txt") for path in POSTERS.glob("fonts/*-OFL.txt")}
    for font in POSTERS.glob("fonts/*.ttf"):
        assert font.stem.partition("-")[0] in licences
