"""All compositions by name. Each is a function that draws one Stage from back to front."""

from collections.abc import Callable

from catalog.posters.stage import Stage

from . import geometry, labyrinth, landscapes, lettered, objects, people, places, play, sound

Composition = Callable[[Stage], None]

DRAWN: tuple[Composition, ...] = (
    landscapes.horizon, landscapes.planetrise, landscapes.constellation, landscapes.mountains,
    landscapes.skyline, landscapes.seigaiha, landscapes.forest, landscapes.road, landscapes.dunes,
    landscapes.ripples,
    geometry.rings, geometry.diagonal, geometry.bauhaus, geometry.toybox, geometry.op_art,
    geometry.arches, geometry.duet, geometry.burst, geometry.halftone, geometry.sunbeams,
    geometry.spiral_star,
    people.portrait, people.line_up, people.two_faces, people.eye, people.silhouette, people.heart,
    people.stranger,
    objects.film_strip, labyrinth.maze, objects.spiral, objects.tunnel, objects.blinds,
    objects.windows, objects.stairs, objects.clock, objects.target, lettered.big_word,
    objects.ring_of_light,
    places.castle, places.house, places.flag, places.cut_paper, places.leaves, places.liner,
    places.curtain,
    play.pixels, play.blocks, play.board, play.cards, play.pellets, play.hexes, play.race,
    play.dice,
    sound.vinyl, sound.waveform, sound.equaliser, sound.piano, sound.screens, sound.signal,
)  # fmt: skip
COMPOSITIONS: dict[str, Composition] = {drawn.__name__: drawn for drawn in DRAWN}
