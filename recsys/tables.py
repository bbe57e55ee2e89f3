"""What an artifact knows of its items, in arrays: the ground that every source stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from recsys.columns import Column, Lines, Table, column_of, mapped_arrays
from recsys.history import Vector
from recsys.index import EXACT_UP_TO
from recsys.interactions import Rows

FAMOUS = 200  # candidates for everybody
SMALLEST_SPREAD = 1e-6


@dataclass(frozen=True)
class Tables:
    """What is known of N indexed items and, behind them, M cold ones that came later."""

    vectors: Table  # (N + M, D)
    content: Table  # (N + M, F)
    counts: Table  # (N + M,) interactions in training; 0 = cold
    popular: Table  # (N + M,)
    neighbour_rows: NDArray[np.int32]  # (N, T)
    neighbour_weights: Table  # (N, T)
    follower_rows: NDArray[np.int32]  # (N, T)
    follower_weights: Table  # (N, T)
    mean: Vector  # (D,) of the indexed vectors
    covariance: NDArray[np.float32]  # (D, D)
    directions: Table  # (N + M, D) centred vectors of length 1
    content_mean: Vector  # (F,) of the indexed contents
    fame: Table  # (N + M,) log popularity; mean 0 and spread 1 over the indexed
    least_fame: float
    famous: Rows  # the most popular rows

    @classmethod
    def load(cls, path: Path, size: int) -> Tables:
        """From the file of an artifact. size: N, how many items it has."""
        if size > EXACT_UP_TO:
            return cls.mapped(mapped_arrays(path))
        return cls.build(load_file(path))

    @classmethod
    def build(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Tables:
        """Worked out at once, in memory."""
        vectors = np.asarray(arrays["vectors"], dtype=np.float32)
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        content = unit(np.asarray(arrays["content"], dtype=np.float32))
        fame = fame_of(arrays)
        return cls(
            vectors=vectors,
            content=content,
            counts=np.asarray(arrays["counts"], dtype=np.float32),
            popular=np.asarray(arrays["popular"], dtype=np.float32),
            neighbour_rows=np.asarray(arrays["neighbour_rows"], dtype=np.int32),
            neighbour_weights=np.asarray(arrays["neighbour_weights"], dtype=np.float32),
            follower_rows=np.asarray(arrays["follower_rows"], dtype=np.int32),
            follower_weights=np.asarray(arrays["follower_weights"], dtype=np.float32),
            mean=mean,
            covariance=centred.T @ centred / len(vectors),
            directions=unit(centred),
            content_mean=content.mean(axis=0),
            fame=fame,
            least_fame=float(fame.min()),
            famous=np.argsort(-fame, kind="stable")[:FAMOUS],
        )

    @classmethod
    def mapped(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Tables:
        """The same of what `stored` gave and stays in a file: a line is read when asked for."""
        vectors = Column.of(arrays["vectors"])
        content = Column.of(arrays["content"])
        mean, content_mean = mean_of(vectors), mean_of(content)
        directions = Column.of(arrays["vectors"], lambda lines: unit(as_floats(lines) - mean))
        fame = fame_of(arrays)
        return cls(
            vectors=vectors,
            content=content,
            counts=np.asarray(arrays["counts"], dtype=np.float32),
            popular=np.asarray(arrays["popular"], dtype=np.float32),
            neighbour_rows=np.asarray(arrays["neighbour_rows"], dtype=np.int32),
            neighbour_weights=Column.of(arrays["neighbour_weights"], as_floats),
            follower_rows=np.asarray(arrays["follower_rows"], dtype=np.int32),
            follower_weights=Column.of(arrays["follower_weights"], as_floats),
            mean=mean,
            covariance=covariance_of(vectors, mean),
            directions=directions,
            content_mean=content_mean,
            fame=fame,
            least_fame=float(fame.min()),
            famous=np.argsort(-fame, kind="stable")[:FAMOUS],
        )

    @staticmethod
    def stored(arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """As `load` reads them back: where lines stay in the file, they are worked out before."""
        found = dict(arrays)
        if len(arrays["vectors"]) > EXACT_UP_TO:
            found["vectors"] = as_floats(found["vectors"])
            found["content"] = unit(as_floats(found["content"]))
        return found

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def indexed(self) -> int:
        return len(self.neighbour_rows)

    @cached_property
    def cold(self) -> Rows:
        """Rows of the items that nobody had in training."""
        return np.flatnonzero(np.asarray(self.counts) == 0)

    def genres(self, count: int) -> Column:
        """(N + M, G) of 0 and 1. count: G; they are what contents begin with."""
        content = column_of(self.content)
        genres = Column.of(content.base[:, :count], _ones_where_above_0)
        return genres.followed_by(_ones_where_above_0(content.tail[:, :count]))

    def extended(self, vectors: NDArray[np.float32], content: NDArray[np.float32]) -> Tables:
        """With M more cold items; shares all that is here. vectors: (M, D); content: (M, F)"""
        nothing = np.zeros(len(vectors), dtype=np.float32)
        return replace(
            self,
            vectors=column_of(self.vectors).followed_by(vectors),
            content=column_of(self.content).followed_by(unit(content)),
            counts=column_of(self.counts).followed_by(nothing),
            popular=column_of(self.popular).followed_by(nothing),
            fame=column_of(self.fame).followed_by(np.full_like(nothing, self.least_fame)),
            directions=column_of(self.directions).followed_by(unit(vectors - self.mean)),
        )


def fame_of(arrays: Mapping[str, NDArray[np.generic]]) -> Vector:
    """(N,) at mean 0 and spread 1"""
    fame = np.log1p(np.asarray(arrays["popular"], dtype=np.float32))
    found: Vector = (fame - fame.mean()) / max(float(fame.std()), SMALLEST_SPREAD)
    return found


def mean_of(column: Column) -> NDArray[np.float32]:
    """Of all lines of the base."""
    total = sum(lines.sum(axis=0, dtype=np.float64) for lines in column.blocks())
    return np.asarray(total / len(column.base), dtype=np.float32)


def covariance_of(column: Column, mean: Vector) -> NDArray[np.float32]:
    """(D, D)"""
    total = sum((lines - mean).T @ (lines - mean) for lines in column.blocks())
    return np.asarray(total / len(column.base), dtype=np.float32)


def as_floats(lines: Lines) -> NDArray[np.float32]:
    return lines.astype(np.float32, copy=False)


def _ones_where_above_0(lines: Lines) -> NDArray[np.float32]:
    return (lines > 0).astype(np.float32)


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each of length 1; one that is 0 stays. (R, D)"""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
