"""Slices and groups against numbers worked out by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.bootstrap import draws_of, gap, interval_among
from recsys.errors import DataError
from recsys.groups import (
    NOT_SAID,
    OTHERS,
    add_exposure,
    by_group,
    gaps_of,
    load_groups,
    tail_shares,
)
from recsys.ids import IdMap
from recsys.slices import (
    Slice,
    by_activity,
    by_age,
    by_popularity,
    head_and_tail,
    measured_slices,
    slices_of,
)
from recsys.trial import Trial
from tests.recsys.toy import make_rows

NAN = float("nan")


def make_trial() -> Trial:
    """Three users with 1, 2 and 4 likes who turn to 7; to 6 and 7; to 0."""
    return Trial.of(make_rows([0], [0, 1], [1, 2, 3, 4, 7]), make_rows([7], [6, 7], [0]))


def test_activity_is_in_thirds_of_how_much_was_liked() -> None:
    low, middle, high = by_activity(make_trial())
    assert [list(part.users) for part in (low, middle, high)] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]
    assert (low.label, middle.label, high.label) == ("up to 1 in the history", "2", "more than 2")


def test_when_all_are_equally_active_there_is_nothing_to_compare() -> None:
    trial = Trial.of(make_rows([0], [1]), make_rows([1], [0]))
    assert "activity" not in slices_of(trial, np.full(2, NAN), np.array([1, 1]))


def test_age_is_in_thirds_of_the_years_of_what_is_to_be_found() -> None:
    years = np.array([1980, 1, 1, 1, 1, 1, 1995, 2010], dtype=np.float64)
    parts = by_age(make_trial(), years)  # 2010, 1995, 2010 and 1980 are to be found
    assert [part.label for part in parts] == ["up to 1995", "1996 to 2010"]
    assert parts[0].items is not None
    assert np.flatnonzero(parts[0].items).tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_an_item_without_a_year_has_no_age() -> None:
    years = np.array([1980, NAN, NAN, NAN, NAN, NAN, 1995, NAN])
    parts = by_age(make_trial(), years)
    assert not any(part.items[7] for part in parts if part.items is not None)
    assert by_age(make_trial(), np.full(8, NAN)) == []


def test_head_and_tail_each_hold_a_fifth_of_all_choices() -> None:
    head, tail = head_and_tail(np.array([10, 30, 2, 20, 18, 15, 5, 0]))  # of 100
    assert np.flatnonzero(head).tolist() == [1]
    assert np.flatnonzero(tail).tolist() == [0, 2, 5, 6, 7]  # without the 15 it would be 17
    assert [part.key for part in by_popularity(np.array([3, 1]))] == ["head", "middle", "tail"]


def test_equally_popular_items_stay_together() -> None:
    head, tail = head_and_tail(np.array([4, 4, 4, 4]))
    assert head.all()
    assert not tail.any()


def test_a_user_is_in_a_slice_of_items_with_what_of_the_answer_is_in_it() -> None:
    trial = make_trial()
    seven = Slice("seven", "", items=np.arange(8) == 7)
    lists = {"model": np.array([[5, 7], [6, 7], [5, 0]])}
    draws = draws_of(3, np.random.default_rng(0))
    (found,) = measured_slices({"item": [seven]}, lists, trial, draws)["item"]
    assert found["n_users"] == 2  # the third asks for 0 alone
    # 7 stands second in both lists: full ranking, an ideal of one
    assert found["models"]["model"]["ndcg"]["value"] == pytest.approx(1 / np.log2(3))


def test_a_slice_of_users_is_their_own_mean_and_one_without_anybody_is_left_out() -> None:
    trial = make_trial()
    parts = [
        Slice("first", "", users=np.array([True, False, False])),
        Slice("nobody", "", users=np.zeros(3, dtype=bool)),
    ]
    lists = {"good": np.array([[7], [0], [5]]), "bad": np.array([[5], [6], [0]])}
    draws = draws_of(3, np.random.default_rng(0))
    (found,) = measured_slices({"who": parts}, lists, trial, draws)["who"]
    assert found["models"]["good"]["ndcg"] == {"value": 1, "low": 1, "high": 1}
    assert found["models"]["bad"]["ndcg"]["value"] == 0


def test_the_mean_of_some_users_is_as_uncertain_as_they_are_few() -> None:
    values, draws = np.tile([0.0, 1.0], 100), draws_of(200, np.random.default_rng(0))
    few, many = np.arange(200) < 20, np.arange(200) >= 20
    of_few, of_many = (interval_among(values, among, draws) for among in (few, many))
    assert of_few["value"] == of_many["value"] == 0.5
    assert of_few["high"] - of_few["low"] > 2 * (of_many["high"] - of_many["low"])
    between = gap(values, few, many, draws)
    assert between["low"] < 0 == between["value"] < between["high"]


IDS = IdMap([f"u{number}" for number in range(60)])


def make_crowd() -> Trial:
    return Trial.of(make_rows(*([number % 3] for number in range(60))), make_rows(*([3],) * 60))


def test_a_group_of_few_members_is_put_together_with_other_such() -> None:
    said = ["a"] * 25 + ["b"] * 20 + ["c"] * 5 + ["d"] * 4 + [""] * 3
    groups = pd.DataFrame({"letter": said}, index=[f"u{number}" for number in range(57)])
    parts = by_group(groups, make_crowd(), IDS)["letter"]
    found = {part.key: int(part.users.sum()) for part in parts if part.users is not None}
    assert found == {"a": 25, "b": 20, NOT_SAID: 6, OTHERS: 9}  # u57 to u59 are in no file


def test_the_gap_is_between_the_best_and_the_worst_served_declared_group() -> None:
    said = np.array(["a"] * 20 + ["b"] * 20 + [OTHERS] * 20)
    parts = [Slice(key, key, users=said == key) for key in ("a", "b", OTHERS)]
    ndcg = {"model": np.repeat([0.3, 0.5, 0.9], 20)}
    shares = {"model": (np.repeat([0.4, 0.1, 0.9], 20), np.repeat([0.3, 0.1, 0.0], 20))}
    found = gaps_of(parts, ndcg, shares, draws_of(60, np.random.default_rng(0)))["model"]
    assert found["accuracy"] == pytest.approx(
        {"value": 0.2, "low": 0.2, "high": 0.2, "most": "b", "least": "a"}
    )
    # a is shown a tenth more of the tail than it likes, b as much as it likes
    assert found["exposure"]["value"] == pytest.approx(0.1)
    assert (found["exposure"]["most"], found["exposure"]["least"]) == ("a", "b")
    assert gaps_of(parts[::2], ndcg, shares, draws_of(60, np.random.default_rng(0))) == {}


def test_exposure_is_the_share_of_places_that_go_to_the_long_tail() -> None:
    trial = Trial.of(make_rows([0, 1], [0, 3]), make_rows([2], [2]))
    counts = np.array([50, 30, 10, 10])  # 2 and 3 are the tail
    lists = np.array([[2, 3, 1, -1], [1, 2, -1, -1]])
    in_lists, in_likes = tail_shares(lists, trial, counts)
    assert in_lists == pytest.approx([2 / 3, 1 / 2])
    assert in_likes.tolist() == [0, 0.5]
    parts = [Slice("all", "", users=np.array([True, True]))]
    measured = [{"key": "all"}]
    add_exposure(measured, parts, {"model": (in_lists, in_likes)})
    assert measured[0]["exposure"]["model"] == pytest.approx(7 / 12)
    assert measured[0]["liked_exposure"] == 0.25


def test_a_file_of_groups_is_read_as_text_by_user(tmp_path: Path) -> None:
    (tmp_path / "g.csv").write_text("user_id,gender,age\n007,F,25\n12,,31\n")
    pd.DataFrame({"user_id": [7, 12], "age": [25, None]}).to_parquet(tmp_path / "g.parquet")
    groups = load_groups(tmp_path / "g.csv")
    assert groups.loc["007"].tolist() == ["F", "25"]
    assert groups.loc["12"].tolist() == ["", "31"]
    numbers = load_groups(tmp_path / "g.parquet")
    assert (numbers.loc["7", "age"], numbers.loc["12", "age"]) == ("25", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user_id\n1\n", "row 1: needs the column user_id and at least one of groups"),
        ("who,age\n1,2\n", "row 1: needs the column user_id"),
        ("user_id,activity\n1,2\n", "no column of groups may be called activity"),
        ("user_id,age\n1,2\n2,3\n1,4\n", "row 4: user_id 1 is there twice"),
    ],
)
def test_a_file_of_groups_that_cannot_be_used_says_why(
    text: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "g.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        load_groups(tmp_path / "g.csv")
    with pytest.raises(DataError, match="nowhere.csv: cannot be read"):
        load_groups(tmp_path / "nowhere.csv")
