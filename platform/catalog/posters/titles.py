"""How a catalog title becomes what a poster says: title, subtitle and its number in a row."""

import re
import unicodedata
from dataclasses import dataclass

from .spec import PosterSpec, stable_number

LONGEST_TITLE = 84
LONGEST_SUBTITLE = 72
ARTICLES = (
    "The|A|An|Le|La|Les|L'|El|Los|Las|Il|Lo|I|Gli|Der|Die|Das|Den|Det|De|Het|Un|Une|Uma|O|Os|As"
)
ARTICLE_AT_END = re.compile(rf"^(?P<rest>.+), (?P<article>{ARTICLES})$")
ARTICLE_INSIDE = re.compile(rf"^(?P<rest>[^:]+), (?P<article>{ARTICLES})(?P<tail>:.*)$")
SPLITS = (", or: ", " or: ", "; or, ", ", or, ", ", or ", ": ", " - ", " – ", " — ")
NUMERALS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
NUMBERED = re.compile(r"\b(?:part|episode|chapter|vol\.?|volume|book)\s+([ivx]+|\d{1,2})\b", re.I)
ONE_WORD = re.compile(r"^\S+(?: (?:[IVX]+|\d+))?$")
TRAILING_NUMBER = re.compile(r"\s(\d{1,2}|[IVX]{2,4})$")
DROPPED_CATEGORIES = {"So", "Cs", "Co", "Cn", "Cc", "Cf", "Sk"}


@dataclass(frozen=True)
class Wording:
    """What a poster says. part tells sequels apart; base is the same for all of them."""

    title: str
    subtitle: str
    base: str
    part: int


def word_title(spec: PosterSpec) -> Wording:
    """The wording of a spec; both strings are empty when the title has nothing to set."""
    plain = plain_title(spec.title)
    title, subtitle = split_title(plain)
    base = TRAILING_NUMBER.sub("", title).casefold()
    return Wording(
        shorten(title, LONGEST_TITLE),
        shorten(subtitle, LONGEST_SUBTITLE),
        base,
        part_of(plain, title),
    )


def plain_title(raw: str) -> str:
    """The title with its article in front, without brackets, pictures and typewriter marks."""
    text = unicodedata.normalize("NFC", raw)
    text = "".join(" " if unicodedata.category(c) in DROPPED_CATEGORIES else c for c in text)
    bare = re.sub(r"\s+[(\[][^()\[\]]*[)\]]", "", text).strip()
    bare = re.sub(r":? or$", "", bare, flags=re.I)
    text = re.sub(r"\s+", " ", bare or text).strip()
    text = text.replace("'", "’").replace("...", "…")
    text = re.sub(r'(^|\s)"', r"\1“", text).replace('"', "”")
    for pattern in (ARTICLE_INSIDE, ARTICLE_AT_END):
        if match := pattern.match(text.replace("’", "'")):
            parts = {key: value.replace("'", "’") for key, value in match.groupdict().items()}
            gap = "" if parts["article"].endswith("’") else " "
            return f"{parts['article']}{gap}{parts['rest']}{parts.get('tail', '')}"
    return text


def split_title(text: str) -> tuple[str, str]:
    """Title and subtitle; two single words such as Mission: Impossible stay together."""
    for mark in SPLITS:
        head, found, tail = text.partition(mark)
        if not found or not head.strip() or not tail.strip():
            continue
        if mark == ": " and " " not in head and ONE_WORD.match(tail.strip()):
            return text, ""
        if mark == ", or " and len(tail) < 12:
            continue
        return head.strip(), re.sub(r" [-–] ", " — ", tail.strip())
    if numbered := re.match(r"^(.{3,}?),? ((?:Part|Episode|Chapter|Vol\.) (?:[IVX]+|\d+))$", text):
        return numbered[1], numbered[2]
    return text, ""


def part_of(plain: str, title: str) -> int:
    """The number of a sequel; one without a number gets a stable one from its subtitle."""
    found = NUMBERED.search(plain) or TRAILING_NUMBER.search(title)
    if found:
        number = found[1].lower()
        return int(number) if number.isdigit() else roman(number)
    return 0 if plain == title else stable_number("part", plain) % 97


def roman(number: str) -> int:
    return NUMERALS.index(number) + 1 if number in NUMERALS else 0


def shorten(text: str, longest: int) -> str:
    """At most that many letters, cut between words, with an ellipsis."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[longest // 2 :] else cut).rstrip(" ,:;-–") + "…"
