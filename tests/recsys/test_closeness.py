"""Likeness to single items, what is remembered of it, and scores without a like."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recsys import closeness, pipeline
from recsys.closeness import LikenessesToAll, LikenessesToSome, most_alike
from recsys.explain import LeaveOneOut
from recsys.history import History, Vector
from recsys.index import Index
from recsys.interactions import Rows
from recsys.pipeline import Asked, rank, retrieve, scores_of
from recsys.sources import PARTS, Blend, Evidence
from recsys.tables import Tables

INDEXED, LATER, WIDTH, RELATED = 60, 10, 8, 12
N_ITEMS = INDEXED + LATER
NO_INDEX = Index.build(np.zeros((0, WIDTH), dtype=np.float32))
Calls = list[list[int]]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.fixture
def tables(rng: np.random.Generator) -> Tables:
    """Of made-up items: some are in no history, and some came later."""
    related = np.stack([rng.permutation(INDEXED)[:RELATED] for _ in range(INDEXED)])
    counts = np.where(np.arange(INDEXED) < INDEXED - 10, 5, 0)
    arrays = {
        "vectors": rng.normal(size=(INDEXED, WIDTH)),
        "content": rng.normal(size=(INDEXED, WIDTH)),
        "counts": counts,
        "popular": counts * rng.random(INDEXED),
        "neighbour_rows": related,
        "neighbour_weights": rng.random(related.shape),
        "follower_rows": related[::-1],
        "follower_weights": rng.random(related.shape),
    }
    later = rng.normal(size=(2, LATER, WIDTH)).astype(np.float32)
    return Tables.build(arrays).extended(*later)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The candidates of each call that worked likenesses out."""
    calls: Calls = []

    def watched(rows: Rows, strengths: Vector, candidates: Rows, tables: Tables) -> Vector:
        calls.append(candidates.tolist())
        return most_alike(rows, strengths, candidates, tables)

    monkeypatch.setattr(closeness, "most_alike", watched)
    return calls


def fully(count: int) -> Vector:
    return np.ones(count, dtype=np.float32)


@pytest.mark.parametrize("kept", [0, 4 * N_ITEMS**2])  # bytes: no line has room, or every one
def test_likeness_of_what_nobody_had_is_what_would_be_found(
    tables: Tables, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(closeness, "KEPT_BYTES", kept)
    likenesses, cold = LikenessesToAll(tables), tables.cold
    assert len(cold) == LATER + 10
    for _ in range(30):
        rows, strengths = rng.permutation(N_ITEMS)[:9], rng.random(9).astype(np.float32)
        candidates = np.sort(rng.permutation(cold)[: rng.integers(1, len(cold))])
        found = likenesses.most_alike_cold(rows, strengths, candidates)
        assert np.array_equal(found, most_alike(rows, strengths, candidates, tables))


@pytest.mark.parametrize("k", [1, 5, 30, N_ITEMS])
def test_no_item_that_could_be_among_the_best_is_out_of_reach(
    tables: Tables, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch, k: int
) -> None:
    """With dislikes, fatigue, and items that only likeness to a like can bring up."""
    monkeypatch.setattr(pipeline, "SPARE_CANDIDATES", 0)
    left_out = 0
    for _ in range(50):
        history, blend = history_of(rng, rng.integers(2, 20)), Blend(*rng.random(len(PARTS) - 1))
        user = rng.normal(size=WIDTH).astype(np.float32)
        likenesses = LikenessesToAll(tables)
        evidence = Evidence.of(user, history, tables, blend.fade, blend.used, likenesses)
        usable = rng.random(N_ITEMS) < 0.7
        tired = np.flatnonzero(rng.random(N_ITEMS) < 0.2)
        worn = tired, rng.random(len(tired)).astype(np.float32)
        asked = Asked(evidence, tables, (NO_INDEX, NO_INDEX), blend, usable, k, worn)
        everything, rows = np.flatnonzero(usable), retrieve(asked)
        best = everything[np.argsort(-scores_of(asked, everything))[:k]]
        assert set(best) <= set(rows) <= set(everything)
        left_out += len(everything) - len(rows)
    assert left_out or k >= 30


@pytest.mark.parametrize(
    ("kind", "limit", "most"),
    [
        *((LikenessesToSome, "MOST_KNOWN", most) for most in (5, 25, 1000)),
        *((LikenessesToAll, "KEPT_BYTES", most) for most in (0, 600, 20_000)),
    ],
)
def test_what_is_remembered_is_what_would_be_found(
    tables: Tables,
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[LikenessesToSome] | type[LikenessesToAll],
    limit: str,
    most: int,
) -> None:
    """Also when one more is disliked than before, and when there is no room for what was found."""
    monkeypatch.setattr(closeness, limit, most)
    likenesses = kind(tables)
    rows = [rng.permutation(N_ITEMS)[:7] for _ in range(2)]
    users = [(own, rng.random(7).astype(np.float32)) for own in [*rows, *rows]]
    for _ in range(100):
        (own, strengths), count = users[rng.integers(len(users))], rng.integers(1, 8)
        asked = own[:count], strengths[:count], rng.permutation(N_ITEMS)[: rng.integers(1, 30)]
        found = likenesses.most_alike(*asked)
        assert np.array_equal(found, most_alike(*asked, tables))
        found[:] = 9  # what is remembered is not what was given


def test_what_was_found_before_is_not_worked_out_again(tables: Tables, asked: Calls) -> None:
    likenesses, rows = LikenessesToSome(tables), np.arange(3)
    for candidates in ([4, 5, 6], [5, 6], [5, 7]):
        likenesses.most_alike(rows, fully(3), np.array(candidates))
    likenesses.most_alike(rows[1:], fully(2), np.array([5]))  # compared with others
    likenesses.most_alike(rows, fully(3) / 2, np.array([5]))  # less disliked
    assert asked == [[4, 5, 6], [7], [5], [5]]


def test_what_a_list_has_just_used_is_kept_when_there_is_no_more_room(
    tables: Tables, asked: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closeness, "MOST_KNOWN", 8)
    likenesses, rows, one_list = LikenessesToSome(tables), np.arange(3), np.arange(20, 26)
    for candidates in (np.arange(18, 23), one_list, one_list):
        likenesses.most_alike(rows, fully(3), candidates)
    assert asked == [[18, 19, 20, 21, 22], [23, 24, 25]]


def history_of(rng: np.random.Generator, length: int) -> History:
    """With dislikes, faint likes, and items that came later; the newest is a like."""
    weights = rng.choice([1.0, 0.4, -0.5], length).astype(np.float32)
    weights[-1] = 0.7
    nothing = np.zeros(length, dtype=np.int64)
    return History(rng.permutation(N_ITEMS)[:length], weights, nothing.astype(np.int8), nothing)


def scorer(
    tables: Tables, encode: Callable[[list[History]], Vector], blend: Blend
) -> Callable[[History, Rows], Vector]:
    def scores(history: History, candidates: Rows) -> Vector:
        evidence = Evidence.of(encode([history])[0], history, tables, blend.fade)
        return rank(evidence, candidates, tables, blend)

    return scores


@pytest.mark.parametrize("fade", [0.2, 0.8, 0.97, 1.0])
@pytest.mark.parametrize("length", [1, 2, 5, N_ITEMS])
@pytest.mark.parametrize("at_most", [3, 20])
@pytest.mark.parametrize("also_cold", [True, False])
def test_without_a_like_scores_are_those_of_a_history_that_never_had_it(
    tables: Tables,
    rng: np.random.Generator,
    fade: float,
    length: int,
    at_most: int,
    also_cold: bool,
) -> None:
    """Whatever is heard of older likes, which are a step nearer then."""
    history, candidates = history_of(rng, length), np.arange(0, N_ITEMS, 3)
    if not also_cold:
        candidates = candidates[tables.counts[candidates] > 0]
    blend = Blend(*[0.2] * len(PARTS), fade=fade)

    def encode(histories: list[History]) -> Vector:
        return np.stack([tables.vectors[each.liked].sum(axis=0) for each in histories])

    scores = scorer(tables, encode, blend)
    evidence = Evidence.of(encode([history])[0], history, tables, fade)
    liked, falls = LeaveOneOut(encode).drops(evidence, candidates, tables, blend, at_most=at_most)
    assert len(liked) == min(at_most, 20, len(history.liked))
    places = [history.liked.tolist().index(row) for row in liked]
    for place, fell in zip(places, falls, strict=True):
        apart = scores(history, candidates) - scores(history.without(place), candidates)
        assert fell == pytest.approx(apart, abs=2e-5)


@pytest.mark.parametrize("fade", [0.0, 1.2])
def test_a_fade_that_makes_no_sense_is_refused(fade: float) -> None:
    with pytest.raises(ValueError, match="counts less"):
        replace(Blend(), fade=fade)
