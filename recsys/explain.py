"""Which liked items carry a score: each is really left out, and the item scored again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Self

import numpy as np
from cachetools import TTLCache
from numpy.typing import NDArray

from recsys.history import History
from recsys.interactions import Rows
from recsys.pipeline import rank
from recsys.sources import (
    COLD_TASTE,
    COMPARED,
    PARTS,
    Blend,
    Evidence,
    Heard,
    closeness,
    content_scores,
    fades,
    tower_scores,
)
from recsys.tables import SMALLEST_SPREAD, Tables, unit

MAX_REASONS = 20  # newest liked items that may be named as a reason
CACHED_USERS = 64
CACHED_SECONDS = 600.0
Encode = Callable[[list[History]], NDArray[np.float32]]  # B of one length → (B, D)
Drops = NDArray[np.float64]


class LeaveOneOut:
    """Scores without some of the liked items; remembers what it has encoded of late."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._known: TTLCache[bytes, NDArray[np.float32]] = TTLCache(CACHED_USERS, CACHED_SECONDS)
        self._lock = Lock()

    def drops(
        self,
        evidence: Evidence,
        candidates: Rows,
        tables: Tables,
        blend: Blend,
        *,
        at_most: int = MAX_REASONS,
    ) -> tuple[Rows, Drops]:
        """Liked rows (R,), and how far each candidate's score falls without each (R, C).

        Tried are the newest MAX_REASONS; when they are more than at_most, those of them that seem
        to matter most.
        """
        liked = evidence.history.liked
        places = np.arange(max(0, len(liked) - MAX_REASONS), len(liked))
        if len(places) > at_most:
            places = likeliest(evidence, places, candidates, tables, blend, at_most)
        without = self._users(evidence.history, places)
        score = rank(evidence, candidates, tables, blend)
        others = rank_without_each(evidence, without, places, candidates, tables, blend)
        return liked[places], score - others

    def _users(self, history: History, places: Rows) -> NDArray[np.float32]:
        """The user without the like at each place. (R, D)"""
        if len(history.liked) == 1:  # nothing is left without it: the zero vector
            width = self._encode([history]).shape[1]
            return np.zeros((1, width), dtype=np.float32)
        parts = (history.rows, history.weights, history.kinds, history.times, places)
        key = b"".join(part.tobytes() for part in parts)
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            return known
        found = self._encode([history.without(int(place)) for place in places])
        with self._lock:
            self._known[key] = found
        return found


def likeliest(
    evidence: Evidence, places: Rows, candidates: Rows, tables: Tables, blend: Blend, count: int
) -> Rows:
    """Of these places of likes, those that seem to give the candidates most.

    By what each says itself, without asking the towers: likeness of vectors stands in for them.
    """
    history, rows = evidence.history, evidence.history.liked[places]
    strengths = history.liked_weights[places, None]
    near = tables.directions[rows] @ tables.directions[candidates].T
    alike = tables.content[rows] @ tables.content[candidates].T
    given = strengths * (blend.tower * near + blend.content * alike)
    warm = rows < tables.indexed
    known = np.where(warm, rows, 0)
    for heard, weight, related, said, loud in (
        (evidence.neighbours, blend.neighbours, tables.neighbour_rows, tables.neighbour_weights, 1),
        (evidence.followers, blend.followers, tables.follower_rows, tables.follower_weights,
         fades(len(history.liked), blend.fade)[places, None]),
    ):  # fmt: skip
        if heard is not None:
            own = _at(related[known], said[known].astype(np.float64), candidates)
            given += weight * strengths * loud * warm[:, None] * own / (heard.spread or 1.0)
    best = given.max(axis=1, initial=-np.inf)
    return np.sort(places[np.argsort(-best, kind="stable")[:count]])


def rank_without_each(
    evidence: Evidence,
    users: NDArray[np.float32],
    places: Rows,
    candidates: Rows,
    tables: Tables,
    blend: Blend,
) -> Drops:
    """What rank gives without the like at each place, all at once. users: (R, D) → (R, C)"""
    history = evidence.history
    parts = np.zeros((len(PARTS), len(places), len(candidates)))
    if blend.tower:
        parts[0] = tower_scores(users, candidates, tables)
    if blend.neighbours and evidence.neighbours is not None:
        parts[1] = _neighbours_without(evidence.neighbours, history, places, candidates, tables)
    if blend.followers and evidence.followers is not None:
        parts[2] = _followers_without(history, places, candidates, tables, blend.fade)
    parts[3] = tables.fame[candidates]
    if blend.content:
        parts[4] = content_scores(_interests_without(history, places, tables), candidates, tables)
    near = closeness(history, candidates, tables) - _near_less(history, places, candidates, tables)
    return np.tensordot(blend.weights, parts, 1) + near


def _neighbours_without(
    heard: Heard, history: History, places: Rows, candidates: Rows, tables: Tables
) -> Drops:
    """The sums less what each like has said; their mean and spread follow from that. (R, C)"""
    rows, strengths = history.liked[places], history.liked_weights[places]
    warm = rows < tables.indexed
    related = tables.neighbour_rows[np.where(warm, rows, 0)]  # (R, T)
    said = tables.neighbour_weights[np.where(warm, rows, 0)].astype(np.float64)
    said *= (strengths * warm)[:, None]
    total = heard.total[candidates] - _at(related, said, candidates)
    mean = heard.mean - said.sum(axis=1) / heard.indexed
    square = (heard.spread**2 + heard.mean**2) * heard.indexed
    square = square - 2 * (said * heard.total[related]).sum(axis=1) + (said**2).sum(axis=1)
    return _standardised(total, mean, square / heard.indexed)


def _followers_without(
    history: History, places: Rows, candidates: Rows, tables: Tables, fade: float
) -> Drops:
    """Without one like every older one is a step nearer, and so louder. places: rising. (R, C)

    From one place to the next only two likes change what they say: the one that is back takes the
    loudness of the one that is gone.
    """
    faded = fades(len(history.liked) - 1, fade)
    followers = _Followers.without(history, int(places[0]), tables, faded)
    total, sums = np.empty((len(places), len(candidates))), np.empty((2, len(places)))
    at = int(places[0])
    for number, place in enumerate(places):
        for passed in range(at, place):
            followers.say(passed, faded[passed])
            followers.say(passed + 1, -faded[passed])
        at = int(place)
        total[number] = followers.total[candidates]
        sums[:, number] = followers.said, followers.square
    mean, square = sums / tables.indexed
    return _standardised(total, mean, square)


class _Followers:
    """What is said of all items by those before them in a history, while likes come and go."""

    def __init__(self, history: History, tables: Tables) -> None:
        warm = history.liked < tables.indexed
        self.liked = np.where(warm, history.liked, 0)
        self.strengths = history.liked_weights * warm
        self.tables = tables
        self.total: NDArray[np.float64] = np.zeros(0)  # (N + M,)
        self.said = self.square = 0.0  # sums over the items: of the total, of its square

    @classmethod
    def without(
        cls, history: History, place: int, tables: Tables, faded: NDArray[np.float64]
    ) -> Self:
        """faded: (L - 1,) how loud the others are"""
        own = cls(history, tables)
        loud = own.strengths * np.insert(faded, place, 0.0)
        heard = np.flatnonzero(loud)
        related = tables.follower_rows[own.liked[heard]]
        amounts = tables.follower_weights[own.liked[heard]] * loud[heard, None]
        total = np.bincount(related.ravel(), amounts.ravel(), minlength=len(tables))
        own.total = total.astype(np.float64, copy=False)
        own.said = float(amounts.sum())
        own.square = float(amounts.ravel() @ own.total[related.ravel()])
        return own

    def say(self, place: int, loud: float) -> None:
        """The like at that place is so much louder."""
        row = self.liked[place]
        related = self.tables.follower_rows[row]
        amounts = self.tables.follower_weights[row] * (loud * self.strengths[place])
        before = amounts @ self.total[related]
        np.add.at(self.total, related, amounts)
        self.said += float(amounts.sum())
        self.square += float(before + amounts @ self.total[related])


def _at(related: NDArray[np.integer], said: Drops, candidates: Rows) -> Drops:
    """What each line of a table says of the candidates, which are few. (S, T) → (S, C)"""
    order = np.argsort(candidates)
    place = np.searchsorted(candidates, related, sorter=order)
    place = order[np.minimum(place, len(order) - 1)]
    hit = candidates[place] == related
    lines = np.broadcast_to(np.arange(len(related))[:, None], related.shape)
    flat = (lines * len(candidates) + place)[hit]
    found = np.bincount(flat, said[hit], minlength=len(related) * len(candidates))
    return found.reshape(len(related), len(candidates)).astype(np.float64)


def _standardised(total: Drops, mean: NDArray[np.float64], square: NDArray[np.float64]) -> Drops:
    """(R, C) at mean 0 and spread 1 over the indexed items. mean, square: (R,)"""
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    return (total - mean[:, None]) / np.maximum(spread, SMALLEST_SPREAD)[:, None]


def _near_less(history: History, places: Rows, candidates: Rows, tables: Tables) -> Drops:
    """What closeness loses without the like at each place, where it or a candidate is cold. (R, C)

    Of the newest COMPARED likes the strongest counts; without one of them an older one is compared.
    """
    start = max(0, len(history.liked) - COMPARED - 1)
    rows, strengths = history.liked[start:], history.liked_weights[start:, None]
    is_cold = (tables.counts[rows] == 0)[:, None] | (tables.counts[candidates] == 0)  # (W, C)
    if not is_cold.any():
        return np.zeros((len(places), len(candidates)))
    alike = tables.directions[rows] @ tables.directions[candidates].T
    alike = (alike + tables.content[rows] @ tables.content[candidates].T) / 2
    said = COLD_TASTE * np.where(is_cold, np.maximum(0, alike) * strengths, 0)  # (W, C)
    counts = np.ones((len(places) + 1, len(rows)), dtype=bool)  # the last line: without none
    counts[:-1][places[:, None] == np.arange(start, len(history.liked))] = False
    if len(rows) > COMPARED:
        counts[[*(places <= start), True], 0] = False
    strongest = np.where(counts[..., None], said, 0).max(axis=1)  # (R + 1, C)
    return np.asarray(strongest[-1] - strongest[:-1], dtype=np.float64)


def _interests_without(history: History, places: Rows, tables: Tables) -> NDArray[np.float32]:
    """The directions of what was liked without each. (R, F)"""
    content = tables.content[history.liked]
    total = history.liked_weights @ content
    return unit(total - content[places] * history.liked_weights[places, None])
