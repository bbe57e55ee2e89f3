"""What variety costs: the curve of an evaluation."""

import math
from dataclasses import replace

import numpy as np
import pytest

from recsys.bootstrap import draws_of
from recsys.contenders import Task
from recsys.evaluate import Report, evaluate
from recsys.interactions import build_interactions, item_frame
from recsys.metrics import NOTHING
from recsys.reranking import ItemViews, Variety
from recsys.tradeoff import SLIDERS, reranked, tradeoff
from recsys.trial import ModelName, Trial, of_liked
from recsys.two_tower import PRESETS
from tests.recsys.toy import make_interactions, make_items, make_rows

ITEMS = item_frame(make_items())
ROWS, _ = build_interactions(make_interactions().assign(rating=math.nan), ITEMS)
TASK = Task(replace(PRESETS["tiny"], epochs=2))


def report_on(*models: ModelName) -> Report:
    return evaluate(
        ROWS, ITEMS, TASK, split_name="member-time", models=models, data_sha256="0" * 64
    )[0]


@pytest.fixture(scope="module")
def report() -> Report:
    return report_on("blend", "popularity")


def test_the_curve_has_every_place_of_the_slider_with_what_it_means(report) -> None:
    assert [point["slider"] for point in report["tradeoff"]] == list(SLIDERS)
    for point in report["tradeoff"]:
        assert Variety(**point["amounts"]) == Variety.at(point["slider"])
        for of in point["metrics"].values():
            assert of["low"] <= of["value"] <= of["high"]


def test_the_slider_at_nothing_is_the_blend_as_it_is_reported(report) -> None:
    start, blend = report["tradeoff"][0], report["models"]["blend"]
    for metric in ("ndcg", "coverage", "novelty", "genre_diversity", "calibration"):
        assert start["metrics"][metric] == pytest.approx(blend[metric])
    assert start["paired"]["difference"] == 0


def test_lists_of_more_variety_are_less_alike(report) -> None:
    values = [point["metrics"]["intra_list_diversity"]["value"] for point in report["tradeoff"]]
    assert values[-1] > values[0]


def test_each_point_is_held_against_the_same_members_without_variety(report) -> None:
    ndcg = [point["metrics"]["ndcg"]["value"] for point in report["tradeoff"]]
    for value, point in zip(ndcg, report["tradeoff"], strict=True):
        assert point["paired"]["difference"] == pytest.approx(value - ndcg[0])


def test_without_the_blend_there_is_no_curve() -> None:
    assert report_on("popularity")["tradeoff"] == []


def test_the_blend_is_asked_once_for_its_lists_and_its_curve(monkeypatch) -> None:
    asked: list[int] = []
    ranked = Trial.ranked
    monkeypatch.setattr(Trial, "ranked", lambda *given: asked.append(given[2]) or ranked(*given))
    report_on("blend")
    assert [k for k in asked if k > 10] == [100]
    assert asked[asked.index(100) :] == [100]  # after the choices, no other list of the blend


def make_views(n_items: int) -> ItemViews:
    vectors = np.eye(n_items, dtype=np.float32)
    return ItemViews.of(vectors, np.ones((n_items, 1), np.float32), np.ones(n_items))


def test_who_has_seen_nearly_everything_keeps_a_short_list_without_seen_items() -> None:
    trial = Trial.of(make_rows([0, 1, 2]), make_rows([3, 4]))
    best = trial.ranked(of_liked(lambda liked: np.tile(np.arange(5.0), (len(liked), 1))), 5)
    assert best[0].tolist() == [[4, 3, NOTHING, NOTHING, NOTHING]]
    lists = reranked(best, trial, make_views(5), Variety.at(1))
    assert sorted(lists[0].tolist()) == [NOTHING] * 8 + [3, 4]
    assert set(lists[0, :2].tolist()) == {3, 4}


def test_a_relevant_item_that_is_like_a_better_scored_one_is_found_with_less_variety() -> None:
    """Twelve candidates in two clusters; the relevant one is tenth, and like the nine before."""
    trial = Trial.of(make_rows([12]), make_rows([9]))
    vectors = np.eye(2, dtype=np.float32)[[0] * 10 + [1] * 3]
    counts = np.ones(13, dtype=np.int64)
    views = ItemViews.of(vectors, np.ones((13, 1), np.float32), counts)
    scores = np.linspace(1, 0, 13)[None]
    best = trial.ranked(of_liked(lambda liked: scores), 12)
    draws = draws_of(1, np.random.default_rng(0))
    points = tradeoff(best, trial, views, counts, draws)
    found = [point["metrics"]["ndcg"]["value"] for point in points]
    assert found[0] == pytest.approx(1 / math.log2(11))
    assert found[-1] == 0
    assert points[-1]["paired"]["difference_high"] < 0
