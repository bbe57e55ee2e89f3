"""How one item came to its score and its rank: what each step of the pipeline said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from recsys.closeness import closeness
from recsys.history import Vector
from recsys.index import Index
from recsys.interactions import Rows
from recsys.pipeline import Mask, proposals, wanted_of, weariness
from recsys.sources import PARTS, Blend, Evidence
from recsys.tables import Tables

ProposalSource = Literal["tower", "cold", "neighbours", "followers", "famous"]
SOURCES: tuple[ProposalSource, ...] = ("tower", "cold", "neighbours", "followers", "famous")


@dataclass(frozen=True)
class Proposal:
    """What one source proposes. rank: of the item among that, 1 = best; None: it is not there."""

    source: ProposalSource
    proposed: int
    rank: int | None


@dataclass(frozen=True)
class PartScore:
    """What one part of the blend says of the item, in spreads, and what that is worth."""

    part: str
    score: float
    weight: float

    @property
    def contribution(self) -> float:
        return self.weight * self.score


@dataclass(frozen=True)
class Chain:
    """One item, one history. total: what `recommend` gives it."""

    proposals: list[Proposal]
    parts: list[PartScore]
    closeness: float  # to a like where one of the two is cold; less that to a dislike
    weariness: float  # what it loses for having been shown in vain
    total: float
    candidates: int
    are_all: bool  # so few items were usable that all were scored: no source had to propose any
    rank: int | None  # among the candidates, 1 = best; None: it is no candidate

    @property
    def proposed_by(self) -> list[Proposal]:
        return [each for each in self.proposals if each.rank is not None]


@dataclass(frozen=True)
class Asked:
    """One question to the pipeline. usable: (N + M,); fatigue: rows (F,), rising, and 0..1."""

    evidence: Evidence
    tables: Tables
    indexes: tuple[Index, Index]
    blend: Blend
    usable: Mask
    k: int
    fatigue: tuple[Rows, Vector]

    def chain(self, row: int, *, total: float, candidates: int, rank: int | None) -> Chain:
        """total, candidates, rank: as they were found, so that nothing is worked out twice."""
        place = np.array([row])
        found = proposals(self.evidence, self.tables, self.indexes, self.usable, wanted_of(self.k))
        near = closeness(self.evidence.history, place, self.tables, self.evidence.likenesses)
        return Chain(
            proposals=self._proposals(found, row),
            parts=self._parts(place),
            closeness=float(near[0]),
            weariness=float(weariness(self.fatigue, place)[0]),
            total=total,
            candidates=candidates,
            are_all=bool(np.count_nonzero(self.usable) <= wanted_of(self.k)),
            rank=rank,
        )

    def _parts(self, place: Rows) -> list[PartScore]:
        said = self.evidence.scores(place, self.tables)[:, 0]
        return [
            PartScore(part, float(score), float(weight))
            for part, score, weight in zip(PARTS, said, self.blend.weights, strict=True)
        ]

    def _proposals(self, found: Mapping[str, Rows], row: int) -> list[Proposal]:
        asked = [source for source in SOURCES if source in found]
        return [
            Proposal(source, len(found[source]), self._rank(source, found[source], row))
            for source in asked
        ]

    def _rank(self, source: ProposalSource, rows: Rows, row: int) -> int | None:
        own = np.flatnonzero(rows == row)
        if not len(own):
            return None
        said = self._said(source, rows)
        return 1 + int(np.count_nonzero(said > said[own[0]]))

    def _said(self, source: ProposalSource, rows: Rows) -> NDArray[np.floating]:
        """What a source orders its proposals by. (R,)"""
        if source in ("tower", "cold"):
            return cast(NDArray[np.floating], self.tables.vectors[rows] @ self.evidence.user)
        if source == "famous":
            return cast(NDArray[np.floating], self.tables.fame[rows])
        heard = self.evidence.neighbours if source == "neighbours" else self.evidence.followers
        assert heard is not None  # it has proposed them
        return heard.total[rows]
