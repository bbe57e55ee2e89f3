from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys import reading
from recsys.errors import DataError
from recsys.ids import IdMap
from recsys.interactions import build_interactions, load_dataset, load_interactions, load_items

ITEMS = "item_id,title,genres\n007,Bond,Action|Thriller\n12,Twelve,\nx y,Spaced,Drama\n"


def read(tmp_path: Path, interactions: str, items: str = ITEMS):
    (tmp_path / "interactions.csv").write_text(interactions)
    (tmp_path / "items.csv").write_text(items)
    frame = load_interactions(tmp_path / "interactions.csv")
    return build_interactions(frame, load_items(tmp_path / "items.csv"))[0]


def test_ids_come_back_as_they_were(tmp_path: Path) -> None:
    rows = read(tmp_path, "user_id,item_id\n01,007\n01,x y\n")
    assert rows.user_ids.ids == ["01"]
    assert [rows.item_ids.ids[row] for row in rows.items] == ["007", "x y"]


def test_integers_of_parquet_stay_integers(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": [5, 5], "item_id": [31, 7], "timestamp": [2, 1]}).to_parquet(
        tmp_path / "i.parquet"
    )
    pd.DataFrame({"item_id": [31, 7], "title": ["a", None], "genres": ["", None]}).to_parquet(
        tmp_path / "t.parquet"
    )
    rows, _ = build_interactions(
        load_interactions(tmp_path / "i.parquet"), load_items(tmp_path / "t.parquet")
    )
    assert [rows.item_ids.ids[row] for row in rows.items] == [7, 31]
    assert rows.item_ids.row("31") == rows.item_ids.row(31) == 0


def test_times_may_be_seconds_or_iso_8601(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "user_id,item_id,timestamp\na,007,2020-01-02T00:00:00Z\na,12,2020-01-01\n"
        "a,x y,2020-01-03T01:00:00+01:00\n",
    )
    assert [rows.item_ids.ids[row] for row in rows.items] == ["12", "007", "x y"]
    assert rows.times[0] == 1577836800
    assert rows.times[2] == 1578009600


def test_equal_or_absent_times_keep_the_order_of_the_file(tmp_path: Path) -> None:
    for text in (
        "user_id,item_id\na,x y\na,007\na,12\n",
        "user_id,item_id,timestamp\na,x y,5\na,007,5\na,12,5\n",
    ):
        rows = read(tmp_path, text)
        assert [rows.item_ids.ids[row] for row in rows.items] == ["x y", "007", "12"]


def test_the_same_item_again_counts_once(tmp_path: Path) -> None:
    rows = read(tmp_path, "user_id,item_id,timestamp\na,007,1\na,12,2\na,007,3\n")
    assert [rows.item_ids.ids[row] for row in rows.items] == ["007", "12"]


def test_rows_rated_too_low_are_no_positives(tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text("user_id,item_id,rating\na,007,2\na,12,4.5\na,x y,\n")
    (tmp_path / "t.csv").write_text(ITEMS)
    frame, items = load_interactions(tmp_path / "i.csv"), load_items(tmp_path / "t.csv")
    rows, _ = build_interactions(frame, items, min_rating=4)
    assert rows.weights.tolist() == [0, 1, 1]
    positives = rows.positives()
    assert [rows.item_ids.ids[row] for row in positives.items] == ["12", "x y"]
    with pytest.raises(DataError, match="no positive interaction"):
        build_interactions(frame[:1], items, min_rating=4)


def test_a_row_says_for_its_item_what_its_weight_and_kind_say(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "user_id,item_id,kind,weight\na,007,play,0.5\na,12,,\nb,12,hide,-1\nb,x y,play,0\n",
    )
    assert rows.weights.tolist() == [0.5, 1, -1, 0]
    assert [rows.kind_names[kind] for kind in rows.kinds] == ["play", "", "hide", "play"]
    assert rows.kind_names[0] == ""
    assert [line.tolist() for line in rows.positives().histories()] == [[0, 1], []]
    assert rows.positives().item_counts().tolist() == [1, 1, 0]
    assert rows.item_counts().tolist() == [1, 2, 1]


def test_without_the_columns_every_row_is_a_whole_positive_of_no_kind(tmp_path: Path) -> None:
    rows = read(tmp_path, "user_id,item_id\na,007\na,12\n")
    assert rows.weights.tolist() == [1, 1]
    assert rows.kinds.tolist() == [0, 0]
    assert rows.kind_names == ("",)
    assert rows.weights.dtype == np.float32
    assert rows.kinds.dtype == np.int8


def test_a_positive_row_counts_before_an_earlier_one_that_is_none(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "user_id,item_id,timestamp,weight\na,007,1,-1\na,12,2,1\na,007,3,0.5\na,007,4,1\n",
    )
    assert [rows.item_ids.ids[row] for row in rows.items] == ["12", "007"]
    assert rows.weights.tolist() == [1, 0.5]
    assert rows.times.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("user_id,title\na,b\n", "row 1: no column item_id"),
        ("user_id,item_id\na,007\n,12\n", "row 3: user_id is empty"),
        ("user_id,item_id\na\n", "row 2: item_id is empty"),
        ("user_id,item_id,timestamp\na,007,1\na,12,soon\n", "row 3: timestamp 'soon'"),
        ("user_id,item_id,timestamp\na,007,1\na,12,inf\n", "row 3: timestamp 'inf'"),
        ("user_id,item_id,timestamp\na,007,2020-01-01\na,12,soon\n", "row 3: timestamp 'soon'"),
        ("user_id,item_id,rating\na,007,good\n", "row 2: rating 'good' is not a number"),
        ("user_id,item_id,weight\na,007,1\na,12,1.5\n", "row 3: weight '1.5' is not within"),
        ("user_id,item_id,weight\na,007,much\n", "row 2: weight 'much' is not a number"),
        ("user_id,item_id\na,b\na,b,c,d\n", "line 3"),
        ("user_id,item_id\n", "has no rows"),
        ("", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_row(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "i.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        load_interactions(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.fixture
def two_rows_at_once(monkeypatch) -> None:
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 2)


@pytest.mark.usefixtures("two_rows_at_once")
def test_a_file_read_in_pieces_is_the_same_file(tmp_path: Path) -> None:
    text = "user_id,item_id,timestamp,kind\na,7,,\nb,12,5,play\na,12,,hide\nb,7,,play\na,x y,6,\n"
    rows = read(tmp_path, text)
    assert rows.user_ids.ids == ["a", "b"]
    assert [rows.item_ids.ids[row] for row in rows.items] == ["7", "12", "x y", "12", "7"]
    assert rows.times.tolist() == [0, 5, 6, 5, 5]  # a blank takes the time of the row before it
    assert rows.kind_names == ("", "play", "hide")
    assert rows.kinds.tolist() == [0, 2, 0, 1, 1]


@pytest.mark.usefixtures("two_rows_at_once")
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,7,1\nb,7,2\na,12,3\n,12,4\n", "row 5: user_id is empty"),
        ("a,7,1\nb,7,2\na,12,3\nb,12,soon\n", "row 5: timestamp 'soon'"),
        ("a,7,1\nb,7,2\na,12,2020-01-01\n", "row 2: timestamp '1'"),
        ("a,7,2020-01-01\nb,7,2020-01-02\na,12,3\n", "row 4: timestamp '3'"),
        ("a,7,1\nb,7,2\na,12,3,4,5\n", "line 4"),
    ],
)
def test_rows_are_numbered_through_all_pieces(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, "user_id,item_id,timestamp\n" + rows)


@pytest.mark.usefixtures("two_rows_at_once")
def test_parquet_is_read_by_row_groups(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "user_id": [5, 5, 6, 6, 5],
            "item_id": [31, 7, 7, 31, 8],
            "timestamp": pd.to_datetime([3, None, 1, None, 2], unit="s", utc=True),
            "weight": [1, 0.5, None, -1, 1],
        }
    )
    frame.to_parquet(tmp_path / "i.parquet", row_group_size=3)
    found = load_interactions(tmp_path / "i.parquet")
    assert found["user_id"].tolist() == [5, 5, 6, 6, 5]
    assert found["item_id"].astype(str).tolist() == ["31", "7", "7", "31", "8"]
    assert found["timestamp"].tolist() == [3, 3, 1, 1, 2]
    assert found["weight"].tolist() == [1, 0.5, 1, -1, 1]
    frame.loc[4, "weight"] = 2.0
    frame.to_parquet(tmp_path / "i.parquet", row_group_size=3)
    with pytest.raises(DataError, match=r"i\.parquet, row 6: weight '2.0' is not within"):
        load_interactions(tmp_path / "i.parquet")


def test_an_empty_parquet_file_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"user_id": ["a"], "item_id": ["b"]})
    frame[:0].to_parquet(tmp_path / "i.parquet")
    with pytest.raises(DataError, match="has no rows"):
        load_interactions(tmp_path / "i.parquet")
    frame[["user_id"]].to_parquet(tmp_path / "i.parquet")
    with pytest.raises(DataError, match="row 1: no column item_id"):
        load_interactions(tmp_path / "i.parquet")


def test_a_number_and_its_text_are_one_id_across_the_files(tmp_path: Path) -> None:
    pd.DataFrame({"user_id": [1, 2], "item_id": [31, 9]}).to_parquet(tmp_path / "i.parquet")
    (tmp_path / "t.csv").write_text("item_id,title,genres\n31,a,\n")
    rows, items = load_dataset(tmp_path / "i.parquet", tmp_path / "t.csv")
    assert rows.item_ids.ids == items["item_id"].tolist() == ["31", 9]
    assert rows.items.tolist() == [0, 1]


def test_an_item_listed_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ITEMS + "12,Again,\n")
    with pytest.raises(DataError, match="row 5: item_id 12 is there twice"):
        load_items(tmp_path / "t.csv")


def test_an_unknown_id_is_none_and_never_row_0() -> None:
    ids = IdMap(["a", "b"])
    assert ids.row("c") is None
    assert ids.known_rows(["c", "b"]).tolist() == [1]


def in_order(ids: IdMap) -> list:
    return [ids.ids[row] for row in np.argsort(ids.sort_keys)]


def test_ties_go_by_number_where_all_ids_are_numbers() -> None:
    assert in_order(IdMap(["10", "9", "100"])) == ["9", "10", "100"]
    assert in_order(IdMap(["10", "9", "b"])) == ["10", "9", "b"]
    assert in_order(IdMap(["10", "9", "9" * 30])) == ["9", "10", "9" * 30]
    assert in_order(IdMap([10, 9]).followed_by([1]).followed_by(["11"])) == [1, 9, 10, "11"]
    assert in_order(IdMap([10, 9]).followed_by(["b", "1"])) == ["1", 10, 9, "b"]


def test_ids_that_come_later_have_the_rows_behind() -> None:
    first = IdMap([31, "x"])
    longer = first.followed_by(["7"]).followed_by([8, "y"])
    assert [*longer.ids] == [31, "x", "7", 8, "y"]
    assert [longer.row(id_) for id_ in (31, "31", "x", 7, "8", "y", "07")] == [
        0,
        0,
        1,
        2,
        3,
        4,
        None,
    ]
    assert (longer.ids[-1], longer.ids[-4], longer.ids[1:3]) == ("y", "x", ["x", "7"])
    assert first.row("7") is None
    for again in ([31], ["31"], [7], ["z", "z"], ["z", 5, "5"]):
        with pytest.raises(ValueError, match="unique"):
            longer.followed_by(again)
