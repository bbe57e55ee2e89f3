"""A confidence sequence may be looked at as often as one likes; a broken split is noticed."""

import numpy as np
import pytest

from recommendations.sequential import (
    RATIO_ALARM,
    Arm,
    Look,
    bounds,
    confidence_sequence,
    looks_of,
    openers_if_alike,
    ratio_p,
    standing,
    thinned,
)

EVERY_HUNDRED = range(100, 4001, 100)
RUNS = 1000
RATES, SHARES_B = (0.005, 0.01, 0.05, 0.3), (0.5, 0.2, 0.1)


def shares(rng: np.random.Generator, n: int, rate: float) -> np.ndarray:
    """(n,) share that each of n members opened of the 5 to 80 titles they saw."""
    seen = rng.integers(5, 81, n)
    return rng.binomial(seen, rng.beta(4 * rate, 4 * (1 - rate), n)) / seen


def run(rng: np.random.Generator, n: int, rates: tuple[float, float], share_b: float = 0.5):
    is_b = rng.random(n) < share_b
    return np.where(is_b, shares(rng, n, rates[1]), shares(rng, n, rates[0])), is_b


def runs_of_shares(rng, rates: tuple[float, float], share_b: float) -> tuple[Arm, Arm]:
    """(RUNS, L) arms of members who opened some share of what they saw."""
    values, is_b = zip(*(run(rng, 4000, rates, share_b) for _ in range(RUNS)), strict=True)
    at = np.array(EVERY_HUNDRED)
    return Arm.of(np.stack(values), ~np.stack(is_b), at), Arm.of(
        np.stack(values), np.stack(is_b), at
    )


def runs_of_clicks(rng, rates: tuple[float, float], share_b: float) -> tuple[Arm, Arm]:
    """(RUNS, L) arms of members who opened the one title that they saw, or did not."""
    n_b = rng.binomial(100, share_b, (RUNS, len(EVERY_HUNDRED)))

    def arm(members: np.ndarray, rate: float) -> Arm:
        clicks = np.cumsum(rng.binomial(members, rate), axis=-1)
        return Arm(np.cumsum(members, axis=-1), 1.0 * clicks, 1.0 * clicks, clicks)

    return arm(100 - n_b, rates[0]), arm(n_b, rates[1])


def shown_first(a: Arm, b: Arm) -> np.ndarray:
    """(RUNS,) 1 for runs whose first look to show a difference says that B is ahead, -1, or 0."""
    difference, radius = bounds(a, b)
    shown = (difference > radius).astype(int) - (difference < -radius)
    return np.take_along_axis(shown, (shown != 0).argmax(1)[:, None], 1)[:, 0]


def test_a_sequence_by_hand():
    """200 members: A has 0 and 0.2 in turn, B 0.1 and 0.3; t rho² = 0.2 (5.9915 + 1.7903 + 1).

    Each arm of 100 borrows the variance of all as that of 100 more.
    """
    is_b = np.arange(200) % 2 == 1
    values = np.where(np.arange(200) % 4 < 2, 0.0, 0.2) + np.where(is_b, 0.1, 0.0)
    (look,) = confidence_sequence(values, is_b, [200])
    tightness = 0.2 * (5.991465 + 1.790336 + 1)
    factor = 2 * (tightness + 1) / tightness * np.log(np.sqrt(tightness + 1) / 0.05)
    variance = (0.01 * 100 / 99 + 0.0125 * 200 / 199) / 2
    assert look.difference == pytest.approx(0.1)
    assert look.high - look.difference == pytest.approx(
        np.sqrt(2 * variance / 100 * factor), rel=1e-5
    )
    assert look.low == pytest.approx(2 * look.difference - look.high)


def test_nothing_is_said_before_ten_of_the_smaller_arm_would_have_opened_something():
    """200 of 800 are in B: 40 openers of all are 10 of a quarter, 39 are not."""
    is_b = np.arange(800) % 4 == 0
    opened = np.zeros(800)
    opened[:39] = 0.1  # who they are does not count, nor how much they opened
    assert confidence_sequence(opened, is_b, [400, 800]) == []
    opened[39] = 0.1
    assert [look.members for look in confidence_sequence(opened, is_b, [800])] == [800]


def test_a_sequence_that_has_started_goes_on_when_less_is_opened():
    """40 openers of 800 are 10 of the 200 in B; all who come later are in A and open nothing."""
    place = np.arange(4000)
    is_b = (place < 800) & (place % 4 == 0)
    opened = np.where(place < 40, 0.1, 0.0)
    grown = [800, 900, 2000, 4000]
    assert openers_if_alike(3800, 200, openers=40) == 2
    assert [look.members for look in confidence_sequence(opened, is_b, grown)] == grown


def test_nothing_is_said_before_each_arm_has_100_members():
    values = run(np.random.default_rng(1), 300, (0.1, 0.1))[0]
    is_b = np.arange(300) >= 150
    looks = confidence_sequence(values, is_b, [0, 249, 250, 300, 301])
    assert [look.members for look in looks] == [250, 300]
    assert confidence_sequence(values[:0], is_b[:0], [100]) == []


def test_a_later_look_says_the_same_of_an_earlier_number_of_members():
    values, is_b = run(np.random.default_rng(2), 2000, (0.1, 0.12))
    early = confidence_sequence(values[:900], is_b[:900], [300, 900])
    assert confidence_sequence(values, is_b, [300, 900, 2000])[:2] == early


@pytest.mark.parametrize(
    ("bounds", "found"),
    [([(-1, 2), (0.5, 3)], 1), ([(-3, -1)], -1), ([(-1, 1)], 0), ([(0.5, 2), (-0.5, 1.5)], 1),
     ([], 0)],
)  # fmt: skip
def test_what_was_shown_at_any_look_stays_shown(bounds, found):
    looks = [Look(100, 0.0, float(low), float(high)) for low, high in bounds]
    assert standing(looks) == found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_a_verdict_once_shown_never_goes_as_members_arrive_one_by_one(seed):
    values, is_b = run(np.random.default_rng(seed), 1600, (0.1, 0.12))
    found = [
        standing(thinned(confidence_sequence(values[:n], is_b[:n], looks_of(n)), most=5))
        for n in range(200, 1601)
    ]
    assert {*np.sign(np.diff(np.abs(found)))} <= {0, 1}


def test_the_first_look_that_shows_a_difference_is_the_one_that_stands():
    assert standing([Look(200, 1.0, 0.5, 2.0), Look(300, -1.0, -2.0, -0.5)]) == 1


def test_looks_are_at_fixed_numbers_of_members():
    assert list(looks_of(199)) == []
    assert list(looks_of(200)) == list(looks_of(299)) == [200]
    assert list(looks_of(450)) == [200, 300, 400]


def test_a_chart_gets_some_looks_and_always_the_decisive_and_the_last_one():
    looks = [Look(100 * n, 0.0, -1.0, 1.0) for n in range(2, 1000)]
    looks[4] = Look(600, 2.0, 1.0, 3.0)
    found = thinned(looks)
    assert len(found) == 81
    assert (found[0], found[-1]) == (looks[0], looks[-1])
    assert looks[4] in found
    assert thinned(looks[:3]) == looks[:3]
    assert thinned([]) == []


@pytest.mark.parametrize("share_b", SHARES_B)
@pytest.mark.parametrize("rate", RATES)
def test_of_1000_runs_of_equal_arms_at_most_5_percent_ever_show_a_difference(rate, share_b):
    arms = runs_of_clicks(np.random.default_rng(4), (rate, rate), share_b)
    assert np.count_nonzero(shown_first(*arms)) <= 0.05 * RUNS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "share_b"), [(0.005, 0.2), (0.005, 0.1), (0.01, 0.2), (0.05, 0.1), (0.3, 0.5)]
)
def test_at_most_5_percent_also_when_members_saw_many_titles(rate, share_b):
    arms = runs_of_shares(np.random.default_rng(4), (rate, rate), share_b)
    assert np.count_nonzero(shown_first(*arms)) <= 0.05 * RUNS


@pytest.mark.parametrize(("share_b", "least"), [(0.5, 0.8), (0.2, 0.55), (0.1, 0.25)])
def test_a_fifth_more_clicks_on_30_percent_are_shown_within_4000_members(share_b, least):
    arms = runs_of_clicks(np.random.default_rng(5), (0.3, 0.36), share_b)
    assert np.mean(shown_first(*arms) == 1) >= least


@pytest.mark.slow
def test_an_interval_of_one_look_taken_at_every_look_would_cry_wolf():
    """What the sequence is for: the same runs, judged by 1.96 standard errors each time."""
    rng, alarms = np.random.default_rng(4), 0
    for _ in range(300):
        values, is_b = run(rng, 4000, (0.1, 0.1))
        ends = [(values[:n][is_b[:n]], values[:n][~is_b[:n]]) for n in EVERY_HUNDRED]
        alarms += any(
            abs(b.mean() - a.mean()) > 1.96 * np.sqrt(b.var() / len(b) + a.var() / len(a))
            for b, a in ends
        )
    assert alarms > 0.2 * 300


@pytest.mark.slow
def test_a_fifth_more_opened_is_shown_with_4000_members_in_four_of_five_runs():
    rng, shown = np.random.default_rng(5), 0
    for _ in range(100):
        looks = confidence_sequence(*run(rng, 4000, (0.1, 0.12)), EVERY_HUNDRED)
        shown += standing(looks) == 1
    assert shown >= 80


@pytest.mark.parametrize(
    ("n_a", "n_b", "share_b", "is_off"),
    [(500, 500, 0.5, False), (600, 400, 0.5, True), (600, 400, 0.4, False), (530, 470, 0.5, False),
     (0, 0, 0.5, False), (6, 4, 0.5, False), (0, 40, 0.5, True)],
)  # fmt: skip
def test_a_split_that_chance_does_not_make_is_noticed(n_a, n_b, share_b, is_off):
    assert (ratio_p(n_a, n_b, share_b=share_b) < RATIO_ALARM) is is_off


def test_a_ratio_by_hand():
    assert ratio_p(60, 40, share_b=0.5) == pytest.approx(0.0455, abs=1e-4)  # chi-square 4


def test_openers_were_the_arms_alike_by_hand():
    assert openers_if_alike(600, 200, openers=39) == 9.75
    assert openers_if_alike(0, 0, openers=0) == 0
    found = openers_if_alike(np.array([30, 300]), np.array([10, 500]), openers=np.array([8, 8]))
    assert found.tolist() == [2, 3]
