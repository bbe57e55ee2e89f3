"""How one item came to its score and its rank: what each step of the pipeline said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from recsys.closeness import closeness
from recsys.interactions import Rows
from recsys.pipeline import Asked, proposals, weariness
from recsys.sources import PARTS

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
    are_all: bool  # every usable item was weighed: no source had to propose any
    rank: int | None  # among the candidates, 1 = best; None: it is no candidate

    @property
    def proposed_by(self) -> list[Proposal]:
        return [each for each in self.proposals if each.rank is not None]


def chain_of(asked: Asked, row: int, *, total: float, candidates: int, rank: int | None) -> Chain:
    """total, candidates, rank: as they were found, so that nothing is worked out twice."""
    place = np.array([row])
    evidence, tables = asked.evidence, asked.tables
    return Chain(
        proposals=_proposals(asked, row),
        parts=_parts(asked, place),
        closeness=float(closeness(evidence.history, place, tables, evidence.likenesses)[0]),
        weariness=float(weariness(asked.fatigue, place)[0]),
        total=total,
        candidates=candidates,
        are_all=asked.weighs_all,
        rank=rank,
    )


def _parts(asked: Asked, place: Rows) -> list[PartScore]:
    said = asked.evidence.scores(place, asked.tables)[:, 0]
    return [
        PartScore(part, float(score), float(weight))
        for part, score, weight in zip(PARTS, said, asked.blend.weights, strict=True)
    ]


def _proposals(asked: Asked, row: int) -> list[Proposal]:
    found = proposals(asked)
    return [
        Proposal(source, len(found[source]), _rank(asked, source, found[source], row))
        for source in SOURCES
        if source in found
    ]


def _rank(asked: Asked, source: ProposalSource, rows: Rows, row: int) -> int | None:
    own = np.flatnonzero(rows == row)
    if not len(own):
        return None
    said = _said(asked, source, rows)
    return 1 + int(np.count_nonzero(said > said[own[0]]))


def _said(asked: Asked, source: ProposalSource, rows: Rows) -> NDArray[np.floating]:
    """What a source orders its proposals by. (R,)"""
    evidence, tables = asked.evidence, asked.tables
    if source in ("tower", "cold"):
        return cast(NDArray[np.floating], tables.vectors[rows] @ evidence.user)
    if source == "famous":
        return cast(NDArray[np.floating], tables.fame[rows])
    heard = evidence.neighbours if source == "neighbours" else evidence.followers
    assert heard is not None  # it has proposed them
    return heard.total[rows]
