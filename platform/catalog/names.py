"""Names of titles and people as the catalog keeps them: as said, for sorting, for searching."""

import re
import unicodedata

ARTICLES = (
    "The|A|An|La|Le|Les|L'|Il|El|Los|Las|Der|Die|Das|Un|Une|Una|Ein|Eine|I|Gli|Lo|Den|Det|De|Het"
)
TRAILING_ARTICLE = re.compile(rf"^(?P<rest>.+), (?P<article>{ARTICLES})$")
LEADING_ARTICLE = re.compile(r"^(the|a|an) (?=\S)")


def display_form(name: str) -> str:
    """ "Matrix, The" → "The Matrix"; "Amelie (Fabuleux destin d'Amélie Poulain, Le)" → "Amelie"."""
    name = re.sub(r"(\s+\([^()]*\))+\s*$", "", name.strip())  # other names of it, at the end only
    if match := TRAILING_ARTICLE.match(name):
        gap = "" if match["article"].endswith("'") else " "
        return f"{match['article']}{gap}{match['rest']}"
    return name


def search_form(name: str) -> str:
    """Lower case, no accents, punctuation as spaces: "L.A. Confidential" → "l a confidential"."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", plain).split())


def sort_form(name: str) -> str:
    """The search form without its leading English article."""
    return LEADING_ARTICLE.sub("", search_form(name))
