"""Which liked items carry a score: each is really left out, and the item scored again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Self

import numpy as np
from cachetools import TTLCache
from numpy.typing import NDArray

from recsys.closeness import COLD_TASTE, COMPARED
from recsys.columns import lines_of
from recsys.history import History
from recsys.interactions import Rows
from recsys.sources import (
    PARTS,
    Blend,
    Evidence,
    Heard,
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
        asked = Columns.of(candidates, len(tables))
        if len(places) > at_most:
            places = likeliest(evidence, places, asked, tables, blend, at_most)
        users = self._users(evidence.history, places)
        scores = blend.weights @ evidence.scores(candidates, tables)  # (C,)
        falls = scores - _blend_without(evidence, users, places, asked, tables, blend)  # (R, C)
        # closeness to dislikes is the same without a like
        return liked[places], falls + _near_less(evidence.history, places, candidates, tables)

    def _users(self, history: History, places: Rows) -> NDArray[np.float32]:
        """The user without the like at each place. (R, D)"""
        if len(history.liked) == 1:  # nothing is left without it: the zero vector
            width = self._encode([history]).shape[1]
            return np.zeros((1, width), dtype=np.float32)
        parts = (history.rows, history.weights, history.kinds, history.times, places)
        key = b"".join(part.tobytes() for part in parts) + str(history.asked_at).encode()
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            return known
        found = self._encode(history.each_without(places))
        with self._lock:
            self._known[key] = found
        return found


@dataclass(frozen=True)
class Columns:
    """Some rows, and where each stands among them."""

    rows: Rows  # (C,)
    place: NDArray[np.int32]  # (N + M,) from 1; 0: not among them

    @classmethod
    def of(cls, rows: Rows, size: int) -> Self:
        """size: N + M"""
        place = np.zeros(size, dtype=np.int32)
        place[rows] = np.arange(1, len(rows) + 1)
        return cls(rows, place)

    @classmethod
    def among(cls, related: NDArray[np.integer], size: int) -> Self:
        """Each of them once, rising."""
        place = np.zeros(size, dtype=np.int32)
        place[related] = 1
        rows = np.flatnonzero(place)
        place[rows] = np.arange(1, len(rows) + 1)
        return cls(rows, place)

    def said_of(self, related: NDArray[np.integer], said: NDArray[np.floating]) -> Drops:
        """What each line of a table says of them. related, said: (S, T) → (S, C)"""
        places = self.place.take(related).ravel()
        heard = np.flatnonzero(places)  # of few, as a rule
        lines = heard // related.shape[1]
        at, shape = lines * len(self.rows) + places[heard] - 1, (len(related), len(self.rows))
        found = np.bincount(at, said.ravel()[heard], minlength=shape[0] * shape[1])
        return found.reshape(shape).astype(np.float64, copy=False)


def likeliest(
    evidence: Evidence, places: Rows, asked: Columns, tables: Tables, blend: Blend, count: int
) -> Rows:
    """Of these places of likes, those that seem to give the candidates most.

    By what each says itself, without asking the towers: likeness of vectors stands in for them.
    """
    history, rows = evidence.history, evidence.history.liked[places]
    candidates = asked.rows
    strengths = history.liked_weights[places, None]
    near = lines_of(tables.directions, rows) @ lines_of(tables.directions, candidates).T
    given = blend.tower * strengths * near
    if blend.content:
        alike = lines_of(tables.content, rows) @ lines_of(tables.content, candidates).T
        given += blend.content * strengths * alike
    warm = rows < tables.indexed
    known = np.where(warm, rows, 0)
    for heard, weight, related, said, loud in (
        (evidence.neighbours, blend.neighbours, tables.neighbour_rows, tables.neighbour_weights, 1),
        (evidence.followers, blend.followers, tables.follower_rows, tables.follower_weights,
         fades(len(history.liked), blend.fade)[places, None]),
    ):  # fmt: skip
        if heard is not None:
            own = asked.said_of(lines_of(related, known), lines_of(said, known))
            given += weight * strengths * loud * warm[:, None] * own / (heard.spread or 1.0)
    best = given.max(axis=1, initial=-np.inf)
    return np.sort(places[np.argsort(-best, kind="stable")[:count]])


def _blend_without(
    evidence: Evidence,
    users: NDArray[np.float32],
    places: Rows,
    asked: Columns,
    tables: Tables,
    blend: Blend,
) -> Drops:
    """What the sources say without the like at each place. users: (R, D) → (R, C)"""
    history, candidates = evidence.history, asked.rows
    parts = np.zeros((len(PARTS), len(places), len(candidates)))
    if blend.tower:
        parts[0] = tower_scores(users, candidates, tables)
    if blend.neighbours and evidence.neighbours is not None:
        parts[1] = _neighbours_without(evidence.neighbours, history, places, asked, tables)
    if blend.followers and evidence.followers is not None:
        heard = evidence.followers
        parts[2] = _followers_without(heard, history, places, asked, tables, blend.fade)
    parts[3] = tables.fame[candidates]
    if blend.content:
        parts[4] = content_scores(_interests_without(history, places, tables), candidates, tables)
    return np.tensordot(blend.weights, parts, 1)


def _neighbours_without(
    heard: Heard, history: History, places: Rows, asked: Columns, tables: Tables
) -> Drops:
    """The sums less what each like has said; their mean and spread follow from that. (R, C)"""
    rows, strengths = history.liked[places], history.liked_weights[places]
    warm = rows < tables.indexed
    known = np.where(warm, rows, 0)
    related = lines_of(tables.neighbour_rows, known)  # (R, T)
    said = lines_of(tables.neighbour_weights, known) * (strengths * warm)[:, None]
    said = said.astype(np.float64)  # rounded as what was heard
    total = heard.total[asked.rows] - asked.said_of(related, said)
    mean = heard.mean - said.sum(axis=1) / heard.indexed
    square = (heard.spread**2 + heard.mean**2) * heard.indexed
    square = square - 2 * (said * heard.total[related]).sum(axis=1) + (said**2).sum(axis=1)
    return _standardised(total, mean, square / heard.indexed)


def _followers_without(
    heard: Heard, history: History, places: Rows, asked: Columns, tables: Tables, fade: float
) -> Drops:
    """Without one like every older one is a step nearer, and so louder. places: rising. (R, C)

    So all that was heard is divided by fade, but for what the likes from the first place on say,
    and those that were too faint until then.
    """
    loud = fades(len(history.liked), fade)
    nearer = np.append(fades(len(history.liked) - 1, fade), 0.0)  # when a newer one is gone
    is_late = np.arange(len(loud)) >= places[0]
    likes = np.flatnonzero(is_late | ((loud == 0) & (nearer > 0)))  # (S,)
    instead = np.where(likes < places[:, None], nearer[likes], loud[likes])
    change = np.where(likes == places[:, None], 0.0, instead) - loud[likes] / fade  # (R, S)
    warm = history.liked[likes] < tables.indexed
    rows = np.where(warm, history.liked[likes], 0)
    related = lines_of(tables.follower_rows, rows)  # (S, T)
    strengths = (history.liked_weights[likes] * warm).astype(np.float64)
    said = lines_of(tables.follower_weights, rows) * strengths[:, None]
    told = Columns.among(related, len(tables))
    before = heard.total[told.rows] / fade
    total = before + change @ told.said_of(related, said)  # (R, those told of)
    square = (heard.spread**2 + heard.mean**2) * heard.indexed / fade**2 - before @ before
    mean = heard.mean / fade + change @ said.sum(axis=1) / heard.indexed
    of_asked = heard.total[asked.rows] / fade + change @ asked.said_of(related, said)
    return _standardised(of_asked, mean, (square + (total**2).sum(axis=1)) / heard.indexed)


def _standardised(total: Drops, mean: NDArray[np.float64], square: NDArray[np.float64]) -> Drops:
    """(R, C) at mean 0 and spread 1 over the indexed items. mean, square: (R,)"""
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    return (total - mean[:, None]) / np.maximum(spread, SMALLEST_SPREAD)[:, None]


def _near_less(history: History, places: Rows, candidates: Rows, tables: Tables) -> Drops:
    """What closeness loses without the like at each place, where it or a candidate is cold. (R, C)

    Of the newest COMPARED likes the strongest counts; without one of them an older one is compared.
    """
    likes = np.arange(max(0, len(history.liked) - COMPARED - 1), len(history.liked))
    if not (tables.counts[candidates] == 0).any():  # then only cold likes are compared
        likes = likes[tables.counts[history.liked[likes]] == 0]
    if not len(likes):
        return np.zeros((len(places), len(candidates)))
    rows, strengths = history.liked[likes], history.liked_weights[likes, None]
    is_cold = (tables.counts[rows] == 0)[:, None] | (tables.counts[candidates] == 0)  # (W, C)
    alike = lines_of(tables.directions, rows) @ lines_of(tables.directions, candidates).T
    alike = (alike + lines_of(tables.content, rows) @ lines_of(tables.content, candidates).T) / 2
    said = COLD_TASTE * np.where(is_cold, np.maximum(0, alike) * strengths, 0)  # (W, C)
    oldest = len(history.liked) - COMPARED  # that is compared, while none is left out
    gone = np.append(places, -1)[:, None]  # the last line: without none
    counts = (likes != gone) & (likes >= oldest - (gone >= oldest))
    strongest = np.where(counts[..., None], said, 0).max(axis=1)  # (R + 1, C)
    return np.asarray(strongest[-1] - strongest[:-1], dtype=np.float64)


def _interests_without(history: History, places: Rows, tables: Tables) -> NDArray[np.float32]:
    """The directions of what was liked without each. (R, F)"""
    content = lines_of(tables.content, history.liked)
    less: NDArray[np.float32] = content[places] * history.liked_weights[places, None]
    return unit(history.liked_weights @ content - less)
