"""What the report measures is what an artifact of the same model serves."""

import math
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from recsys.artifacts import publish_artifact, read_manifest
from recsys.baselines import Als, item_knn
from recsys.bootstrap import coverage_interval
from recsys.choosing import choose
from recsys.contenders import (
    ALS_REGULARISATIONS,
    KNN_SHRINKS,
    Choices,
    Model,
    Task,
    fit_model,
)
from recsys.content import ContentEncoder
from recsys.entries import HistoryEntry
from recsys.export import write_artifact_files
from recsys.history import History, histories_of
from recsys.interactions import build_interactions, item_frame
from recsys.metrics import listed
from recsys.serving import Recommender
from recsys.sources import PARTS, Blend, heard_of_followers
from recsys.splitting import split
from recsys.tables import Tables
from recsys.train import reads_of, train
from recsys.trial import Trial, of_liked
from recsys.two_tower import PRESETS
from tests.recsys.toy import make_interactions, make_items

BLEND = Blend(tower=0.5, neighbours=0.2, followers=0.15, popular=0.05, content=0.1)


@pytest.fixture(scope="module")
def encoder() -> ContentEncoder:
    return ContentEncoder.fit(item_frame(make_items()))


@pytest.fixture(scope="module")
def model(encoder: ContentEncoder) -> Model:
    frame = make_interactions().assign(rating=math.nan)
    rows, items = build_interactions(frame, item_frame(make_items()))
    choices = Choices(epochs=2, blend=BLEND)
    return fit_model("final", rows, encoder.encode(items), Task(PRESETS["tiny"]), choices)


@pytest.fixture(scope="module")
def served(
    model: Model, encoder: ContentEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Recommender:
    folder = tmp_path_factory.mktemp("same") / "artifact"
    manifest = {
        "config": {"length": model.fitted.model.config.length},
        "choices": {"blend": asdict(BLEND)},
        "reads": reads_of(model.train),
    }
    publish_artifact(folder, manifest, lambda part: write_artifact_files(part, model, encoder))
    return Recommender.load(folder)


@pytest.mark.slow
def test_the_blend_that_is_measured_scores_as_the_artifact_serves(
    model: Model, served: Recommender
) -> None:
    ids = model.train.item_ids.ids
    cold = len(ids) - 1  # nobody has had it
    histories = [*histories_of(model.train)[:6], History.liking([0, 1, cold])]
    for history, measured in zip(histories, model.scores(histories), strict=True):
        entries = [HistoryEntry(ids[row]) for row in history.rows]
        found = served.recommend(entries, k=len(ids))
        assert len(found) == len(ids) - len(history)
        expected = {ids[row]: measured[row] for row in range(len(ids)) if row not in history.rows}
        assert {item.item_id: item.score for item in found} == pytest.approx(expected, abs=1e-4)


def test_all_blends_tried_at_once_score_as_each_alone(model: Model) -> None:
    history = histories_of(model.train)[0]
    alone = [replace(Blend(tower=0), **{name: 1.0}) for name in PARTS]
    blends = [*alone, BLEND]
    (by_blend,) = model.ranked([history], blends)
    for blend, scores in zip(blends, by_blend, strict=True):
        assert next(model.ranked([history], [blend]))[0] == pytest.approx(scores)
    assert by_blend[-1] == pytest.approx(BLEND.weights @ by_blend[:-1])


def test_the_rules_that_serve_are_the_rules_that_are_measured_alone(model: Model) -> None:
    rules = model.sources.rules
    tables = Tables.build(model.arrays)
    for history in histories_of(model.train)[:6]:
        served = heard_of_followers(history, tables, rules.fade).total
        assert served == pytest.approx(rules.scores([history.liked])[0], rel=1e-3, abs=1e-4)


def test_baselines_get_the_values_that_do_best_on_the_inner_split(model: Model) -> None:
    rows, task = model.train, Task(PRESETS["tiny"])
    choices = choose(rows, model.encoded, task, ["item-knn", "als"], "member-time")
    part, held = split(rows, "member-time")
    trial = Trial.of(part, held)
    by_shrink = {
        value: trial.mean_ndcg(of_liked(item_knn(part, shrink=value).scores))
        for value in KNN_SHRINKS
    }
    assert by_shrink[choices.knn_shrink] == max(by_shrink.values())
    by_strength = {
        value: trial.mean_ndcg(of_liked(Als(part, seed=0, regularisation=value).scores))
        for value in ALS_REGULARISATIONS
    }
    assert by_strength[choices.als_regularisation] == max(by_strength.values())


def test_coverage_is_as_uncertain_as_the_choice_of_users() -> None:
    rng = np.random.default_rng(0)
    draws = rng.multinomial(20, np.full(20, 1 / 20), size=500) / 20
    own = coverage_interval(listed(np.arange(40).reshape(20, 2), 100), draws)
    assert own["value"] == pytest.approx(0.4)
    assert own["low"] < 0.38
    assert own["high"] > 0.42
    same = coverage_interval(listed(np.tile([3, 4], (20, 1)), 100), draws)
    assert same == pytest.approx({"value": 0.02, "low": 0.02, "high": 0.02})


@pytest.mark.slow
def test_without_refit_the_tables_and_the_manifest_speak_of_the_rows_the_model_saw(
    toy_files: tuple[Path, Path], tmp_path: Path
) -> None:
    artifact = train(*toy_files, tmp_path / "out", preset="tiny", seed=1, refit=False).artifact
    rows, _ = build_interactions(
        make_interactions().assign(rating=math.nan), item_frame(make_items())
    )
    seen, _ = split(rows, "member-time")
    tables = load_file(artifact / "tables.safetensors")
    assert tables["counts"].tolist() == seen.item_counts().tolist()
    assert tables["popular"].sum() <= len(seen)
    assert read_manifest(artifact)["data"]["interactions"] == len(seen) < len(rows)
