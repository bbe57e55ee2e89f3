import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from recsys.contenders import constant
from recsys.evaluate import measure, paired
from recsys.metrics import NOTHING
from recsys.ranking import top_k
from recsys.trial import Trial
from tests.recsys.toy import make_rows

NUMBER = {"type": "number"}
INTERVAL = {
    "type": "object",
    "required": ["value", "low", "high"],
    "additionalProperties": False,
    "properties": {"value": NUMBER, "low": NUMBER, "high": NUMBER},
}
MAYBE = {"type": ["number", "null"]}
PAIR = {
    "type": "object",
    "required": ["a", "b", "metric", "ratio", "low", "high"],
    "additionalProperties": False,
    "properties": {
        "a": {"type": "string"}, "b": {"type": "string"}, "metric": {"type": "string"},
        "ratio": MAYBE, "low": MAYBE, "high": MAYBE,
        "difference": NUMBER, "difference_low": NUMBER, "difference_high": NUMBER,
    },
}  # fmt: skip
REPORT = {
    "type": "object",
    "required": [
        "format",
        "split",
        "k",
        "data_sha256",
        "n_users",
        "models",
        "paired",
        "seconds",
        "seed",
    ],
    "additionalProperties": False,
    "properties": {
        "format": {"const": 1},
        "split": {"enum": ["temporal", "member-time", "leave-one-out"]},
        "k": {"type": "integer"},
        "data_sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "n_users": {"type": "integer"},
        "models": {"additionalProperties": {"additionalProperties": INTERVAL}},
        "paired": {"type": "array", "items": PAIR},
        "seconds": NUMBER,
        "seed": {"type": "integer"},
    },
}


def test_the_report_has_the_form_of_the_contract(trained) -> None:
    report = json.loads(json.dumps(trained[0].report))
    jsonschema.validate(report, REPORT)
    assert report["n_users"] == 40
    for of in report["models"].values():
        assert all(metric["low"] <= metric["value"] <= metric["high"] for metric in of.values())
        assert set(of) == {
            "ndcg", "recall", "hit_rate", "mrr",
            "coverage", "popularity_percentile", "novelty", "genre_diversity",
        }  # fmt: skip


def test_what_was_seen_is_left_out_of_the_lists() -> None:
    train, held = make_rows([0, 1], [2]), make_rows([3], [0])
    trial = Trial.of(train, held)
    lists = trial.lists(constant(np.array([9, 8, 7, 1], dtype=np.float32)), 2)
    assert lists.tolist() == [[2, 3], [0, 1]]


def test_who_has_seen_nearly_everything_gets_a_short_list_without_seen_items() -> None:
    train, held = make_rows([0, 1, 2]), make_rows([3])
    trial = Trial.of(train, held)
    assert trial.lists(constant(np.ones(4)), 3).tolist() == [[3, NOTHING, NOTHING]]


def test_a_perfect_and_a_hopeless_model_score_one_and_nothing() -> None:
    train, held = make_rows([0], [1], [2, 3]), make_rows([3], [3], [0])
    perfect = {
        "a": lambda histories: np.array([[0, 0, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0]])[
            : len(histories)
        ]
    }
    found = measure(perfect, Trial.of(train, held), train, np.zeros((4, 1), dtype=np.float32))["a"]
    assert found["ndcg"].tolist() == found["mrr"].tolist() == [1, 1, 1]
    nobody = Trial(np.array([0]), [np.arange(3)], [np.array([99])])
    hopeless = measure(
        {"a": constant(np.ones(4))}, nobody, train, np.zeros((4, 1), dtype=np.float32)
    )
    assert hopeless["a"]["ndcg"].tolist() == [0]


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


def test_the_report_file_of_the_command(toy_files, tmp_path: Path) -> None:
    from recsys.__main__ import main

    out = tmp_path / "report.json"
    code = main(
        [
            "evaluate", "--interactions", str(toy_files[0]), "--items", str(toy_files[1]),
            "--split", "leave-one-out", "--models", "popularity,item-knn,ease",
            "--out", str(out), "--device", "cpu",
        ]
    )  # fmt: skip
    assert code == 0
    report = json.loads(out.read_text())
    jsonschema.validate(report, REPORT)
    assert set(report["models"]) == {"popularity", "item-knn", "ease"}
