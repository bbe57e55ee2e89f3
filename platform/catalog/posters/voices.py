"""The voices a title can speak in, and which of them fits a spec."""

from .palettes import rarest_genre
from .spec import PosterSpec, stable_number
from .titles import Wording
from .typesetting import Voice

BEBAS = Voice("bebas", caps=True, leading=0.84, tracking=0.004, largest=150)
ANTON = Voice("anton", caps=True, leading=1.02, tracking=0.005, largest=112)
CONDENSED = Voice("archivo-condensed", caps=True, leading=0.86, tracking=-0.01, largest=122)
EXPANDED = Voice("archivo-expanded", caps=True, leading=0.88, tracking=-0.01, largest=92)
LIGHT = Voice("archivo-light", caps=True, leading=0.94, tracking=0.02, largest=78)
FRAUNCES = Voice("fraunces", leading=0.98, tracking=-0.014, largest=116)
PLAYFAIR = Voice("playfair", leading=0.98, tracking=-0.008, largest=110)
ABRIL = Voice("abril", leading=0.98, tracking=-0.006, largest=116)
SOFT = Voice("fraunces-soft", leading=0.94, tracking=-0.016, largest=118)
ITALIC = Voice("fraunces-italic", leading=0.96, tracking=-0.014, largest=116)
DECO = Voice("righteous", leading=0.98, tracking=0.0, largest=100)
PLAIN = Voice("inter", leading=1.04, tracking=-0.025, largest=70)

VOICES = (
    BEBAS, ANTON, CONDENSED, EXPANDED, LIGHT, FRAUNCES, PLAYFAIR, ABRIL, SOFT, ITALIC, DECO, PLAIN
)  # fmt: skip
WIDE = (EXPANDED, LIGHT)
LONGEST_WIDE_WORD = 10
BY_GENRE = {
    "Film-Noir": (BEBAS, CONDENSED, ABRIL, ANTON),
    "Horror": (ANTON, CONDENSED, BEBAS, ABRIL),
    "Western": (BEBAS, ABRIL, ANTON, PLAYFAIR),
    "Sci-Fi": (EXPANDED, EXPANDED, LIGHT, BEBAS, CONDENSED),
    "War": (BEBAS, CONDENSED, ANTON, PLAYFAIR),
    "Crime": (CONDENSED, ANTON, BEBAS, EXPANDED),
    "Thriller": (CONDENSED, ANTON, BEBAS, EXPANDED, LIGHT),
    "Mystery": (BEBAS, PLAYFAIR, EXPANDED, CONDENSED, LIGHT),
    "Fantasy": (ABRIL, FRAUNCES, PLAYFAIR, BEBAS),
    "Children": (SOFT, SOFT, ABRIL, FRAUNCES),
    "Romance": (ITALIC, FRAUNCES, ABRIL, PLAYFAIR),
    "Musical": (ABRIL, DECO, SOFT, FRAUNCES),
    "Comedy": (ABRIL, SOFT, FRAUNCES, CONDENSED, EXPANDED),
    "Documentary": (EXPANDED, CONDENSED, FRAUNCES, LIGHT),
    "Adventure": (BEBAS, ABRIL, CONDENSED, EXPANDED),
    "Action": (CONDENSED, ANTON, BEBAS, EXPANDED),
    "Drama": (FRAUNCES, PLAYFAIR, ABRIL, BEBAS, ITALIC),
}
OF_GAMES = (EXPANDED, CONDENSED, SOFT, BEBAS, DECO, ANTON)
OF_MUSIC = (EXPANDED, ABRIL, LIGHT, DECO, ITALIC)
BEFORE_1950 = (DECO, DECO, ABRIL, BEBAS, PLAYFAIR)


def choose_voice(spec: PosterSpec, wording: Wording) -> Voice | None:
    """A voice that has every letter of the title; None when no face has them."""
    fitting = [voice for voice in wished_voices(spec, wording) if can_say(voice, wording.title)]
    if fitting:
        return fitting[stable_number("voice", wording.base) % len(fitting)]
    return PLAIN if can_say(PLAIN, wording.title) else None


def wished_voices(spec: PosterSpec, wording: Wording) -> tuple[Voice, ...]:
    voices: tuple[Voice, ...]
    if spec.kind == "game":
        voices = OF_GAMES
    elif spec.kind == "music":
        voices = OF_MUSIC
    elif spec.year is not None and spec.year < 1950:
        voices = BEFORE_1950
    else:
        voices = BY_GENRE[rarest_genre(spec.genres)]
    longest = max((len(word) for word in wording.title.split()), default=0)
    if longest > LONGEST_WIDE_WORD or len(wording.title) > 34:
        return tuple(voice for voice in voices if voice not in WIDE) or (CONDENSED,)
    return voices


def can_say(voice: Voice, text: str) -> bool:
    """Checked on the letters as they are drawn: capitals may need other glyphs."""
    return voice.face.has(voice.worded(text))
