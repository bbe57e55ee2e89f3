import math

import numpy as np
import pytest

from genai.games.rating import MIDDLE, Result, fit, rate, score_interval, tables

pytestmark = pytest.mark.slow


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def gap_of(points: float, games: int, *, draws_before: float = 0.0) -> float:
    values = fit(*tables([Result(0, 1, points, games)], 2), draws_before=draws_before)
    return float(values[0] - values[1])


@pytest.mark.parametrize(
    ("points", "gap"),
    [(5, 0), (7.5, 400 * math.log10(3)), (10 / 11 * 10, 400), (1, -400 * math.log10(9))],
)
def test_two_contenders_are_as_far_apart_as_elo_says(points: float, gap: float) -> None:
    assert gap_of(points, 10) == pytest.approx(gap, abs=0.1)


def test_who_won_every_game_is_better_by_a_number() -> None:
    """By hand: a draw before ten wins makes 10.5 to 0.5, ten times log10 of 21."""
    assert gap_of(10, 10, draws_before=1) == pytest.approx(400 * math.log10(21), abs=0.5)


def test_gaps_add_up_between_those_that_never_met() -> None:
    results = [Result(0, 1, 7.5, 10), Result(1, 2, 7.5, 10)]
    values = fit(*tables(results, 3), draws_before=0)
    assert values[0] - values[2] == pytest.approx(800 * math.log10(3), abs=0.2)
    assert values.mean() == pytest.approx(MIDDLE)


def test_points_are_counted_for_both() -> None:
    points, games = tables([Result(0, 1, 1.5, 2), Result(1, 0, 1.0, 1)], 2)
    np.testing.assert_array_equal(points, [[0, 1.5], [1.5, 0]])
    np.testing.assert_array_equal(games, [[0, 3], [3, 0]])


def test_the_interval_of_a_gap_is_that_of_its_score() -> None:
    """By hand: 75 of 100 wins have a standard error of 4.33 %: 66.5 to 83.5 %, 119 to 282 Elo."""
    ratings = rate([Result(0, 1, win) for win in [1] * 75 + [0] * 25], 2, rng())
    gap, low, high = ratings.gap(0, 1)
    assert gap == pytest.approx(400 * math.log10(3), abs=3)
    assert low == pytest.approx(119, abs=20)
    assert high == pytest.approx(282, abs=25)
    assert ratings.low[0] < ratings.values[0] < ratings.high[0]


@pytest.mark.parametrize("results", [[Result(0, 1, 2, 2)], [Result(0, 1, 2, 2)] * 10])
def test_who_won_every_game_may_have_done_so_by_chance(results: list[Result]) -> None:
    """One opening says nothing yet; ten say who is better, and not by how much."""
    gap, low, high = rate(results, 2, rng()).gap(0, 1)
    assert low < gap - 100
    assert high > gap + 100
    assert (low > 0) == (len(results) == 10)


def test_an_interval_is_wider_where_games_hang_together() -> None:
    alone = [Result(0, 1, win) for win in [1, 1, 1, 1, 0, 0] * 20]
    paired = [Result(0, 1, wins, 2) for wins in [2, 2, 0] * 20]
    widths = []
    for results in (alone, paired):
        _, low, high = rate(results, 2, rng()).gap(0, 1)
        widths.append(high - low)
    assert widths[1] > 1.2 * widths[0]


def test_a_score_has_its_interval() -> None:
    mean, low, high = score_interval([1.0] * 70 + [0.0] * 30, rng())
    assert mean == 0.7
    assert low == pytest.approx(0.61, abs=0.02)
    assert high == pytest.approx(0.79, abs=0.02)


def test_a_score_of_wins_alone_may_be_chance_too() -> None:
    mean, low, high = score_interval([1.0] * 50, np.random.default_rng(0))
    assert mean == 1
    assert 0.94 < low < 0.98 < high <= 1
