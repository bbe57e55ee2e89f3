"""Artifacts of made-up catalogs of any size: clustered vectors, as training leaves them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from recsys.artifacts import MANIFEST, publish_artifact
from recsys.contenders import NEIGHBOURS
from recsys.content import PEOPLE_BUCKETS, TEXT_BUCKETS, ContentEncoder
from recsys.entries import HistoryEntry
from recsys.export import write_serving_files
from recsys.sources import Blend
from recsys.tables import unit
from recsys.two_tower import PRESETS, TwoTower

DIM = 64
GROUPS = 60  # of clusters, as genres are
PER_CLUSTER = 300  # items, on the mean; cluster sizes fall by a power law
GROUP_SPREAD, ITEM_SPREAD, USER_SPREAD = 0.8, 0.7, 0.15  # against 1 between the groups
TASTES = 5  # items that a query lies between
GENRES = tuple(f"Genre {number:02d}" for number in range(18))
WORDS = 12  # and names that an item has of its own
ROWS_AT_ONCE = 50_000
BLEND = Blend(tower=1.0, neighbours=0.5, followers=0.5, popular=0.2, content=0.2, fade=0.9)
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class MadeCatalog:
    """N items around cluster centres; the same ones for the same seed."""

    size: int
    seed: int = 0

    def _rng(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, stream])

    @cached_property
    def clusters(self) -> NDArray[np.int64]:
        """(N,) of each item."""
        rng = self._rng(0)
        weights = rng.pareto(1.2, max(1, self.size // PER_CLUSTER)) + 0.2
        return rng.choice(len(weights), self.size, p=weights / weights.sum())

    @cached_property
    def by_cluster(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Item rows, cluster after cluster, and where each cluster begins; the end is the last."""
        ends = np.cumsum(np.bincount(self.clusters))
        return np.argsort(self.clusters, kind="stable"), np.concatenate([[0], ends])

    @cached_property
    def vectors(self) -> Vectors:
        """(N, D) of length 1"""
        rng = self._rng(1)
        n_clusters = int(self.clusters.max()) + 1
        groups = spectral_noise(rng, GROUPS)[rng.integers(GROUPS, size=n_clusters)]
        centres = groups + GROUP_SPREAD * spectral_noise(rng, n_clusters)
        found = np.empty((self.size, DIM), dtype=np.float32)
        for rows in blocks(self.size):
            noise = spectral_noise(rng, len(rows))
            found[rows] = unit(centres[self.clusters[rows]] + ITEM_SPREAD * noise)
        return found

    def queries(self, count: int) -> Vectors:
        """Users between some items that they liked. (Q, D) of length 1"""
        rng = self._rng(2)
        liked = self.vectors[rng.integers(self.size, size=(count, TASTES))]
        shares = rng.dirichlet(np.full(TASTES, 0.4), count).astype(np.float32)
        mixed = np.einsum("ql,qld->qd", shares, liked)
        return unit(mixed + USER_SPREAD * spectral_noise(rng, count))

    def histories(self, count: int, length: int) -> list[list[HistoryEntry]]:
        """Each of items from a few clusters."""
        rng = self._rng(3)
        order, ends = self.by_cluster
        found = []
        for _ in range(count):
            starts = rng.integers(self.size, size=TASTES)
            clusters = self.clusters[starts[rng.integers(TASTES, size=length)]]
            places = ends[clusters] + rng.random(length) * (ends[clusters + 1] - ends[clusters])
            rows = dict.fromkeys(order[places.astype(np.int64)].tolist())
            found.append([HistoryEntry(row + 1, 1.0, 60 * at) for at, row in enumerate(rows)])
        return found

    def content(self) -> NDArray[np.float16]:
        """(N, F) genres by cluster, words and names of each item's own."""
        rng = self._rng(4)
        width = encoder().width
        found = np.zeros((self.size, width), dtype=np.float16)
        found[np.arange(self.size), self.clusters % len(GENRES)] = 1
        hashed = width - PEOPLE_BUCKETS - TEXT_BUCKETS
        for rows in blocks(self.size):
            places = rng.integers(hashed, width, size=(len(rows), WORDS))
            found[rows[:, None], places] = rng.normal(size=places.shape) / WORDS**0.5
        return found

    def related(self, stream: int) -> tuple[NDArray[np.int32], NDArray[np.float16]]:
        """(N, T) rows, nine of ten of the item's own cluster, and falling weights."""
        rng = self._rng(stream)
        order, ends = self.by_cluster
        rows = np.empty((self.size, NEIGHBOURS), dtype=np.int32)
        weights = np.empty((self.size, NEIGHBOURS), dtype=np.float16)
        falling = (np.arange(1, NEIGHBOURS + 1) ** -0.7).astype(np.float32)
        for some in blocks(self.size):
            own = self.clusters[some][:, None]
            chance = rng.random((len(some), NEIGHBOURS), dtype=np.float32)
            near = order[(ends[own] + chance * (ends[own + 1] - ends[own])).astype(np.int64)]
            anywhere = (chance * self.size).astype(np.int64)
            rows[some] = np.where(np.arange(NEIGHBOURS) % 10 == 9, anywhere, near)
            weights[some] = falling * (0.5 + chance)
        return rows, weights

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """What an artifact keeps of its items."""
        popular = self._rng(5).zipf(1.3, self.size).clip(max=100_000).astype(np.float32)
        neighbours, followers = self.related(6), self.related(7)
        return {
            "vectors": self.vectors,
            "content": self.content(),
            "counts": popular,
            "popular": popular,
            "neighbour_rows": neighbours[0],
            "neighbour_weights": neighbours[1],
            "follower_rows": followers[0],
            "follower_weights": followers[1],
        }


def encoder() -> ContentEncoder:
    return ContentEncoder(GENRES, ("film",), (1.0,) * TEXT_BUCKETS)


def spectral_noise(rng: np.random.Generator, count: int) -> Vectors:
    """Rows of length about 1, of which the first directions have most. (count, D)"""
    strengths = np.arange(1, DIM + 1) ** -0.5
    noise = rng.normal(size=(count, DIM)) * strengths / np.sqrt((strengths**2).sum())
    return noise.astype(np.float32)


def blocks(size: int) -> list[NDArray[np.int64]]:
    """All rows, so many at once."""
    return np.array_split(np.arange(size), max(1, -(-size // ROWS_AT_ONCE)))


def write_made_artifact(folder: Path, catalog: MadeCatalog) -> None:
    """What recsys.serving loads; its towers have not learnt anything. Kept if it is there."""
    if (folder / MANIFEST).exists():
        return
    torch.manual_seed(catalog.seed)
    config = PRESETS["base"]
    towers = TwoTower(config, torch.zeros(2, encoder().width), torch.ones(2)).eval()
    ids = list(range(1, catalog.size + 1))
    manifest = {
        "config": asdict(config),
        "choices": {"blend": asdict(BLEND)},
        "reads": {"kinds": [""], "dislikes": True},
    }

    def write(part: Path) -> None:
        write_serving_files(part, catalog.arrays(), ids, towers, encoder())

    publish_artifact(folder, manifest, write)
