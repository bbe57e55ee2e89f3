import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from recsys.bootstrap import paired
from recsys.contenders import Choices, Recipe, Task, constant
from recsys.evaluate import Report, evaluate, measure
from recsys.interactions import build_interactions, item_frame
from recsys.metrics import NOTHING
from recsys.ranking import top_k
from recsys.sources import Blend
from recsys.splitting import SplitName
from recsys.trial import ModelName, Trial, of_liked
from recsys.two_tower import PRESETS
from tests.recsys.report_schema import REPORT
from tests.recsys.toy import make_interactions, make_items, make_rows


def test_the_report_has_the_form_of_the_contract(trained) -> None:
    report = json.loads(json.dumps(trained[0].report))
    jsonschema.validate(report, REPORT)
    assert report["n_users"] == 40
    for of in report["models"].values():
        assert all(metric["low"] <= metric["value"] <= metric["high"] for metric in of.values())
        assert set(of) == {
            "ndcg", "recall", "hit_rate", "mrr",
            "coverage", "popularity_percentile", "novelty", "genre_diversity", "calibration",
        }  # fmt: skip


def test_what_was_seen_is_left_out_of_the_lists() -> None:
    train, held = make_rows([0, 1], [2]), make_rows([3], [0])
    trial = Trial.of(train, held)
    lists = trial.lists(of_liked(constant(np.array([9, 8, 7, 1], dtype=np.float32))), 2)
    assert lists.tolist() == [[2, 3], [0, 1]]


def test_who_has_seen_nearly_everything_gets_a_short_list_without_seen_items() -> None:
    train, held = make_rows([0, 1, 2]), make_rows([3])
    trial = Trial.of(train, held)
    assert trial.lists(of_liked(constant(np.ones(4))), 3).tolist() == [[3, NOTHING, NOTHING]]


def test_a_perfect_and_a_hopeless_model_score_one_and_nothing() -> None:
    trial = Trial.of(make_rows([0], [1], [2, 3]), make_rows([3], [3], [0]))
    lists = {
        "perfect": np.array([[3, 1], [3, 0], [0, 1]]),
        "hopeless": np.array([[1, 2], [2, 0], [1, NOTHING]]),
    }
    found = measure(lists, trial, np.ones(4, dtype=np.int64), np.zeros((4, 1), dtype=np.float32))
    assert found["perfect"]["ndcg"].tolist() == found["perfect"]["mrr"].tolist() == [1, 1, 1]
    assert found["hopeless"]["ndcg"].tolist() == found["hopeless"]["mrr"].tolist() == [0, 0, 0]


def test_equal_scores_are_ranked_by_row() -> None:
    assert top_k(np.array([[1.0, 3.0, 1.0, 1.0, 2.0]]), 3).tolist() == [[1, 4, 0]]


B = np.array([0.1, 0.5, 0.2])
DRAWS = np.array([[1.0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0.5, 0.5]])


def test_the_paired_ratio_of_a_model_twice_as_good_for_everybody_is_exactly_two() -> None:
    found = paired(2 * B, B, DRAWS)
    assert (found["ratio"], found["low"], found["high"]) == pytest.approx((2, 2, 2))


def test_the_paired_difference_is_there_where_a_ratio_is_not() -> None:
    found = paired(B, 0 * B, DRAWS)
    assert (found["ratio"], found["low"], found["high"]) == (None, None, None)
    assert found["difference"] == pytest.approx(0.8 / 3)
    assert 0.1 <= found["difference_low"] <= found["difference"] <= found["difference_high"] <= 0.35


ITEMS = item_frame(make_items())
ROWS, _ = build_interactions(make_interactions().assign(rating=math.nan), ITEMS)
TASK = Task(replace(PRESETS["tiny"], epochs=2))


def report_on(*models: ModelName, split_name: SplitName = "member-time", **more: Any) -> Report:
    return evaluate(
        ROWS, ITEMS, TASK, split_name=split_name, models=models, data_sha256="0" * 64, **more
    )[0]


def test_the_report_says_which_split_why_and_whether_it_leaks() -> None:
    default = report_on("popularity")
    assert (default["split"], default["leaky"]) == ("member-time", False)
    assert "leave 40 members to measure, fewer than 500" in default["split_why"]
    leaky = report_on("popularity", split_name="leave-one-out")
    assert leaky["leaky"]
    assert "Leaky" in leaky["split_why"]
    assert not report_on("popularity", split_name="temporal")["leaky"]


def test_every_family_of_slices_is_measured_for_every_model() -> None:
    report = report_on("popularity", "ease")
    jsonschema.validate(json.loads(json.dumps(report)), REPORT)
    assert {family: len(slices) for family, slices in report["slices"].items()} == {
        "title_age": 2,
        "popularity": 3,
    }
    for slices in report["slices"].values():
        assert all(set(part["models"]) == {"popularity", "ease"} for part in slices)


def test_a_declared_group_is_a_slice_with_its_exposure_and_a_gap() -> None:
    camps = ["horror" if user % 2 == 0 else "romance" for user in range(40)]
    groups = pd.DataFrame({"camp": camps}, index=[f"u{user}" for user in range(40)])
    report = report_on("popularity", "ease", groups=groups)
    jsonschema.validate(json.loads(json.dumps(report)), REPORT)
    assert [part["key"] for part in report["slices"]["camp"]] == ["horror", "romance"]
    means = [part["models"]["ease"]["ndcg"]["value"] for part in report["slices"]["camp"]]
    gap = report["gaps"]["camp"]["ease"]["accuracy"]
    assert gap["value"] == pytest.approx(max(means) - min(means))
    assert gap["low"] <= gap["value"] <= gap["high"]


@pytest.mark.slow
def test_the_live_recipe_is_fitted_on_the_same_rows_and_paired_with_the_blend() -> None:
    rival = Recipe(replace(TASK.config, dim=8), Choices(epochs=1, blend=Blend(tower=1.0)))
    report = report_on("blend", "popularity", rival=rival)
    assert list(report["models"]) == ["blend", "popularity", "live"]
    assert {(pair["a"], pair["b"]) for pair in report["paired"]} == {
        ("blend", "popularity"),
        ("blend", "live"),
    }
    assert {check["model"] for check in report["checks"]} == {"blend", "popularity", "live"}
    assert report["models"]["live"]["ndcg"] != report["models"]["blend"]["ndcg"]


@pytest.mark.slow
def test_a_live_recipe_that_is_our_own_has_our_own_figures_without_a_second_fit(
    monkeypatch,
) -> None:
    _, choices, _ = evaluate(
        ROWS, ITEMS, TASK, split_name="member-time", models=["blend"], data_sha256="0" * 64
    )
    monkeypatch.setattr("recsys.evaluate.fit_model", None)
    report = report_on("blend", rival=Recipe(TASK.config, replace(choices, curve=[])))
    assert report["models"]["live"] == report["models"]["blend"]
    assert {pair["ratio"] for pair in report["paired"]} == {1.0}


@pytest.mark.slow
def test_a_live_recipe_of_our_config_shares_our_towers(monkeypatch) -> None:
    rival = Recipe(TASK.config, Choices(epochs=1, blend=Blend(tower=0, followers=1)))
    fits = []
    fit = Task.fit
    monkeypatch.setattr(
        Task, "fit", lambda *given, **how: fits.append(given[1]) or fit(*given, **how)
    )
    report = report_on("blend", rival=rival)
    assert fits == ["choose", "evaluate"]
    assert report["models"]["live"]["ndcg"] != report["models"]["blend"]["ndcg"]


def test_only_so_many_members_are_measured_and_the_report_says_of_how_many(monkeypatch) -> None:
    monkeypatch.setattr("recsys.leaks.AT_MOST", 25)
    report = report_on("popularity")
    assert (report["n_users"], report["n_eligible"]) == (25, 40)


def test_the_report_file_of_the_command(toy_files, tmp_path: Path, capsys) -> None:
    from recsys.__main__ import main

    out, groups = tmp_path / "report.json", tmp_path / "groups.csv"
    groups.write_text("user_id,camp\n" + "".join(f"u{user},{user % 2}\n" for user in range(40)))
    code = main(
        [
            "evaluate", "--interactions", str(toy_files[0]), "--items", str(toy_files[1]),
            "--split", "leave-one-out", "--models", "popularity,item-knn,ease",
            "--groups", str(groups), "--out", str(out), "--device", "cpu",
        ]
    )  # fmt: skip
    assert code == 0
    report = json.loads(out.read_text())
    jsonschema.validate(report, REPORT)
    assert set(report["models"]) == {"popularity", "item-knn", "ease"}
    assert set(report["gaps"]) == {"camp"}
    told = capsys.readouterr().out
    assert "leave-one-out (leaky), 40 of 40 users" in told
    assert report["split_why"] in told
    assert "calibration" in told


@pytest.mark.slow
def test_the_command_takes_the_default_split_and_an_artifact_to_measure_against(
    artifact: Path, toy_files, tmp_path: Path
) -> None:
    from recsys.__main__ import main

    out = tmp_path / "report.json"
    code = main(
        [
            "evaluate", "--interactions", str(toy_files[0]), "--items", str(toy_files[1]),
            "--models", "blend,popularity", "--against", str(artifact), "--preset", "tiny",
            "--seed", "1", "--out", str(out), "--device", "cpu",
        ]
    )  # fmt: skip
    assert code == 0
    report = json.loads(out.read_text())
    assert report["split"] == "member-time"
    assert "live" in report["models"]
