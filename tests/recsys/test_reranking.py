import time

import numpy as np
import pytest

from recsys.metrics import calibration, divergence, intra_list_diversity, novelty
from recsys.reranking import ROUNDING, ItemViews, Variety, rerank, shares_of

pytestmark = pytest.mark.slow

GENRES = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [1, 1]], dtype=np.float32)
SCORES = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1])
COUNTS = np.array([50, 40, 30, 20, 10, 1])
BOTH = np.ones(2)
N, D, G = 60, 8, 5


def make_views(genres=GENRES, *, vectors=None, counts=COUNTS) -> ItemViews:
    """Without vectors every item is as far from the others as can be."""
    if vectors is None:
        vectors = np.eye(len(genres), dtype=np.float32)
    return ItemViews.of(vectors, genres, counts[: len(genres)])


def listed(amounts, *, wanted=BOTH, k=4, scores=SCORES, views=None):
    """Rows 0 to 5 re-ranked."""
    rows = np.arange(len(scores))
    found = rerank(scores, rows, views or make_views(), np.asarray(wanted), k, amounts)
    return found.tolist()


def make_case(seed: int):
    """Scores and rows of 40 candidates, views of 60 items in clusters, a history's genres."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(6, D))
    vectors = centres[rng.integers(6, size=N)] + 0.4 * rng.normal(size=(N, D))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    genres = (rng.random((N, G)) < 0.3).astype(np.float32)
    views = ItemViews.of(vectors.astype(np.float32), genres, rng.integers(0, 200, N))
    candidates = rng.permutation(N)[:40]
    return rng.normal(size=40), candidates, views, rng.random(G) * (rng.random(G) < 0.8)


CASES = [make_case(seed) for seed in range(60)]
SOME = [
    Variety(calibration=0.4),
    Variety(diversity=0.5),
    Variety(novelty=0.3),
    Variety(0.3, 0.4, 0.1),
    Variety(1, 1, 1),
    Variety.at(0.5),
]


def test_no_variety_is_the_order_of_the_scores_and_equal_ones_stay_as_they_came() -> None:
    for scores, candidates, views, wanted in CASES:
        order = np.argsort(-scores, kind="stable")
        found = rerank(scores, candidates, views, wanted, 20, Variety.at(0))
        assert found.tolist() == candidates[order[:20]].tolist()
        equal = rerank(np.arange(40) % 2, candidates, views, wanted, 40, Variety())
        assert equal.tolist() == [*candidates[1::2].tolist(), *candidates[::2].tolist()]


@pytest.mark.parametrize("amounts", SOME, ids=str)
def test_a_list_is_of_candidates_each_once_and_the_same_every_time(amounts) -> None:
    for scores, candidates, views, wanted in CASES:
        for k in (1, 10, 40, 99):
            found = rerank(scores, candidates, views, wanted, k, amounts)
            assert len(found) == len(set(found.tolist())) == min(k, 40)
            assert set(found.tolist()) <= set(candidates.tolist())
            again = rerank(scores, candidates, views, wanted, k, amounts)
            assert found.tolist() == again.tolist()


@pytest.mark.parametrize("amounts", SOME, ids=str)
def test_the_order_in_which_candidates_come_changes_nothing(amounts) -> None:
    for seed, (scores, candidates, views, wanted) in enumerate(CASES):
        mixed = np.random.default_rng(seed).permutation(40)
        found = rerank(scores, candidates, views, wanted, 20, amounts)
        other = rerank(scores[mixed], candidates[mixed], views, wanted, 20, amounts)
        assert found.tolist() == other.tolist()


@pytest.mark.parametrize("amounts", SOME, ids=str)
def test_a_shorter_list_is_the_beginning_of_a_longer_one(amounts) -> None:
    for scores, candidates, views, wanted in CASES[:20]:
        found = rerank(scores, candidates, views, wanted, 30, amounts)
        assert rerank(scores, candidates, views, wanted, 7, amounts).tolist() == found[:7].tolist()


def by_definition(scores, candidates, views, wanted, k, amounts):
    """As published, by the divergence itself, without anything that saves time."""
    order = np.argsort(-scores, kind="stable")
    scores, rows = scores[order], candidates[order]
    worth = (scores - scores.min()) / (scores.max() - scores.min())
    left = np.prod([1 - amount for amount in amounts.amounts])
    worth = left * worth + amounts.novelty * views.novelty[rows]
    mix, shares = wanted / wanted.sum(), shares_of(views.genres[rows])
    taken: list[int] = []
    for _ in range(k):
        total = shares[taken].sum(axis=0) + shares
        total = total / np.maximum(total.sum(axis=1, keepdims=True), 1e-12)
        near = (views.vectors[rows] @ views.vectors[rows[taken]].T).max(axis=1, initial=0)
        gains = worth - amounts.calibration * divergence(mix, total) - amounts.diversity * near
        gains[taken] = -np.inf
        taken.append(int((gains >= gains.max() - ROUNDING).argmax()))
    return rows[taken]


@pytest.mark.parametrize("amounts", SOME[:4], ids=str)
def test_the_fast_way_lists_what_the_definitions_do(amounts) -> None:
    for scores, candidates, views, wanted in CASES:
        if wanted.any():
            found = rerank(scores, candidates, views, wanted, 25, amounts)
            slow = by_definition(scores, candidates, views, wanted, 25, amounts)
            assert found.tolist() == slow.tolist()


def mean_over_cases(measured, amounts) -> float:
    """measured: of lists (1, K) and views, a value each."""
    found = [
        measured(rerank(scores, rows, views, wanted, 10, amounts)[None], views)
        for scores, rows, views, wanted in CASES
    ]
    return float(np.mean(found))


def test_more_diversity_never_makes_lists_more_alike_on_average() -> None:
    means = [
        mean_over_cases(
            lambda lists, views: intra_list_diversity(lists, views.vectors)[0],
            Variety(diversity=amount),
        )
        for amount in (0, 0.1, 0.2, 0.35, 0.5, 0.75, 1)
    ]
    assert means == sorted(means)
    assert means[-1] > means[0] + 0.05


def test_more_novelty_never_lists_better_known_items_on_average() -> None:
    bits = [
        mean_over_cases(
            lambda lists, views: float(views.novelty[lists[0]].mean()), Variety(novelty=amount)
        )
        for amount in (0, 0.05, 0.1, 0.3, 1)
    ]
    assert bits == sorted(bits)
    assert bits[-1] > bits[0] + 0.5


def test_of_two_that_are_alike_in_everything_the_better_scored_comes_first() -> None:
    same = make_views(np.ones((4, 1), np.float32), vectors=np.ones((4, 1), np.float32))
    for amounts in SOME[:2]:
        assert listed(amounts, scores=SCORES[:4], wanted=[1.0], views=same) == [0, 1, 2, 3]


def test_what_is_like_a_listed_item_waits_for_what_is_not() -> None:
    views = make_views(vectors=np.eye(2, dtype=np.float32)[[0, 0, 0, 1, 1, 1]])
    assert listed(Variety(diversity=0.5), views=views)[:2] == [0, 3]
    assert listed(Variety(diversity=0.1), views=views)[:2] == [0, 1]


def test_opposites_are_no_further_apart_than_strangers() -> None:
    vectors = np.array([[1, 0], [-1, 0], [0, 1]], dtype=np.float32)
    views = make_views(GENRES[:3], vectors=vectors)
    assert listed(Variety(diversity=0.9), scores=SCORES[:3], views=views)[:2] == [0, 1]
    swapped = make_views(GENRES[:3], vectors=vectors[[0, 2, 1]])
    assert listed(Variety(diversity=0.9), scores=SCORES[:3], views=swapped)[:2] == [0, 1]


def test_with_novelty_alone_the_least_known_come_first() -> None:
    assert listed(Variety(novelty=1)) == [5, 4, 3, 2]
    counts = np.full(6, 7)
    assert listed(Variety(novelty=0.9), views=make_views(counts=counts)) == [0, 1, 2, 3]


def test_novelty_has_mean_nothing_and_spread_one_and_falls_with_popularity() -> None:
    views = make_views()
    assert views.novelty.mean() == pytest.approx(0, abs=1e-6)
    assert views.novelty.std() == pytest.approx(1, abs=1e-6)
    assert np.all(np.diff(views.novelty) > 0)
    bits = novelty(np.arange(6)[:, None], COUNTS)
    assert np.corrcoef(views.novelty, bits)[0, 1] == pytest.approx(1)


def test_with_calibration_genres_come_in_the_proportions_of_the_history() -> None:
    found = listed(Variety(calibration=0.9), scores=SCORES[:5], views=make_views(GENRES[:5]))
    assert sorted(found) == [0, 1, 3, 4]


def test_what_is_of_all_genres_that_are_wanted_comes_first() -> None:
    assert listed(Variety(calibration=0.9))[0] == 5


def test_more_calibration_brings_the_list_nearer_to_the_history() -> None:
    def distance(amount: float) -> float:
        rows = np.array(listed(Variety(calibration=amount)))
        return float(calibration(rows[None], [np.array([0, 3])], GENRES)[0])

    assert distance(0.0) > distance(0.9)


def test_a_genre_that_the_history_lacks_is_left_to_the_end() -> None:
    assert listed(Variety(calibration=0.9), wanted=[0.0, 2.0], k=2) == [3, 4]


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0])
def test_a_history_without_genres_is_no_reason_to_change_the_order(amount) -> None:
    assert listed(Variety(calibration=amount), wanted=[0.0, 0.0]) == [0, 1, 2, 3]


@pytest.mark.parametrize("scale", [1.0, 1000.0])
@pytest.mark.parametrize("amounts", SOME[:4], ids=str)
def test_the_scale_of_the_scores_changes_nothing(scale, amounts) -> None:
    assert listed(amounts, scores=SCORES * scale - 5) == listed(amounts)


def test_an_item_gives_its_genres_equal_shares_of_itself() -> None:
    assert make_views().mix_of(np.array([0, 0, 3, 5])).tolist() == [2.5, 1.5]
    assert make_views().mix_of(np.array([], dtype=np.int64)).tolist() == [0, 0]


@pytest.mark.parametrize("amounts", SOME, ids=str)
def test_no_more_than_the_candidates_are_listed(amounts) -> None:
    assert sorted(listed(amounts, k=50)) == list(range(6))
    assert listed(amounts, scores=SCORES[:0]) == []
    assert listed(amounts, k=0) == []


def test_the_slider_turns_everything_up_together_from_nothing() -> None:
    assert Variety.at(0) == Variety()
    steps = [Variety.at(slider / 10).amounts for slider in range(11)]
    assert all(np.all(np.diff(np.array(steps), axis=0) > 0, axis=0))
    assert max(steps[-1]) < 1


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_an_amount_beyond_nothing_and_all_is_refused(wrong) -> None:
    for field in ("calibration", "diversity", "novelty"):
        with pytest.raises(ValueError, match="from 0 to 1"):
            Variety(**{field: wrong})
    with pytest.raises(ValueError, match="slider"):
        Variety.at(wrong)


def test_divergence_is_what_it_is_by_hand() -> None:
    wanted = np.array([0.5, 0.5])
    found = divergence(wanted, np.array([[0.5, 0.5], [1.0, 0.0]]))
    by_hand = 0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005)
    assert found == pytest.approx([0.0, by_hand])


def test_a_hundred_of_two_hundred_take_milliseconds() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(200, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    genres = (rng.random((200, 19)) < 0.12).astype(np.float32)
    views = ItemViews.of(vectors, genres, rng.integers(0, 300, 200))
    given = (rng.normal(size=200), np.arange(200), views, rng.random(19), 100, Variety.at(0.5))
    spent = []
    for _ in range(20):
        started = time.process_time()
        rerank(*given)
        spent.append(time.process_time() - started)
    assert min(spent) < 0.02  # measured: 0.0015; ten times that is another algorithm
