"""What is known of an entry beside its item: how strong it was, of which kind, how long ago."""

import math
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest
import torch

from recsys.entries import HistoryEntry, UserReader
from recsys.fit import FitPlan, fit_two_tower, tower_scores
from recsys.history import History, signals_of
from recsys.ids import IdMap
from recsys.interactions import Interactions, build_interactions, item_frame
from recsys.sampling import TrainingRows, cut_windows
from recsys.serving import Recommender
from recsys.towers import Tower
from recsys.train import train
from recsys.two_tower import AGES, TwoTowerConfig, ages_of
from tests.recsys.toy import FIRST_ID, make_interactions, make_items

CONFIG = TwoTowerConfig(
    dim=32, length=10, blocks=1, negatives=64, batch_size=8, dropout=0.0, epochs=60,
    learning_rate=0.01, id_dropout=0.0,
)  # fmt: skip
FIRST, IF_LIKED, IF_NOT = 0, 1, 2


def crossroads(said: str) -> Interactions:
    """Everybody starts with one item; who liked it (or clicked) takes another than who did not."""
    rows = []
    for user in range(60):
        yes = user % 2 == 0
        weight = 1.0 if yes or said == "kind" else -0.8
        kind = "click" if yes or said == "weight" else "play"
        rows.append((user, FIRST, 0, weight, kind))
        rows.append((user, IF_LIKED if yes else IF_NOT, 1, 1.0, "click"))
    columns = ["user_id", "item_id", "timestamp", "weight", "kind"]
    frame = pd.DataFrame(rows, columns=columns).assign(rating=math.nan)
    items = pd.DataFrame({"item_id": [0, 1, 2], "title": "", "genres": ""})
    return build_interactions(frame, item_frame(items))[0]


@pytest.mark.slow
@pytest.mark.parametrize("said", ["weight", "kind"])
def test_how_an_item_was_met_changes_what_comes_next(said: str) -> None:
    rows = crossroads(said)
    features = np.zeros((3, 4), dtype=np.float32)
    model = fit_two_tower(rows, features, CONFIG, FitPlan(CONFIG.epochs, seed=0)).model
    plain = History.liking([FIRST])
    kinds = np.array([rows.kind_names.index("click")], dtype=np.int8)
    liked = replace(plain, kinds=kinds)
    other = replace(liked, weights=np.array([-0.8], dtype=np.float32))
    if said == "kind":
        other = replace(plain, kinds=np.array([rows.kind_names.index("play")], dtype=np.int8))
    scores = tower_scores(model, [liked, other])
    assert scores[0, IF_LIKED] > scores[0, IF_NOT] + 1
    assert scores[1, IF_NOT] > scores[1, IF_LIKED] + 1


def test_a_dislike_is_read_and_never_a_target() -> None:
    rows = crossroads("weight")
    reads = TrainingRows.of(rows)
    windows = torch.from_numpy(cut_windows(reads.sizes, 5, torch.Generator().manual_seed(0)))
    batch = reads.batch(windows)
    assert batch.signals[1::2, 0, 1].numpy() == pytest.approx(0.8)
    assert not batch.signals[::2, 0, :2].any()
    turned = rows.take(np.arange(len(rows)) % 2 == 0)  # the first rows alone, half of them dislikes
    alone = TrainingRows.of(turned)
    assert alone.counts.tolist() == [30, 0, 0]
    backwards = replace(rows, weights=rows.weights[::-1].copy())
    assert not TrainingRows.of(backwards).batch(windows).is_target[0::2, 0].any()


def test_a_full_like_of_no_said_kind_says_nothing() -> None:
    weights = np.array([1.0, 0.25, 0.0, -0.5], dtype=np.float32)
    found = signals_of(weights, np.array([0, 0, 1, 2], dtype=np.int8), 3)
    assert found.tolist() == [[0, 0, 0, 0], [0.75, 0, 0, 0], [1, 0, 1, 0], [1, 0.5, 0, 1]]


def test_ages_are_counted_in_doublings_from_the_next_question() -> None:
    ages = ages_of(torch.tensor([[100, 101, 108, 10**10]]))
    assert ages[0].tolist() == [[1, -1, -1], [3, 3, -1], [AGES - 1] * 3]


def test_a_history_without_one_like_keeps_its_dislikes() -> None:
    history = History(
        np.array([5, 6, 7]), np.array([1, -1, 0.5], np.float32), np.array([0, 1, 2], np.int8),
        np.array([1, 2, 3]), asked_at=9,
    )  # fmt: skip
    assert history.liked.tolist() == [5, 7]
    assert history.disliked.tolist() == [6]
    rest = history.without(1)
    assert (rest.rows.tolist(), rest.kinds.tolist(), rest.asked_at) == ([5, 6], [0, 1], 9)
    assert history.newest(2).rows.tolist() == [6, 7]


@pytest.mark.slow
def test_an_artifact_reads_dislikes_kinds_and_times_as_training_did(tmp_path: Path) -> None:
    frame = make_interactions()
    frame["kind"] = np.where(np.arange(len(frame)) % 3 == 0, "click", "play")
    frame["weight"] = np.where(np.arange(len(frame)) % 5 == 0, -0.5, 1.0)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    make_items().to_csv(tmp_path / "items.csv", index=False)
    config = replace(CONFIG, epochs=2, time_bias=True)
    out = tmp_path / "out"
    train(tmp_path / "rows.csv", tmp_path / "items.csv", out, preset="tiny", config=config)
    recommender = Recommender.load(out)
    assert recommender.manifest["reads"] == {"kinds": ["", "click", "play"], "dislikes": True}
    entries = [
        HistoryEntry(str(FIRST_ID + place), 1.0, 1_000_000 + 86_400 * place, "click")
        for place in range(4)
    ]

    def scores(*changed: HistoryEntry, asked_at: int | None = None) -> list[float]:
        reading = recommender.read([*entries, *changed], asked_at)
        found = recommender.recommend(reading, k=5)
        return [item.score for item in found]

    usual = scores()
    assert scores() == usual
    assert scores(asked_at=2_000_000_000) != usual
    entries[0] = entries[0]._replace(kind="play")
    other_kind = scores()
    assert other_kind != usual
    entries[0] = entries[0]._replace(kind="never seen")
    assert scores() not in (usual, other_kind)


def test_the_newest_word_on_an_item_counts_and_unknown_ones_are_passed_over() -> None:
    reader = UserReader(
        cast(Tower, None), length=5, kinds=("", "rate", "finish"), reads_dislikes=True
    )
    said = [
        HistoryEntry(5, 1.0, 1, "rate"),
        HistoryEntry(7, -0.5, 2, "unheard of"),
        HistoryEntry(99, 1.0, 3, "rate"),
        HistoryEntry(5, 0.25, 4, "finish"),
        HistoryEntry("7", 0.5, 6, "rate"),
    ]
    ids = IdMap([7, 5, 9])
    read = reader.history_of(said, ids)
    assert (read.rows.tolist(), read.weights.tolist()) == ([1, 0], [0.25, 0.5])
    assert (read.kinds.tolist(), read.times.tolist(), read.asked_at) == ([2, 1], [4, 6], 6)
    before = reader.history_of(said[:2], ids)
    assert (before.rows.tolist(), before.kinds.tolist()) == ([1, 0], [1, 0])
    assert len(reader.history_of(said[2:3], ids)) == len(reader.history_of([], ids)) == 0
