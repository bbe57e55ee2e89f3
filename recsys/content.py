from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Features = NDArray[np.float32]
MAX_GENRES = 64
MAX_KINDS = 8
FIRST_DECADE, LAST_DECADE = 1900, 2030
TEXT_BUCKETS = 256
PEOPLE_BUCKETS = 128
WORD = re.compile(r"[^\W_]{2,}")
NO_GENRE = "(no genres listed)"


@dataclass(frozen=True)
class ContentEncoder:
    """Items → vectors: genres, decade, kind, hashed people, hashed TF-IDF of their text."""

    genres: tuple[str, ...]
    kinds: tuple[str, ...]
    idf: tuple[float, ...]  # one per text bucket

    @classmethod
    def fit(cls, items: pd.DataFrame) -> ContentEncoder:
        genres = items["genres"].map(split_names).explode().dropna().value_counts()
        kinds = [kind for kind in items["kind"].value_counts().index if kind]
        counts = _hashed((_words(item) for item in items.to_dict("records")), TEXT_BUCKETS)
        documents = (counts != 0).sum(axis=0)
        idf = np.log((1 + len(items)) / (1 + documents)) + 1
        return cls(
            genres=tuple(sorted(genres.index[:MAX_GENRES])),
            kinds=tuple(sorted(kinds[:MAX_KINDS])),
            idf=tuple(float(value) for value in idf.astype(np.float32)),
        )

    @property
    def width(self) -> int:
        decades = (LAST_DECADE - FIRST_DECADE) // 10 + 1
        return len(self.genres) + decades + len(self.kinds) + PEOPLE_BUCKETS + TEXT_BUCKETS

    def encode(self, items: pd.DataFrame) -> Features:
        """(N, F): each block has length 1 or, where the item says nothing, 0."""
        records = items.to_dict("records")
        text = _hashed((_words(item) for item in records), TEXT_BUCKETS)
        people = _hashed((split_names(item["people"]) for item in records), PEOPLE_BUCKETS)
        blocks = (
            self.genre_matrix(items),
            _decades(items["year"]),
            _one_hot(items["kind"].map(lambda kind: [kind]), self.kinds),
            people,
            np.sign(text) * np.log1p(np.abs(text)) * np.array(self.idf, dtype=np.float32),
        )
        return np.hstack([_unit(block) for block in blocks])

    def genre_matrix(self, items: pd.DataFrame) -> Features:
        """(N, G) of 0 and 1."""
        return _one_hot(items["genres"].map(split_names), self.genres)

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, path: Path) -> ContentEncoder:
        return cls(**{name: tuple(values) for name, values in json.loads(path.read_text()).items()})


def split_names(text: str) -> list[str]:
    """Names of a '|'-separated field, without blanks and MovieLens' word for none."""
    return [name.strip() for name in text.split("|") if name.strip() and name.strip() != NO_GENRE]


def _words(item: Mapping[Hashable, str]) -> list[str]:
    text = unicodedata.normalize("NFKD", f"{item['title']} {item['description']}".casefold())
    return WORD.findall("".join(char for char in text if not unicodedata.combining(char)))


def _hashed(token_lists: Iterable[list[str]], buckets: int) -> Features:
    """Signed counts; crc32 because Python's own hash differs from process to process."""
    rows = []
    for tokens in token_lists:
        row = np.zeros(buckets, dtype=np.float32)
        for token in tokens:
            code = zlib.crc32(token.casefold().encode())
            row[code % buckets] += 1 if code & 0x80000000 else -1
        rows.append(row)
    return np.stack(rows) if rows else np.zeros((0, buckets), dtype=np.float32)


def _one_hot(name_lists: pd.Series, names: tuple[str, ...]) -> Features:
    place = {name: number for number, name in enumerate(names)}
    matrix = np.zeros((len(name_lists), len(names)), dtype=np.float32)
    for row, listed in enumerate(name_lists):
        matrix[row, [place[name] for name in listed if name in place]] = 1
    return matrix


def _decades(years: pd.Series) -> Features:
    """(N, decades): a year lights its decade and, in part, the next; zeros where it is unknown."""
    size = (LAST_DECADE - FIRST_DECADE) // 10 + 1
    numbers = pd.to_numeric(years, errors="coerce").to_numpy(np.float64)
    place = np.clip((numbers - FIRST_DECADE) / 10, 0, size - 1)
    distance = np.abs(place[:, None] - np.arange(size))
    return np.nan_to_num(np.maximum(0, 1 - distance)).astype(np.float32)


def _unit(block: Features) -> Features:
    length = np.linalg.norm(block, axis=1, keepdims=True)
    return block / np.maximum(length, 1e-9)
