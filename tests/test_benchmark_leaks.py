"""The three questions that tell a figure from a leak."""

import numpy as np
import pytest

from recsys.contenders import Choices, Model, Task, fit_model
from recsys.content import ContentEncoder
from recsys.history import History
from recsys.interactions import build_interactions, item_frame
from recsys.sources import Blend
from recsys.splitting import leave_one_out
from recsys.trial import LIST_LENGTH, Trial
from recsys.two_tower import PRESETS
from tests.benchmarks import leaks
from tests.recsys.toy import make_interactions, make_items


@pytest.fixture(scope="module")
def fitted() -> tuple[Model, Trial]:
    rows, items = build_interactions(make_interactions(), item_frame(make_items()))
    train, held = leave_one_out(rows)
    choices = Choices(epochs=3, blend=Blend(0.5, 0.2, 0.2, popular=0.1))
    encoded = ContentEncoder.fit(items).encode(items)
    model = fit_model("toy", train, encoded, Task(PRESETS["tiny"]), choices)
    return model, Trial.of(train, held)


def lists_of(model: Model, trial: Trial) -> dict[str, np.ndarray]:
    counts = model.train.item_counts().astype(np.float32)
    popular = trial.lists(lambda histories: np.tile(counts, (len(histories), 1)), LIST_LENGTH)
    return {"blend": trial.lists(model.scores, LIST_LENGTH), "popularity": popular}


def test_exchanged_targets_are_new_to_whom_they_are_given(fitted) -> None:
    _, trial = fitted
    targets = leaks.exchanged(trial, np.random.default_rng(0))
    assert sorted(np.concatenate(targets)) == sorted(np.concatenate(trial.relevant))
    for history, given, own in zip(trial.histories, targets, trial.relevant, strict=True):
        assert given[0] not in history.rows
        assert given[0] != own[0]


def test_whoever_knows_the_exchanged_targets_is_found_out(fitted) -> None:
    model, trial = fitted
    lists = lists_of(model, trial)
    planted = leaks.exchanged(trial, np.random.default_rng(0))
    for line, given in zip(lists["blend"], planted, strict=True):
        line[0] = given[0]
    assert not leaks.shuffled_future(trial, lists, seed=0)["passed"]


def test_the_newest_entry_is_hidden_from_the_model_and_still_left_out_of_the_list() -> None:
    history, asked = History.liking(np.array([4, 7, 2])), []

    def scorer(histories):
        asked.extend(histories)
        return np.ones((len(histories), 9), np.float32)

    trial = Trial(np.array([0]), [history], [np.array([5])])
    listed = trial.lists(leaks.without_newest(scorer), LIST_LENGTH)
    assert asked[0].rows.tolist() == [4, 7]
    assert 2 not in listed[0]


def test_a_figure_that_needs_no_newest_item_is_found_out(fitted, monkeypatch) -> None:
    model, trial = fitted
    lists = lists_of(model, trial)
    monkeypatch.setattr(leaks, "shortened", lambda history: history)
    assert not leaks.masked_last_item(model, trial, lists, seed=0)["passed"]


def test_relabelled_titles_give_the_same_lists(fitted) -> None:
    model, trial = fitted
    assert leaks.permuted_ids(model, trial, lists_of(model, trial), seed=0)["passed"]


def test_a_table_that_stays_in_its_old_order_is_found_out(fitted, monkeypatch) -> None:
    model, trial = fitted
    lists = lists_of(model, trial)
    monkeypatch.setattr(leaks, "_reordered", lambda neighbours, order, place: neighbours)
    assert not leaks.permuted_ids(model, trial, lists, seed=0)["passed"]
