"""Search among vectors: exact, and by clusters where they are very many."""

from pathlib import Path

import numpy as np
import pytest

from recsys import index as module
from recsys.index import ClusteredIndex, Index
from recsys.tables import unit

N_CLUSTERS, PER_CLUSTER, DIM = 60, 80, 16
N = N_CLUSTERS * PER_CLUSTER


@pytest.fixture
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXACT_UP_TO", 1000)
    monkeypatch.setattr(module, "EXACT_ALLOWED", 200)
    monkeypatch.setattr(module, "LEAST_SEEN", 0.1 * N)


def make_vectors(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Around centres, and the cluster of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(N_CLUSTERS, DIM))
    clusters = rng.permutation(np.repeat(np.arange(N_CLUSTERS), PER_CLUSTER))
    return unit(centres[clusters] + 0.7 * rng.normal(size=(N, DIM))).astype(np.float32), clusters


def make_queries(vectors: np.ndarray, count: int = 40) -> np.ndarray:
    rng = np.random.default_rng(1)
    return vectors[rng.integers(N, size=count)] + 0.1 * rng.normal(size=(count, DIM))


def exact(vectors: np.ndarray, query: np.ndarray, k: int, allowed: np.ndarray) -> list[int]:
    rows = np.flatnonzero(allowed)
    return rows[np.argsort(-(vectors[rows] @ query), kind="stable")[:k]].tolist()


def recall(index: Index, vectors: np.ndarray, k: int, allowed: np.ndarray) -> float:
    shares = []
    for query in make_queries(vectors):
        found = index.search(query, k, allowed=allowed).tolist()
        assert len(found) == len(set(found)) == min(k, allowed.sum())
        assert allowed[found].all()
        shares.append(len({*found} & {*exact(vectors, query, k, allowed)}) / len(found))
    return float(np.mean(shares))


def test_few_vectors_are_searched_exactly() -> None:
    vectors, clusters = make_vectors()
    index = Index.build(vectors)
    assert not isinstance(index, ClusteredIndex)
    assert recall(index, vectors, 100, np.ones(N, bool)) == 1
    assert recall(index, vectors, 100, clusters < 5) == 1


@pytest.mark.usefixtures("_few_are_many")
def test_of_many_nearly_all_of_the_nearest_are_found_without_looking_at_all() -> None:
    vectors, _ = make_vectors()
    index = Index.build(vectors)
    assert isinstance(index, ClusteredIndex)
    everything = np.ones(N, bool)
    assert 0.97 < recall(index, vectors, 20, everything) < 1
    assert index.search(vectors[7], 1).tolist() == [7]


@pytest.mark.usefixtures("_few_are_many")
@pytest.mark.parametrize("share", [0.95, 0.5, 0.1, 0.01])
def test_under_a_mask_a_list_is_full_and_nearly_exact(share: float) -> None:
    vectors, clusters = make_vectors()
    index, rng = Index.build(vectors), np.random.default_rng(2)
    assert recall(index, vectors, 20, rng.random(N) < share) > 0.95
    assert recall(index, vectors, 20, (rng.random(N_CLUSTERS) < max(share, 0.05))[clusters]) > 0.95


@pytest.mark.usefixtures("_few_are_many")
def test_a_list_is_full_when_all_that_is_allowed_is_far_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SEEN_PER_WANTED", 0)
    vectors, _ = make_vectors()
    index, query = Index.build(vectors), vectors[0]
    far = np.zeros(N, bool)
    far[np.argsort(vectors @ query)[:400]] = True
    assert len(index.search(query, 300, allowed=far)) == 300
    assert len(index.search(query, 1000, allowed=far)) == 400
    assert not len(index.search(query, 5, allowed=np.zeros(N, bool)))


@pytest.mark.usefixtures("_few_are_many")
def test_it_finds_the_same_once_saved_and_loaded(tmp_path: Path) -> None:
    vectors, clusters = make_vectors()
    index = Index.build(vectors)
    index.save(tmp_path / "items.faiss")
    again = Index.load(tmp_path / "items.faiss", vectors)
    assert len(again) == N
    for query in make_queries(vectors, 5):
        for allowed in (None, clusters % 2 == 0, clusters == 3):
            found = index.search(query, 50, allowed=allowed)
            assert found.tolist() == again.search(query, 50, allowed=allowed).tolist()
