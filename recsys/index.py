from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from recsys.errors import ArtifactError


class Index:
    """Exact search by inner product over item vectors; a position in it is an item row."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @classmethod
    def build(cls, vectors: NDArray[np.float32]) -> Index:
        """vectors: (N, D)"""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def load(cls, path: Path) -> Index:
        try:
            return cls(faiss.read_index(str(path)))
        except RuntimeError as error:  # all that FAISS raises
            raise ArtifactError(f"cannot read {path.name}") from error

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    def search(
        self, query: NDArray[np.float32], k: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Up to k rows, best first; allowed: (N,) is applied during the search: nothing is lost."""
        if not len(self) or k < 1:
            return np.zeros(0, dtype=np.int64)
        parameters = None
        if allowed is not None and not allowed.all():
            bits = np.packbits(allowed, bitorder="little")
            chosen = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
            parameters = faiss.SearchParameters(sel=chosen)  # type: ignore[call-arg]
        _, rows = self._index.search(
            query[None].astype(np.float32), min(k, len(self)), params=parameters
        )
        return rows[0][rows[0] >= 0]
