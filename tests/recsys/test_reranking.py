import numpy as np
import pytest

from recsys.metrics import calibration
from recsys.reranking import calibrated, divergence

GENRES = np.array([[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [1, 1]], dtype=np.float32)
ROWS = np.array([30, 31, 32, 33, 34, 35])
SCORES = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.1])


def rerank(strength, *, wanted=(1.0, 1.0), k=4, scores=SCORES):
    return calibrated(scores, ROWS, GENRES, np.array(wanted), k, strength).tolist()


def test_without_strength_the_order_of_the_scores_stays() -> None:
    assert rerank(0.0) == [30, 31, 32, 33]


def test_with_strength_genres_come_in_the_proportions_of_the_history() -> None:
    listed = calibrated(SCORES[:5], ROWS[:5], GENRES[:5], np.array([1.0, 1.0]), 4, 0.9)
    assert sorted(listed) == [30, 31, 33, 34]


def test_what_is_of_all_genres_that_are_wanted_comes_first() -> None:
    assert rerank(0.9)[0] == 35


def test_more_strength_brings_the_list_nearer_to_the_history() -> None:
    def distance(strength: float) -> float:
        rows = np.searchsorted(ROWS, rerank(strength))
        return float(calibration(rows[None], [np.array([0, 3])], GENRES)[0])

    assert distance(0.0) > distance(0.9)


def test_a_genre_that_the_history_lacks_is_left_to_the_end() -> None:
    assert rerank(0.9, wanted=(0.0, 2.0), k=2) == [33, 34]


@pytest.mark.parametrize("strength", [0.0, 0.5, 0.9])
def test_a_history_without_genres_keeps_the_order_of_the_scores(strength) -> None:
    assert rerank(strength, wanted=(0.0, 0.0)) == [30, 31, 32, 33]


@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_the_scale_of_the_scores_changes_nothing(scale) -> None:
    assert rerank(0.4, scores=SCORES * scale - 5) == rerank(0.4)


def test_no_more_than_the_candidates_are_listed() -> None:
    assert sorted(rerank(0.5, k=50)) == ROWS.tolist()
    assert len(calibrated(SCORES[:0], ROWS[:0], GENRES[:0], np.ones(2), 10, 0.5)) == 0


def test_divergence_is_what_it_is_by_hand() -> None:
    wanted = np.array([0.5, 0.5])
    found = divergence(wanted, np.array([[0.5, 0.5], [1.0, 0.0]]))
    by_hand = 0.5 * np.log(0.5 / 0.995) + 0.5 * np.log(0.5 / 0.005)
    assert found == pytest.approx([0.0, by_hand])
