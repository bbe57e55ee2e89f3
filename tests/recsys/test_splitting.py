import math
from dataclasses import replace

import numpy as np
import pandas as pd

from recsys import splitting
from recsys.interactions import build_interactions, item_frame
from recsys.splitting import (
    SPLITS,
    default_split,
    leave_one_out,
    member_time,
    reason_for,
    split,
    temporal,
)
from tests.recsys.toy import make_rows

HISTORIES = ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 4, 5], [7])


def test_member_time_holds_back_each_members_last_fifth_and_at_least_one_row() -> None:
    train, held = member_time(make_rows(*HISTORIES))
    assert [list(rows) for rows in held.histories()] == [[8, 9], [5], []]
    assert [list(rows) for rows in train.histories()] == [list(range(8)), [3, 4], [7]]


def test_leave_one_out_holds_back_the_newest_row_of_who_has_two() -> None:
    train, held = leave_one_out(make_rows(*HISTORIES))
    assert [list(rows) for rows in held.histories()] == [[9], [5], []]
    assert len(train) + len(held) == 14


def test_temporal_cuts_everybody_at_the_same_moment() -> None:
    rows = make_rows(
        [0, 1, 2, 3], [4, 5, 6], [7, 8, 9], times=[[1, 2, 3, 20], [4, 5, 6], [7, 31, 32]]
    )
    train, held = temporal(rows)
    assert train.times.max() <= held.times.min()
    assert [list(line) for line in held.histories()] == [[], [], [8, 9]]
    assert [list(line) for line in train.histories()] == [[0, 1, 2, 3], [4, 5, 6], [7]]


def test_temporal_leaves_out_who_has_nothing_older() -> None:
    rows = make_rows([0, 1, 2, 3, 4, 5, 6, 7], [8, 9], times=[list(range(8)), [30, 31]])
    train, held = temporal(rows)
    assert set(train.users) == {0}
    assert len(held) == 0


def test_equal_times_keep_the_order_of_the_file() -> None:
    rows = make_rows([5, 2, 9, 1], times=[[7, 7, 7, 7]])
    train, held = leave_one_out(rows)
    assert list(held.items) == [1]
    assert list(train.items) == [5, 2, 9]


def test_temporal_keeps_equal_times_in_order_too() -> None:
    rows = make_rows(list(range(200)), times=[[5, 6] * 100])
    held = temporal(rows)[1]
    assert held.items.tolist() == list(range(121, 200, 2))


def test_without_times_the_newest_rows_are_the_last_of_the_file() -> None:
    lines = [(f"u{user}", item) for item in range(4) for user in range(5)]
    frame = pd.DataFrame(lines, columns=["user_id", "item_id"]).assign(timestamp=0, rating=math.nan)
    items = item_frame(pd.DataFrame({"item_id": range(4)}))
    train, held = temporal(build_interactions(frame, items)[0])
    assert held.items.tolist() == [3] * 4  # of u1 … u4, whose rows are the file's last
    assert len(train) == 16


def test_no_row_is_lost_or_doubled() -> None:
    rows = make_rows(*HISTORIES)
    for cut in (member_time, leave_one_out):
        train, held = cut(rows)
        assert sorted(np.concatenate([train.items, held.items])) == sorted(rows.items)


def test_what_is_no_like_stays_readable_where_it_is_older_than_what_is_held_back() -> None:
    rows = make_rows([0, 1, 2, 3, 4, 5, 6], [7, 8])
    weights = np.array([1, -1, 1, 0, 1, -1, 0, 1, -1], dtype=np.float32)
    train, held = leave_one_out(replace(rows, weights=weights))
    assert [list(line) for line in held.histories()] == [[4], []]
    assert [list(line) for line in train.histories()] == [[0, 1, 2, 3], [7, 8]]
    assert train.weights.tolist() == [1, -1, 1, 0, 1, -1]


def test_the_share_held_back_is_one_of_likes_alone() -> None:
    likes = [list(range(10)), list(range(10))]
    plain = make_rows(*likes, times=[list(range(0, 20, 2)), list(range(1, 21, 2))])
    rows = make_rows(
        *([*line, *range(10, 20)] for line in likes),
        times=[[*range(0, 20, 2), *range(100, 110)], [*range(1, 21, 2), *range(100, 110)]],
    )
    weights = np.tile(np.repeat(np.array([1, -1], np.float32), 10), 2)
    for name in SPLITS:
        train, held = split(replace(rows, weights=weights), name)
        expected_train, expected_held = split(plain, name)
        assert held.items.tolist() == expected_held.items.tolist()
        assert train.items.tolist() == expected_train.items.tolist()


def test_one_moment_for_everybody_keeps_what_is_older_and_no_newer_dislike() -> None:
    rows = make_rows([0, 1, 2, 3, 9], [4, 5, 6, 7, 8], times=[[1, 2, 3, 4, 30], [5, 6, 29, 31, 32]])
    weights = np.array([1, 1, -1, 1, 1, 1, 1, 0, -1, 1], dtype=np.float32)
    train, held = temporal(replace(rows, weights=weights), share=0.29)
    assert [list(line) for line in held.histories()] == [[9], [8]]
    assert [list(line) for line in train.histories()] == [[0, 1, 2, 3], [4, 5, 6]]


def test_who_has_only_dislikes_is_measured_by_nobody() -> None:
    rows = make_rows([0, 1, 2, 3, 4, 5], [7, 8], times=[list(range(6)), [0, 30]])
    weights = np.array([1] * 6 + [-1, 1], dtype=np.float32)
    for name in SPLITS:
        assert 1 not in split(replace(rows, weights=weights), name)[1].users


def test_by_default_all_are_cut_at_one_moment_where_that_leaves_enough_members(
    monkeypatch,
) -> None:
    rows = make_rows(*([0, 1, 2, 3, 4] for _ in range(7)), times=[[1, 2, 3, 4, 5]] * 7)
    monkeypatch.setattr(splitting, "MIN_TEMPORAL_MEMBERS", 7)
    name, why = default_split(rows)
    assert (name, "7 members have rows on both sides" in why) == ("temporal", True)
    monkeypatch.setattr(splitting, "MIN_TEMPORAL_MEMBERS", 8)
    name, why = default_split(rows)
    assert (name, "leave 7 members to measure, fewer than 8" in why) == ("member-time", True)
    assert reason_for(rows, "member-time") == why
    assert "as asked for" in reason_for(rows, "temporal")
    assert "Leaky" in reason_for(rows, "leave-one-out")
