"""Which images are drawings of one thing, by their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

LARGEST_FAMILY = 0.1  # of a set: a name that more of it share counts its files, as IMG_0001 does
FEWEST_TO_SHARE = 20  # images: below, a tenth would be two
# last words that tell one drawing of a thing from the next: a direction, a sex, a colour, a state
VARIANTS = re.compile(
    r"[ _-]+(?:[ns]?[ew]?|north|south|east|west|left|right|top|bottom|upper|lower|middle|corner"
    r"|up|down|male|female|m|f|old|new|open|closed|small|large|big|light|dark|darker|bright|pale"
    r"|black|white|gr[ae]y|silver|gold|red|green|blue|yellow|orange|purple|magenta|cyan|brown"
    r"|pink|lightgr[ae]y|lightblue|lightgreen|lightred|lightcyan|lightmagenta|darkgr[ae]y)$",
    re.IGNORECASE,
)


def families_of(names: Sequence[str]) -> NDArray[np.str_]:
    """(N,) of each path its folder and name without digits, suffix and what varies."""
    found = [family_of(name) for name in names]
    most = max(LARGEST_FAMILY * len(names), 1)
    shared = Counter(found)
    alone = len(names) < FEWEST_TO_SHARE
    return np.array(
        [
            str(PurePosixPath(name)) if alone or shared[family] > most else family
            for name, family in zip(names, found, strict=True)
        ],
        dtype=np.str_,
    )


def family_of(name: str) -> str:
    """mon/eyes/eye_blue2.png → mon/eyes/eye."""
    path = PurePosixPath(name)
    stem = re.sub(r"[0-9]+", "", path.stem).strip(" _-")
    while shorter := VARIANTS.sub("", stem):
        if shorter == stem:
            break
        stem = shorter
    return f"{path.parent}/{stem}"
