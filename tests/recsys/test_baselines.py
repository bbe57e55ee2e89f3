import numpy as np
import pytest

from recsys import baselines
from recsys.baselines import (
    Ease,
    history_matrix,
    item_knn,
    recent_popularity,
    sequential_rules,
)
from recsys.followers import follower_counts
from recsys.spectral import spectral_vectors
from tests.recsys.toy import make_rows

ROWS = make_rows([0, 1, 2], [0, 1], [2, 3, 4, 5, 6], [3, 4], [0, 1, 3])


def test_recent_popularity_halves_with_every_half_life_before_the_newest_row() -> None:
    day = 86_400
    rows = make_rows([0, 1, 1], times=[[0, day, 2 * day]])
    assert recent_popularity(rows, half_life_days=1).tolist() == pytest.approx([0.25, 1.5])


def ease_by_definition(regularisation: float) -> np.ndarray:
    matrix = np.zeros((5, 7))
    matrix[ROWS.users, ROWS.items] = 1
    precision = np.linalg.inv(matrix.T @ matrix + regularisation * np.eye(7))
    weights = -precision / np.diag(precision)
    np.fill_diagonal(weights, 0)
    return weights


def test_ease_over_users_equals_ease_by_its_definition() -> None:
    ease = Ease(ROWS, regularisation=3.0)
    assert ease.over_users
    assert ease.weights(slice(0, 7)) == pytest.approx(ease_by_definition(3.0), abs=1e-5)
    ease.over_users = False  # the same model, inverted over items
    ease.inverse = np.linalg.inv((ease.matrix.T @ ease.matrix).toarray() + 3 * np.eye(7))
    assert ease.weights(slice(2, 5)) == pytest.approx(ease_by_definition(3.0)[:, 2:5], abs=1e-5)


def test_all_neighbours_give_the_scores_of_the_whole_matrix() -> None:
    ease = Ease(ROWS, regularisation=3.0)
    histories = [np.array([0, 1]), np.array([3])]
    assert ease.neighbours(7).scores(histories) == pytest.approx(ease.scores(histories), abs=1e-5)


def test_the_strongest_neighbours_are_found_block_by_block(monkeypatch) -> None:
    ease = Ease(ROWS, regularisation=3.0)
    whole = ease.neighbours(3)
    monkeypatch.setattr(baselines, "COLUMNS_AT_ONCE", 2)
    assert np.sort(ease.neighbours(3).weights) == pytest.approx(np.sort(whole.weights))
    assert ease.neighbours(7).scores([np.array([0, 1])]) == pytest.approx(
        ease.scores([np.array([0, 1])]), abs=1e-5
    )


def test_item_knn_is_the_shrunk_cosine_of_who_had_both() -> None:
    knn = item_knn(ROWS, count=6, shrink=1.0)
    # items 0 and 1: three people each, all the same: 3 / (sqrt(3) sqrt(3) + 1)
    assert knn.scores([np.array([0])])[0, 1] == pytest.approx(3 / 4)
    assert knn.scores([np.array([0])])[0, 0] == 0


def test_followers_count_less_the_later_they_come_and_never_across_users() -> None:
    counts = follower_counts(make_rows([0, 1, 2], [2, 0]), reach=0.5).toarray()
    assert counts.tolist() == [[0, 1, 0.5], [0, 0, 1], [1, 0, 0]]


def test_sequential_rules_hear_the_newest_item_loudest() -> None:
    rows = make_rows([5, 1, 0], [6, 2, 0])
    (scores,) = sequential_rules(rows, reach=0.1, fade=0.5).scores([np.array([6, 5])])
    assert scores[1] == pytest.approx(2 * scores[2])  # 1 comes after 5, 2 after 6
    strength = (1 + 3) ** -0.5 * (1 + 3) ** -0.3  # by the sizes of 5 and 1, shrunk
    assert scores[1] == pytest.approx(strength)


def test_a_history_fades_towards_its_beginning() -> None:
    faded = history_matrix([np.array([2, 0, 1]), np.zeros(0, dtype=np.int64)], 4, fade=0.5)
    assert faded.toarray().tolist() == [[0.5, 1, 0.25, 0], [0, 0, 0, 0]]


def test_items_that_come_near_each_other_start_with_like_vectors() -> None:
    rows = make_rows(*[[0, 1, 2], [3, 4, 5]] * 5)
    vectors = spectral_vectors(rows, 2, seed=0)
    products = vectors @ vectors.T
    assert vectors.std() == pytest.approx(2**-0.5)
    assert products[0, 1:3].min() > 0.1
    assert np.abs(products[0, 3:]).max() < 1e-4
    assert spectral_vectors(make_rows([0], [1]), 2, seed=0).tolist() == [[0, 0], [0, 0]]
