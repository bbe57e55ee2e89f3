"""Each metric against numbers worked out by hand."""

import numpy as np
import pytest

from recsys import metrics

RANKED = np.array([[4, 0, 2], [1, 3, 0]])
RELEVANT = [np.array([0, 2, 3, 1]), np.array([1])]
HITS = np.array([[False, True, True], [True, False, False]])
N_RELEVANT = np.array([4, 1])


def test_hits_are_the_listed_items_that_are_relevant() -> None:
    assert metrics.find_hits(RANKED, RELEVANT).tolist() == HITS.tolist()


def test_recall_divides_by_all_relevant_items() -> None:
    assert metrics.recall(HITS, N_RELEVANT).tolist() == [0.5, 1.0]


def test_ndcg_has_an_ideal_no_longer_than_the_list() -> None:
    # gained 1/log2(3) + 1/log2(4); of four relevant three fit: 1 + 1/log2(3) + 1/2
    assert metrics.ndcg(HITS, N_RELEVANT) == pytest.approx([1.13093 / 2.13093, 1.0], abs=1e-5)


def test_hit_rate_is_one_with_any_hit() -> None:
    assert metrics.hit_rate(np.array([[False, True], [False, False]])).tolist() == [1.0, 0.0]


def test_mrr_is_one_over_the_place_of_the_first_hit() -> None:
    hits = np.array([[False, True, True], [True, False, False], [False, False, False]])
    assert metrics.mrr(hits).tolist() == [0.5, 1.0, 0.0]


def test_coverage_counts_each_listed_item_once() -> None:
    everybody = np.ones((1, 2))
    found = metrics.coverage_of_draws(metrics.listed(RANKED, 10), everybody)
    assert found == pytest.approx([0.5])  # 0, 1, 2, 3, 4


def test_what_a_short_list_lacks_counts_in_no_mean() -> None:
    short, full = np.array([[3, 2, metrics.NOTHING]]), np.array([[3, 2]])
    counts = np.array([10, 5, 5, 1])
    genres = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert metrics.listed(short, 4).toarray().tolist() == [[0, 0, 1, 1]]
    for measured in (metrics.popularity_percentile, metrics.novelty):
        assert measured(short, counts) == pytest.approx(measured(full, counts))
    assert metrics.genre_diversity(short, genres).tolist() == [1.0]


def test_popularity_percentile_is_the_share_at_most_as_popular() -> None:
    counts = np.array([10, 5, 5, 1])
    lists = np.array([[0, 1], [3, 2]])
    assert metrics.popularity_percentile(lists, counts).tolist() == [87.5, 50.0]


def test_novelty_is_the_surprise_of_the_listed_items() -> None:
    counts = np.array([7, 3, 3, 0])  # plus one: 8, 4, 4, 1 of 17
    expected = (-np.log2(8 / 17) - np.log2(1 / 17)) / 2
    assert metrics.novelty(np.array([[0, 3]]), counts) == pytest.approx([expected])


def test_genre_diversity_is_the_mean_distance_of_pairs() -> None:
    genres = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]], dtype=np.float32)
    # pairs 0-1 share one of two, 0-2 and 1-2 nothing; an item without genres is unlike any
    assert metrics.genre_diversity(np.array([[0, 1, 2]]), genres) == pytest.approx([2.5 / 3])
    assert metrics.genre_diversity(np.array([[0, 1, 3]]), genres) == pytest.approx([2.5 / 3])


def test_intra_list_diversity_is_the_mean_distance_of_pairs_of_vectors() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], dtype=np.float32)
    lists = np.array([[0, 1, 2], [0, 3, 0], [0, 2, metrics.NOTHING], [0, 0, 0]])
    # cosines 0.6, 0 and 0.8; -1 twice and 1; one pair of strangers; one and the same
    expected = [1 - 1.4 / 3, 4 / 3, 1.0, 0.0]
    assert metrics.intra_list_diversity(lists, vectors) == pytest.approx(expected, abs=1e-6)
    alone = np.array([[2, metrics.NOTHING], [metrics.NOTHING, metrics.NOTHING]])
    assert metrics.intra_list_diversity(alone, vectors).tolist() == [0, 0]


GENRES = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=np.float32)


def test_a_list_with_the_mix_of_genres_that_its_user_liked_is_calibrated() -> None:
    lists, liked = np.array([[0, 1], [0, 0]]), [np.array([2, 2]), np.array([0])]
    assert metrics.calibration(lists, liked, GENRES) == pytest.approx([0, 0], abs=1e-9)


def test_an_item_gives_each_of_its_genres_an_equal_share() -> None:
    lists, liked = np.array([[2, 0]]), [np.array([0, 0, 0, 1])]  # three quarters and one, both
    assert metrics.calibration(lists, liked, GENRES) == pytest.approx([0], abs=1e-9)


def test_calibration_is_the_divergence_of_the_list_from_the_history() -> None:
    # liked 3 of the first genre and 1 of the second, listed the first alone: p = 3/4, 1/4;
    # q = 1, 0 is smoothed to 0.99 + 0.01 * 3/4 and 0.01 * 1/4
    expected = 0.75 * np.log(0.75 / 0.9975) + 0.25 * np.log(0.25 / 0.0025)
    liked = [np.array([0, 0, 0, 1])]
    assert metrics.calibration(np.array([[0, 0]]), liked, GENRES) == pytest.approx([expected])


def test_items_without_a_genre_and_short_lists_count_in_no_mix() -> None:
    lists = np.array([[0, 1, metrics.NOTHING], [0, 1, 3]])
    liked = [np.array([0, 1]), np.array([3, 0, 1])]
    assert metrics.calibration(lists, liked, GENRES) == pytest.approx([0, 0], abs=1e-9)
    assert metrics.calibration(lists[:1], [np.array([3])], GENRES).tolist() == [0]
    nothing = metrics.calibration(np.array([[3]]), [np.array([0])], GENRES)
    assert nothing == pytest.approx([np.log(100)])  # no worse is possible
