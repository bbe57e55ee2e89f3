import csv
from pathlib import Path

import pandas as pd
import pytest

from recsys.__main__ import histories_by_user, main
from recsys.interactions import build_interactions, item_frame, load_interactions
from tests.recsys.toy import FIRST_ID, PER_GENRE


def recommend(artifact: Path, interactions: Path, out: Path, *more: str) -> list[dict[str, str]]:
    code = main(
        [
            "recommend",
            "--artifact",
            str(artifact),
            "--interactions",
            str(interactions),
            "--out",
            str(out),
            *more,
        ]
    )
    assert code == 0
    return list(csv.DictReader(out.open()))


@pytest.mark.slow
def test_everybody_gets_exactly_as_many_rows_as_there_are_unseen_items(
    artifact, toy_files, tmp_path
) -> None:
    n_items, seen = 2 * (PER_GENRE + 1), 7
    for k, expected in ((5, 5), (100, n_items - seen)):
        rows = recommend(artifact, toy_files[0], tmp_path / "r.csv", "--k", str(k))
        assert list(rows[0]) == ["user_id", "item_id", "rank", "score", "source"]
        by_user: dict[str, list] = {}
        for row in rows:
            by_user.setdefault(row["user_id"], []).append(row)
        assert list(by_user) == [f"u{number}" for number in range(40)]
        had = {(row["user_id"], row["item_id"]) for row in csv.DictReader(toy_files[0].open())}
        for user, lines in by_user.items():
            assert [int(line["rank"]) for line in lines] == list(range(1, expected + 1))
            assert not {(user, line["item_id"]) for line in lines} & had
            keys = [(-float(line["score"]), int(line["item_id"])) for line in lines]
            assert keys == sorted(keys)


def test_an_unknown_user_gets_the_popular_list_and_it_says_so(
    artifact, toy_files, tmp_path
) -> None:
    (tmp_path / "users.csv").write_text("user_id\nstranger\nu3\nstranger\n")
    rows = recommend(
        artifact,
        toy_files[0],
        tmp_path / "r.csv",
        "--k",
        "4",
        "--users",
        str(tmp_path / "users.csv"),
    )
    assert [row["user_id"] for row in rows] == ["stranger"] * 4 + ["u3"] * 4
    assert {row["source"] for row in rows[:4]} == {"popular"}
    assert "popular" not in {row["source"] for row in rows[4:]}


def test_new_interactions_count_without_training(artifact, tmp_path) -> None:
    (tmp_path / "i.csv").write_text(f"user_id,item_id\nnew,{FIRST_ID}\nnew,{FIRST_ID + 1}\n")
    rows = recommend(artifact, tmp_path / "i.csv", tmp_path / "r.csv", "--k", "3")
    assert [row["source"] for row in rows] == ["personal"] * 3
    assert all(int(row["item_id"]) < FIRST_ID + PER_GENRE for row in rows)


def test_a_history_is_read_in_the_order_of_training(tmp_path) -> None:
    (tmp_path / "i.csv").write_text("user_id,item_id,timestamp\nu,a,30\nu,b,20\nu,a,10\n")
    frame = load_interactions(tmp_path / "i.csv")
    history = [entry.item_id for entry in histories_by_user(frame, None)["u"]]
    rows, _ = build_interactions(frame, item_frame(pd.DataFrame({"item_id": ["a", "b"]})))
    assert history == [rows.item_ids.ids[row] for row in rows.items] == ["a", "b"]


def test_a_history_says_of_each_row_how_much_and_of_which_kind_it_is(tmp_path) -> None:
    (tmp_path / "i.csv").write_text(
        "user_id,item_id,timestamp,kind,weight,rating\n"
        "u,a,1,hide,-1,\nu,b,2,play,0.5,5\nu,a,3,finish,0.5,5\nu,a,4,,1,5\nu,c,5,rate,1,2\n"
    )
    history = histories_by_user(load_interactions(tmp_path / "i.csv"), 4)["u"]
    assert [(entry.item_id, entry.weight, entry.kind) for entry in history] == [
        ("b", 0.5, "play"),
        ("a", 0.5, "finish"),
        ("c", 0, "rate"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["recommend", "--artifact", "nowhere", "--k", "3"], "nowhere is not an artifact"),
        (
            ["evaluate", "--items", "missing.csv", "--split", "temporal"],
            "missing.csv: cannot be read",
        ),
        (["train", "--items", "bad.csv"], "bad.csv, row 1: no column genres"),
        (
            ["evaluate", "--items", "good.csv", "--groups", "bad.csv"],
            "bad.csv, row 1: needs the column user_id",
        ),
        (
            ["evaluate", "--items", "good.csv", "--against", "nowhere"],
            "nowhere is not an artifact",
        ),
    ],
)
def test_bad_input_is_one_line_and_an_exit_code(
    arguments, said, toy_files, tmp_path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.csv").write_text("item_id,title\n1,a\n")
    code = main([*arguments, "--interactions", str(toy_files[0]), "--out", "out"])
    assert code == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert said in errors[0]
    assert not Path("out").exists()


@pytest.mark.parametrize("command", [[], ["train"], ["recommend"], ["evaluate"]])
def test_every_command_explains_itself(command, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    assert "usage" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--k", "0"], ["--k", "-1"], ["--k", "ten"]])
def test_a_wrong_argument_is_refused(wrong) -> None:
    with pytest.raises(SystemExit) as left:
        main(["recommend", "--artifact", "a", "--interactions", "i", "--out", "o", *wrong])
    assert left.value.code != 0
