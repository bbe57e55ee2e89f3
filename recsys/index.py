"""The nearest of many vectors: exactly, and of very many nearly so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from recsys.columns import Table
from recsys.errors import ArtifactError
from recsys.interactions import Rows

EXACT_UP_TO = 100_000  # vectors; of more, only the clusters near the query are looked at
EXACT_ALLOWED = 30_000  # so few are all compared, wherever they are: 2 ms
TRAINED_ON = 100  # vectors a cluster
ROUNDS = 10  # of k-means
# What is looked at: clusters, those that may reach the highest first, until they hold this share of
# the allowed rows, or the share that so many of all would be, and so many allowed rows for each one
# wanted. Of a million clustered vectors more than 0.99 of the nearest 200 are found so; of a
# sixteenth 0.998, in half as much time again.
SHARE_SEEN = 1 / 25
LEAST_SEEN = 40_000
SEEN_PER_WANTED = 40
MOSTLY = 0.9  # with so many allowed, taking out the others afterwards costs less than during it
OUTERMOST = 4.0  # spreads from its centre that a vector of a cluster may be
SAMPLE = 64  # rows of each cluster that tell how many of it are allowed
SEED = 1234
Allowed = NDArray[np.bool_]


class Index:
    """Exact search by inner product over item vectors; a position in it is an item row."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @staticmethod
    def build(vectors: NDArray[np.float32]) -> Index:
        """By clusters above EXACT_UP_TO. vectors: (N, D)"""
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if len(vectors) > EXACT_UP_TO:
            return ClusteredIndex(_clustered(vectors), vectors)
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return Index(index)

    @staticmethod
    def load(path: Path, vectors: Table) -> Index:
        """vectors: (N, D) that it was built of; a large index stays in its file, shared."""
        flags = faiss.IO_FLAG_MMAP_IFC if len(vectors) > EXACT_UP_TO else 0
        try:
            index = faiss.read_index(str(path), flags)
        except RuntimeError as error:  # all that FAISS raises
            raise ArtifactError(f"cannot read {path.name}") from error
        if index.ntotal != len(vectors):
            raise ArtifactError(f"{path.name} is of {index.ntotal} vectors, not of {len(vectors)}")
        if isinstance(index, faiss.IndexIVFFlat):
            return ClusteredIndex(index, vectors)
        return Index(index)

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    def search(self, query: NDArray[np.float32], k: int, *, allowed: Allowed | None = None) -> Rows:
        """Up to k rows, best first; allowed: (N,) is applied during the search: nothing is lost."""
        if not len(self) or k < 1:
            return np.zeros(0, dtype=np.int64)
        if allowed is not None and allowed.all():
            allowed = None
        return self._search(query[None].astype(np.float32), min(k, len(self)), allowed)

    def _search(self, query: NDArray[np.float32], k: int, allowed: Allowed | None) -> Rows:
        """query: (1, D)"""
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=_selector(allowed))  # type: ignore[call-arg]
        return self._found(query, k, parameters)

    def _found(self, query: NDArray[np.float32], k: int, parameters: Any) -> Rows:
        _, rows = self._index.search(query, k, params=parameters)
        return rows[0][rows[0] >= 0]


class ClusteredIndex(Index):
    """Nearly exact: looks at the clusters near the query. As many rows come back as there are."""

    def __init__(self, index: faiss.IndexIVFFlat, vectors: Table) -> None:
        """vectors: (N, D)"""
        super().__init__(index)
        self._vectors = vectors
        self._centres = index.quantizer.reconstruct_n(0, index.nlist)  # (L, D)
        lists: Any = index.invlists
        self._sizes = np.array([lists.list_size(place) for place in range(index.nlist)])
        self._sample = np.zeros((index.nlist, SAMPLE), dtype=np.int64)
        for place in np.flatnonzero(self._sizes):
            rows = faiss.rev_swig_ptr(lists.get_ids(int(place)), int(self._sizes[place]))
            self._sample[place] = rows[np.linspace(0, len(rows) - 1, SAMPLE).astype(np.int64)]
        off = vectors[self._sample] - self._centres[:, None]  # (L, SAMPLE, D)
        self._spreads = np.sqrt((off**2).mean(axis=(1, 2)))  # (L,) along one direction

    def _search(self, query: NDArray[np.float32], k: int, allowed: Allowed | None) -> Rows:
        if allowed is None:
            return self._among_nearest(query, k, self._sizes, None)
        n_allowed = int(np.count_nonzero(allowed))
        if n_allowed <= EXACT_ALLOWED:
            return self._among(np.flatnonzero(allowed), query, k)
        if n_allowed >= MOSTLY * len(self):
            found = self._among_nearest(query, 2 * k, self._sizes, None)
            found = found[allowed[found]][:k]
            if len(found) == k:
                return found
        chosen, shares = _selector(allowed), allowed[self._sample].mean(axis=1)
        found = self._among_nearest(query, k, self._sizes * shares, chosen)
        if len(found) == min(k, n_allowed):
            return found
        return self._in_clusters(np.arange(len(self._sizes)), query, k, chosen)

    def _among(self, rows: Rows, query: NDArray[np.float32], k: int) -> Rows:
        """The best of these."""
        scores: NDArray[np.float32] = self._vectors[rows] @ query[0]
        best = np.argpartition(-scores, k - 1)[:k] if k < len(rows) else np.arange(len(rows))
        return rows[best[np.argsort(-scores[best], kind="stable")]]

    def _among_nearest(
        self, query: NDArray[np.float32], k: int, counts: NDArray[Any], chosen: Any
    ) -> Rows:
        """counts: of the allowed rows of each cluster, about. (L,)"""
        highest = self._centres @ query[0] + OUTERMOST * np.linalg.norm(query) * self._spreads
        order = np.argsort(-highest)
        seen = np.cumsum(counts[order])
        share = max(SHARE_SEEN, LEAST_SEEN / len(self))
        enough = max(share * seen[-1], SEEN_PER_WANTED * k)
        return self._in_clusters(order[: np.searchsorted(seen, enough) + 1], query, k, chosen)

    def _in_clusters(self, clusters: Rows, query: NDArray[np.float32], k: int, chosen: Any) -> Rows:
        index: Any = self._index
        rows, scores = np.empty(k, dtype=np.int64), np.empty(k, dtype=np.float32)
        parameters = faiss.SearchParametersIVF(nprobe=len(clusters), sel=chosen)  # type: ignore[call-arg]
        unused = np.zeros(len(clusters), dtype=np.float32)
        arrays = [faiss.swig_ptr(each) for each in (clusters, unused, scores, rows)]
        index.search_preassigned_c(1, faiss.swig_ptr(query), k, *arrays, False, parameters)
        return rows[rows >= 0]


def _clustered(vectors: NDArray[np.float32]) -> faiss.IndexIVFFlat:
    n_items, dim = vectors.shape
    n_clusters = round(n_items**0.5)
    centres = faiss.IndexFlatL2(dim)  # vectors of one direction and other lengths are kept apart
    index = faiss.IndexIVFFlat(centres, dim, n_clusters, faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.seed, index.cp.spherical = ROUNDS, SEED, False
    index.cp.max_points_per_centroid = TRAINED_ON
    rng = np.random.default_rng(SEED)
    index.train(vectors[rng.permutation(n_items)[: TRAINED_ON * n_clusters]])
    index.add(vectors)
    return index


def _selector(allowed: Allowed) -> Any:
    bits = np.packbits(allowed, bitorder="little")
    return faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
