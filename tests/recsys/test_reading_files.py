from pathlib import Path

import pandas as pd
import pytest

from recsys.errors import DataError
from recsys.interactions import IdMap, build_interactions, load_interactions, load_items

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
    assert [rows.item_ids.ids[row] for row in rows.items] == ["12", "x y"]


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


def test_an_item_listed_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ITEMS + "12,Again,\n")
    with pytest.raises(DataError, match="row 5: item_id 12 is there twice"):
        load_items(tmp_path / "t.csv")


def test_an_unknown_id_is_none_and_never_row_0() -> None:
    ids = IdMap(["a", "b"])
    assert ids.row("c") is None
    assert ids.known_rows(["c", "b"]).tolist() == [1]


def test_ties_go_by_number_where_all_ids_are_numbers() -> None:
    assert IdMap(["10", "9", "100"]).tie_order().tolist() == [1, 0, 2]
    assert IdMap(["10", "9", "b"]).tie_order().tolist() == [0, 1, 2]
