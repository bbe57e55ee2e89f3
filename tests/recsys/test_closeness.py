"""Likeness to single items, and what is remembered of it."""

import numpy as np
import pytest

from recsys import closeness
from recsys.closeness import Likenesses, most_alike
from recsys.explain import LeaveOneOut
from recsys.history import History
from recsys.pipeline import rank
from recsys.sources import PARTS, Blend, Evidence
from recsys.tables import Tables

N_ITEMS, WIDTH, RELATED = 60, 8, 12


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.fixture
def tables(rng: np.random.Generator) -> Tables:
    """Of made-up items; the last ten are cold."""
    related = np.stack([rng.permutation(N_ITEMS)[:RELATED] for _ in range(N_ITEMS)])
    counts = np.where(np.arange(N_ITEMS) < N_ITEMS - 10, 5, 0)
    return Tables.build(
        {
            "vectors": rng.normal(size=(N_ITEMS, WIDTH)),
            "content": rng.normal(size=(N_ITEMS, WIDTH)),
            "counts": counts,
            "popular": counts * rng.random(N_ITEMS),
            "neighbour_rows": related,
            "neighbour_weights": rng.random(related.shape),
            "follower_rows": related[::-1],
            "follower_weights": rng.random(related.shape),
        }
    )


@pytest.mark.parametrize("most", [5, 25, 1000])
def test_what_is_remembered_is_what_would_be_found(tables, rng, monkeypatch, most) -> None:
    monkeypatch.setattr(closeness, "MOST_KNOWN", most)
    likenesses = Likenesses()
    users = [(rng.permutation(N_ITEMS)[:7], rng.random(7).astype(np.float32)) for _ in range(3)]
    for _ in range(60):
        rows, strengths = users[rng.integers(3)]
        candidates = np.sort(rng.permutation(N_ITEMS)[: rng.integers(1, 30)])
        found = likenesses.most_alike(rows, strengths, candidates, tables)
        assert np.array_equal(found, most_alike(rows, strengths, candidates, tables))


def test_what_was_found_before_is_not_worked_out_again(tables, rng, monkeypatch) -> None:
    likenesses, asked = Likenesses(), []

    def watched(rows, strengths, candidates, tables):
        asked.append(candidates.tolist())
        return most_alike(rows, strengths, candidates, tables)

    monkeypatch.setattr(closeness, "most_alike", watched)
    rows, strengths = np.arange(3), np.ones(3, dtype=np.float32)
    for candidates in ([4, 5, 6], [5, 6], [5, 7]):
        likenesses.most_alike(rows, strengths, np.array(candidates), tables)
    likenesses.most_alike(rows[1:], strengths[1:], np.array([5]), tables)  # compared with others
    assert asked == [[4, 5, 6], [7], [5]]


@pytest.mark.parametrize("fade", [0.2, 0.6, 0.97, 1.0])
@pytest.mark.parametrize("length", [1, 2, 5, 40])
def test_without_a_like_scores_are_those_of_a_history_that_never_had_it(
    tables, rng, fade, length
) -> None:
    """Whatever is heard of older likes, which are a step nearer then."""
    rows = rng.permutation(N_ITEMS)[:length]
    weights = rng.choice([1.0, 0.4, -0.5], length).astype(np.float32)
    weights[-1] = 0.7
    nothing = np.zeros(length, dtype=np.int64)
    history = History(rows, weights, nothing.astype(np.int8), nothing)
    blend = Blend(*[0.2] * len(PARTS), fade=fade)
    vectors = tables.vectors

    def encode(histories: list[History]) -> np.ndarray:
        return np.stack([vectors[each.liked].sum(axis=0) for each in histories])

    def scores(of: History, candidates: np.ndarray) -> np.ndarray:
        user = encode([of])[0]
        return rank(Evidence.of(user, of, tables, fade), candidates, tables, blend)

    candidates = np.arange(0, N_ITEMS, 3)
    evidence = Evidence.of(encode([history])[0], history, tables, fade)
    liked, drops = LeaveOneOut(encode).drops(evidence, candidates, tables, blend)
    first = len(history.liked) - len(liked)
    for place, drop in enumerate(drops, first):
        fell = scores(history, candidates) - scores(history.without(place), candidates)
        assert drop == pytest.approx(fell, abs=2e-5)
