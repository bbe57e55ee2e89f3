"""Pins, caps and quotas: what a list does with the order it is given."""

import random
from itertools import islice

import pytest

from recsys.rules import Arrangement, Cap, Pin, Quota, arrange

TITLES = list(range(1, 41))
BY_FIVES = {title: [title // 5] for title in TITLES}


def order(arrangement: Arrangement) -> list[int]:
    return [int(placed.item_id) for placed in arrangement.placed]


def test_without_rules_the_order_stays():
    assert order(arrange(TITLES, 5)) == [1, 2, 3, 4, 5]


def test_a_pin_stands_at_its_place_and_the_others_move_down():
    arrangement = arrange(TITLES, 5, pins=[Pin(7, 30, 2)])
    assert order(arrangement) == [1, 2, 30, 3, 4]
    assert (arrangement.placed[2].step, arrangement.placed[2].rule) == ("pinned", 7)


def test_of_two_pins_for_one_place_the_first_holds():
    assert order(arrange(TITLES, 3, pins=[Pin(1, 30, 0), Pin(2, 31, 0)])) == [30, 1, 2]


def test_a_pin_beyond_what_fills_the_list_moves_up():
    assert order(arrange([1, 2, 30], 10, pins=[Pin(1, 30, 8)])) == [1, 2, 30]


def test_a_pin_of_something_that_may_not_be_listed_is_passed_over():
    assert order(arrange([1, 2, 3], 3, pins=[Pin(1, 99, 0)])) == [1, 2, 3]


def test_a_cap_lets_the_next_best_of_another_group_pass():
    arrangement = arrange(TITLES, 4, caps=[Cap(3, BY_FIVES, most=2, within=4)])
    assert order(arrangement) == [1, 2, 5, 6]
    assert arrangement.passed_over[3].rule == 3
    assert arrangement.passed_over[3].place == 2


def test_a_cap_holds_in_every_stretch_not_only_in_blocks():
    found = order(arrange(TITLES, 30, caps=[Cap(3, BY_FIVES, most=1, within=3)]))
    for start in range(len(found)):
        groups = [BY_FIVES[title][0] for title in found[start : start + 3]]
        assert len(groups) == len(set(groups))


def test_a_cap_counts_what_is_pinned_below():
    found = arrange(
        [1, 2, 10, 11, 20], 4, pins=[Pin(1, 2, 2)], caps=[Cap(2, BY_FIVES, most=1, within=3)]
    )
    assert order(found) == [10, 20, 2, 11]


def test_a_list_ends_where_nothing_that_is_left_may_stand():
    ones = {title: ["all alike"] for title in TITLES}
    assert order(arrange(TITLES, 10, caps=[Cap(1, ones, most=2, within=10)])) == [1, 2]


def test_a_quota_gets_its_share_of_every_beginning_of_the_list():
    new = {35, 36, 37, 38}
    arrangement = arrange(TITLES, 20, quotas=[Quota(5, new, 0.2)])
    found = order(arrangement)
    assert found[:5] == [1, 2, 3, 4, 35]
    assert [found.index(title) for title in sorted(new)] == [4, 9, 14, 19]
    assert arrangement.placed[4].step == "explored"
    assert arrangement.placed[4].rule == 5


def test_what_comes_by_its_own_score_counts_for_a_quota():
    assert order(arrange(TITLES, 10, quotas=[Quota(5, {1, 30}, 0.1)])) == list(range(1, 11))


def test_a_quota_without_titles_leaves_the_list_full():
    assert order(arrange(TITLES, 10, quotas=[Quota(5, set(), 0.5)])) == list(range(1, 11))


@pytest.mark.parametrize("seed", range(200))
def test_any_rules_together_are_obeyed(seed):
    """Caps everywhere; pins at their places unless a cap or another pin says no; no title twice."""
    rng = random.Random(seed)
    titles = rng.sample(TITLES, rng.randint(1, 40))
    groups = {title: rng.sample("abcde", rng.randint(0, 2)) for title in titles}
    caps = [
        Cap(number, groups, rng.randint(1, 3), rng.choice([3, 5, 100]))
        for number in range(rng.randint(0, 2))
    ]
    pins = [Pin(10 + n, rng.choice(TITLES), rng.randint(0, 12)) for n in range(rng.randint(0, 3))]
    quota = Quota(20, set(rng.sample(TITLES, 10)), rng.choice([0.1, 0.3, 1.0]))
    k = rng.randint(1, 20)

    found = order(arrange(titles, k, pins=pins, caps=caps, quotas=[quota]))

    assert len(found) == len(set(found)) <= k
    assert set(found) <= set(titles)
    assert all(keeps(cap, found) for cap in caps)
    if len(found) < k:
        left = set(titles) - set(found)
        assert not any(all(keeps(cap, [*found, title]) for cap in caps) for title in left)


def keeps(cap: Cap, found: list[int]) -> bool:
    for start in range(len(found)):
        stretch = list(islice(found, start, start + cap.within))
        for group in {group for title in stretch for group in cap.groups.get(title, ())}:
            if sum(group in cap.groups.get(title, ()) for title in stretch) > cap.most:
                return False
    return True
