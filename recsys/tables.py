"""What an artifact knows of its items, in arrays: the ground that every source stands on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recsys.history import Vector
from recsys.interactions import Rows

FAMOUS = 200  # candidates for everybody
SMALLEST_SPREAD = 1e-6


@dataclass(frozen=True)
class Tables:
    """What is known of N indexed items and, behind them, M cold ones that came later."""

    vectors: NDArray[np.float32]  # (N + M, D)
    content: NDArray[np.float32]  # (N + M, F)
    counts: Vector  # (N + M,) interactions in training; 0 = cold
    popular: Vector  # (N + M,)
    neighbour_rows: NDArray[np.int32]  # (N, T)
    neighbour_weights: NDArray[np.float32]  # (N, T)
    follower_rows: NDArray[np.int32]  # (N, T)
    follower_weights: NDArray[np.float32]  # (N, T)
    mean: Vector  # (D,) of the indexed vectors
    covariance: NDArray[np.float32]  # (D, D)
    directions: NDArray[np.float32]  # (N + M, D) centred vectors of length 1
    content_mean: Vector  # (F,) of the indexed contents
    fame: Vector  # (N + M,) log popularity; mean 0 and spread 1 over the indexed
    famous: Rows  # the most popular rows

    @classmethod
    def build(cls, arrays: dict[str, NDArray[np.generic]]) -> Tables:
        vectors = np.asarray(arrays["vectors"], dtype=np.float32)
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        content = unit(np.asarray(arrays["content"], dtype=np.float32))
        popular = np.asarray(arrays["popular"], dtype=np.float32)
        fame = np.log1p(popular)
        return cls(
            vectors=vectors,
            content=content,
            counts=np.asarray(arrays["counts"], dtype=np.float32),
            popular=popular,
            neighbour_rows=np.asarray(arrays["neighbour_rows"], dtype=np.int32),
            neighbour_weights=np.asarray(arrays["neighbour_weights"], dtype=np.float32),
            follower_rows=np.asarray(arrays["follower_rows"], dtype=np.int32),
            follower_weights=np.asarray(arrays["follower_weights"], dtype=np.float32),
            mean=mean,
            covariance=centred.T @ centred / len(vectors),
            directions=unit(centred),
            content_mean=content.mean(axis=0),
            fame=(fame - fame.mean()) / max(float(fame.std()), SMALLEST_SPREAD),
            famous=np.argsort(-fame, kind="stable")[:FAMOUS],
        )

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def indexed(self) -> int:
        return len(self.neighbour_rows)

    def extended(self, vectors: NDArray[np.float32], content: NDArray[np.float32]) -> Tables:
        """With M more cold items. vectors: (M, D); content: (M, F)"""
        nothing = np.zeros(len(vectors), dtype=np.float32)
        return replace(
            self,
            vectors=np.vstack([self.vectors, vectors]),
            content=np.vstack([self.content, unit(content)]),
            counts=np.concatenate([self.counts, nothing]),
            popular=np.concatenate([self.popular, nothing]),
            fame=np.concatenate([self.fame, np.full_like(nothing, self.fame.min())]),
            directions=np.vstack([self.directions, unit(vectors - self.mean)]),
        )


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each of length 1; one that is 0 stays. (R, D)"""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
