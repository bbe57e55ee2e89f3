"""What each source says of an item after a history, and what each is worth. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.closeness import Likenesses
from recsys.columns import Table, lines_of
from recsys.history import History, Vector
from recsys.interactions import Rows
from recsys.tables import SMALLEST_SPREAD, Tables, unit

PARTS = ("tower", "neighbours", "followers", "popular", "content")
CONTENT_SPREAD = 5.0  # brings likeness of content near a spread of 1
DENSE = 4  # items to an entry: with fewer, looking through all costs less than sorting entries
LOOKED_THROUGH = 30_000  # items of a catalog of which every one is weighed at every list
FAINTEST = 1e-3  # of the newest like: what is said more faintly of followers is not heard


@dataclass(frozen=True)
class Blend:
    """What each source is worth in a score; one of 0 is switched off."""

    tower: float = 1.0
    neighbours: float = 0.0
    followers: float = 0.0
    popular: float = 0.0
    content: float = 0.0
    fade: float = 0.8  # what an item of the history says of its followers, against the next newer

    def __post_init__(self) -> None:
        if not 0 < self.fade <= 1:
            raise ValueError(f"an older item counts less, and not nothing: {self}")

    @cached_property
    def weights(self) -> NDArray[np.float64]:
        """(P,) in the order of the parts."""
        return np.array([getattr(self, name) for name in PARTS], dtype=np.float64)

    @cached_property
    def used(self) -> tuple[str, ...]:
        return tuple(name for name in PARTS if getattr(self, name))


@dataclass(frozen=True)
class Heard:
    """What the items of a history say of those related to them: E entries, and the sums of them."""

    rows: NDArray[np.int32]  # (E,)
    total: NDArray[np.float64]  # (N + M,)
    indexed: int

    @classmethod
    def of(
        cls,
        related: NDArray[np.int32],
        weights: NDArray[np.float32],
        strengths: NDArray[np.floating],
        size: int,
        indexed: int,
    ) -> Heard:
        """related, weights: (L, T) rows of the two tables; strengths: (L,)"""
        rows, amounts = related.ravel(), weights * strengths[:, None]
        total = np.bincount(rows, amounts.ravel(), minlength=size).astype(np.float64, copy=False)
        return cls(rows, total, indexed)

    @cached_property
    def spoken_of(self) -> NDArray[np.integer]:
        """Rows of the items that something is said of, rising."""
        return np.flatnonzero(self.total != 0) if self._is_dense else distinct(self.rows)

    @property
    def _is_dense(self) -> bool:
        return len(self.total) < DENSE * len(self.rows)

    @cached_property
    def _said(self) -> NDArray[np.float64]:
        """The sums, of few entries only those that are not 0."""
        return self.total if self._is_dense else self.total[self.spoken_of]

    @cached_property
    def mean(self) -> float:
        return float(self._said.sum()) / self.indexed

    @cached_property
    def spread(self) -> float:
        """Over all indexed items, of which most have heard nothing."""
        return max(float(self._said @ self._said) / self.indexed - self.mean**2, 0.0) ** 0.5

    def times(self, weight: float) -> Vector:
        """All sums in spreads, so many times; their mean is left in them. (N + M,)"""
        return np.multiply(self.total, weight / max(self.spread, SMALLEST_SPREAD), dtype=np.float32)

    def of_candidates(self, candidates: Rows) -> NDArray[np.float64]:
        """At mean 0 and spread 1 over the indexed items. (C,)"""
        return (self.total[candidates] - self.mean) / max(self.spread, SMALLEST_SPREAD)

    def strongest(self, count: int, usable: NDArray[np.bool_]) -> Rows:
        """The usable rows of which most is said. usable: (N + M,)"""
        rows = self.spoken_of[usable[self.spoken_of]]
        if len(rows) <= count:
            return rows
        return rows[np.argpartition(-self.total[rows], count)[:count]]


@dataclass(frozen=True)
class Evidence:
    """One user's history as the sources read it; None: that source is not asked."""

    user: Vector  # (D,)
    history: History
    neighbours: Heard | None
    followers: Heard | None
    interest: Vector | None  # (F,)
    likenesses: Likenesses | None = None  # that were found before

    @classmethod
    def of(
        cls,
        user: Vector,
        history: History,
        tables: Tables,
        fade: float,
        used: Sequence[str] = PARTS,
        likenesses: Likenesses | None = None,
    ) -> Evidence:
        return cls(
            user,
            history,
            heard_of_neighbours(history, tables) if "neighbours" in used else None,
            heard_of_followers(history, tables, fade) if "followers" in used else None,
            interest_of(history, tables) if "content" in used else None,
            likenesses,
        )

    def scores(self, candidates: Rows, tables: Tables) -> NDArray[np.float64]:
        """What each source says of each candidate, in the order of PARTS; 1 = one spread. (P, C)"""
        parts = np.zeros((len(PARTS), len(candidates)))
        parts[0] = tower_scores(self.user[None], candidates, tables)[0]
        if self.neighbours is not None:
            parts[1] = self.neighbours.of_candidates(candidates)
        if self.followers is not None:
            parts[2] = self.followers.of_candidates(candidates)
        parts[3] = tables.fame[candidates]
        if self.interest is not None:
            parts[4] = content_scores(self.interest[None], candidates, tables)[0]
        return parts

    def sums(self, tables: Tables, blend: Blend) -> Vector:
        """What the blend gives every item, to some five digits, and less what all have.

        Without its content. (N + M,)
        """
        scale = np.float32(blend.tower / spreads_of(self.user[None], tables)[0, 0])
        total: Vector = tables.vectors @ (scale * self.user)
        for heard, weight in (
            (self.neighbours, blend.neighbours),
            (self.followers, blend.followers),
        ):
            if heard is not None:
                total += heard.times(weight)
        if blend.popular:
            total += np.float32(blend.popular) * np.asarray(tables.fame)
        return total


def looks_through(tables: Tables, blend: Blend) -> bool:
    """Is every item weighed at every list? Of a small catalog; reading all content takes longer."""
    return len(tables) <= LOOKED_THROUGH and not blend.content


def tower_scores(
    users: NDArray[np.float32], candidates: Rows, tables: Tables
) -> NDArray[np.float32]:
    """Products at mean 0 and spread 1 over the indexed items. users: (R, D) → (R, C)"""
    centred = products(users, tables.vectors, candidates) - (users @ tables.mean)[:, None]
    return np.divide(centred, spreads_of(users, tables), dtype=np.float32)


def spreads_of(users: NDArray[np.float32], tables: Tables) -> NDArray[np.float32]:
    """Of each user's products with the indexed items. users: (R, D) → (R, 1)"""
    variance = ((users @ tables.covariance) * users).sum(axis=1, keepdims=True)
    return np.maximum(np.sqrt(np.maximum(variance, 0)), SMALLEST_SPREAD)


def content_scores(
    interests: NDArray[np.float32], candidates: Rows, tables: Tables
) -> NDArray[np.float32]:
    """interests: (R, F) → (R, C)"""
    mean = (interests @ tables.content_mean)[:, None]
    return np.float32(CONTENT_SPREAD) * (products(interests, tables.content, candidates) - mean)


def products(of: NDArray[np.float32], table: Table, rows: Rows) -> NDArray[np.float32]:
    """With those rows of a table; of one vector to the last bit the same whatever else is a row.

    of: (R, D); table: (N, D) → (R, C)
    """
    found: NDArray[np.float32]
    if len(of) == 1:
        # a product of matrices adds up by their shape
        found = np.vecdot(lines_of(table, rows), of[0])[None]
    elif isinstance(table, np.ndarray) and 2 * len(rows) > len(table):
        found = (of @ table.T)[:, rows]  # costs less than a copy of most of it
    else:
        found = of @ lines_of(table, rows).T
    return found


def interest_of(history: History, tables: Tables) -> Vector:
    """The direction of the content that was liked, of length 1; 0 without a like. (F,)"""
    total = history.liked_weights @ lines_of(tables.content, history.liked)
    return unit(total[None])[0]


def heard_of_neighbours(history: History, tables: Tables) -> Heard:
    warm = history.liked < tables.indexed
    rows = history.liked[warm]
    related = lines_of(tables.neighbour_rows, rows)
    weights = lines_of(tables.neighbour_weights, rows)
    return Heard.of(related, weights, history.liked_weights[warm], len(tables), tables.indexed)


def heard_of_followers(history: History, tables: Tables, fade: float) -> Heard:
    """What came after the liked items elsewhere; the newest of them say most."""
    faded = fades(len(history.liked), fade)
    heard = (history.liked < tables.indexed) & (faded > 0)
    rows = history.liked[heard]
    related = lines_of(tables.follower_rows, rows)
    weights = lines_of(tables.follower_weights, rows)
    strengths = (history.liked_weights * faded)[heard]
    return Heard.of(related, weights, strengths, len(tables), tables.indexed)


def distinct(rows: NDArray[np.integer]) -> Rows:
    """Each of them once, sorted: what np.unique gives, in a tenth of its time on so few."""
    ordered = np.sort(rows, axis=None)
    return ordered[np.concatenate([np.ones(min(1, len(ordered)), bool), np.diff(ordered) > 0])]


def fades(length: int, fade: float) -> NDArray[np.float64]:
    """How loud each of so many likes is, oldest first; 0 = not heard. (L,)"""
    faded = fade ** np.arange(length, dtype=np.float64)[::-1]
    return np.where(faded > FAINTEST, faded, 0.0)
