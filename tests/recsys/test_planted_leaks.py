"""Models that have seen what they are measured on are caught; honest ones never are."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recsys import evaluate as lab
from recsys import leaks
from recsys.baselines import Ease, item_knn, popularity, sequential_rules
from recsys.canaries import CHANCE, PER_USER, Canaries
from recsys.contenders import Task, constant
from recsys.errors import DataError
from recsys.history import History
from recsys.ids import IdMap
from recsys.interactions import ROW_COLUMNS, Interactions, Rows, item_frame
from recsys.leaks import (
    Check,
    Examination,
    check_lists,
    check_split,
    check_trial,
)
from recsys.metrics import NOTHING
from recsys.ranking import Scores
from recsys.splitting import SPLITS, SplitName, split
from recsys.trial import LIST_LENGTH, MODELS, Scorer, Trial, of_liked
from recsys.two_tower import PRESETS
from tests.recsys.toy import make_rows

pytestmark = pytest.mark.slow

N_USERS, N_ITEMS, LENGTH, N_CAMPS = 400, 120, 15, 4


def make_crowd(seed: int = 0) -> Interactions:
    """User u draws popular items, those of camp u % N_CAMPS twelve times as often as others."""
    rng = np.random.default_rng(seed)
    items = np.arange(N_ITEMS)
    fame = 1 / (1 + rng.permutation(items)) ** 0.6
    drawn = []
    for user in range(N_USERS):
        taste = fame * np.where(items % N_CAMPS == user % N_CAMPS, 12, 1)
        drawn.append(rng.choice(items, LENGTH, replace=False, p=taste / taste.sum()))
    places = np.arange(N_USERS * LENGTH)
    times = 86_400 * (places % LENGTH) + rng.integers(0, 86_400, len(places))
    times = np.sort(times.reshape(N_USERS, LENGTH), axis=1)
    times = (times + 86_400 * rng.integers(0, 6, (N_USERS, 1))).ravel()
    ids = (IdMap(list(range(N_USERS))), IdMap(list(range(N_ITEMS))))
    return Interactions(places // LENGTH, np.concatenate(drawn), times, places, *ids)


def examine(name: SplitName = "member-time") -> Examination:
    return Examination.of(make_crowd(), name, np.random.default_rng(1))


def together(a: Interactions, b: Interactions) -> Interactions:
    columns = {name: np.concatenate([getattr(a, name), getattr(b, name)]) for name in ROW_COLUMNS}
    order = np.lexsort((columns["places"], columns["times"], columns["users"]))
    return replace(a, **{name: column[order] for name, column in columns.items()})


def failed(examination: Examination, scorer: Scorer) -> dict[str, str]:
    """What is said by each check that did not pass."""
    lists = examination.trial.lists(scorer, LIST_LENGTH)
    checks = examination.checks("planted", scorer, lists)
    assert [check.name for check in checks] == ["lists", "order", "history", "canaries"]
    return {check.name: check.detail for check in checks if not check.passed}


FITS: dict[str, Callable[[Interactions], Callable[[list[Rows]], Scores]]] = {
    "popularity": lambda rows: constant(popularity(rows)),
    "item-knn": lambda rows: item_knn(rows, shrink=10.0).scores,
    "ease": lambda rows: Ease(rows, regularisation=200.0).scores,
    "sequential-rules": lambda rows: sequential_rules(rows, reach=0.8, fade=0.8, count=50).scores,
}


@pytest.mark.parametrize(
    "name", [SPLITS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in SPLITS[1:])]
)
@pytest.mark.parametrize("fit", FITS)
def test_a_fit_on_what_is_held_back_is_caught_and_one_without_it_is_not(
    fit: str, name: SplitName
) -> None:
    examination = examine(name)
    assert failed(examination, of_liked(FITS[fit](examination.train))) == {}
    peeking = of_liked(FITS[fit](together(examination.train, examination.held)))
    assert "rows that were held back" in failed(examination, peeking)["canaries"]


@pytest.mark.slow
def test_honest_networks_pass_every_check_too() -> None:
    items = item_frame(pd.DataFrame({"item_id": range(N_ITEMS), "genres": "Drama"}))
    report, _, _ = lab.evaluate(
        make_crowd(), items, Task(replace(PRESETS["tiny"], epochs=3)),
        split_name="temporal", models=MODELS, data_sha256="0" * 64,
    )  # fmt: skip
    assert {check["model"] for check in report["checks"]} == set(MODELS)
    assert [check for check in report["checks"] if not check["passed"]] == []
    told = {check["detail"] for check in report["checks"] if check["name"] == "canaries"}
    assert all(detail.endswith("none noticed") for detail in told)


def test_the_canaries_are_in_no_training_part_and_asked_of_nobody() -> None:
    examination = examine()
    train, held = split(make_crowd(), "member-time")
    assert len(examination.canaries) == PER_USER * N_USERS
    assert len(examination.held) == len(held) + PER_USER * N_USERS
    assert examination.train.items.tolist() == train.items.tolist()
    asked = Trial.of(train, held)
    assert [rows.tolist() for rows in examination.trial.relevant] == [
        rows.tolist() for rows in asked.relevant
    ]
    for place, item in zip(examination.canaries.places, examination.canaries.planted, strict=True):
        assert item not in examination.trial.histories[place].rows
        assert item not in examination.trial.relevant[place]


def test_answers_given_in_the_order_of_the_questions_are_caught() -> None:
    examination = examine()
    trial, asked = examination.trial, [0]

    def peeking(histories: list[History]) -> Scores:
        scores = np.zeros((len(histories), N_ITEMS), dtype=np.float32)
        for line in scores:
            line[trial.relevant[asked[0] % len(trial.relevant)]] = 1
            asked[0] += 1
        return scores

    assert trial.mean_ndcg(peeking) == 1
    assert "other scores in another order" in failed(examination, peeking)["order"]


def test_answers_looked_up_by_history_are_caught() -> None:
    examination = examine()
    trial = examination.trial
    known = dict(zip((tuple(rows) for rows in trial.liked), trial.relevant, strict=True))
    fallback = popularity(examination.train)

    def peeking(histories: list[History]) -> Scores:
        scores = np.tile(fallback, (len(histories), 1))
        for line, history in zip(scores, histories, strict=True):
            line[known.get(tuple(history.liked), [])] = 1e6
        return scores

    assert trial.mean_ndcg(peeking) == 1
    assert (
        "NDCG 1.000, without each one's oldest like 0." in failed(examination, peeking)["history"]
    )


def test_a_model_that_can_rank_nothing_unseen_is_caught() -> None:
    examination = examine()

    def hiding(histories: list[History]) -> Scores:
        scores = np.full((len(histories), N_ITEMS), -np.inf, dtype=np.float32)
        for line, history in zip(scores, histories, strict=True):
            line[history.rows] = 1
            line[:8] = 0.5
        return scores

    assert "lists are shorter than they could be" in failed(examination, hiding)["lists"]


def test_a_seen_item_in_a_list_is_caught_and_so_is_one_that_is_there_twice() -> None:
    train, held = make_rows([0, 1], [2, 0]), make_rows([3], [1, 3])
    train = replace(train, item_ids=held.item_ids)
    trial = Trial.of(train, held)

    def check(*lists: list[int]) -> Check:
        return check_lists("planted", np.array(lists), trial, train)

    assert check([2, 3, NOTHING], [1, 3, NOTHING]).passed
    assert check([2, 3, NOTHING], [1, 0, NOTHING]).detail.startswith("1 places hold an item that")
    assert "1 places repeat" in check([2, 3, NOTHING], [1, 1, NOTHING]).detail
    assert "1 lists are shorter" in check([2, NOTHING, NOTHING], [1, 3, NOTHING]).detail


@pytest.mark.parametrize("name", SPLITS)
def test_a_split_that_trains_on_one_row_that_is_held_back_is_refused(name: SplitName) -> None:
    train, held = split(make_crowd(), name)
    check_split(train, held, name)
    one = np.arange(len(held)) == len(held) // 2
    with pytest.raises(DataError, match="leak: item .* is held back from user .* and trained on"):
        check_split(together(train, held.take(one)), held, name)


@pytest.mark.parametrize("name", SPLITS)
def test_a_split_that_trains_on_one_newer_row_is_refused(name: SplitName) -> None:
    train, held = split(make_crowd(), name)
    newest = held.take(np.arange(len(held)) == int(np.argmax(held.times)))
    unseen = np.setdiff1d(
        np.arange(N_ITEMS), together(train, held).items[together(train, held).users == newest.users]
    )
    later = replace(newest, items=unseen[:1], times=newest.times + 1)
    with pytest.raises(
        DataError, match="leak: the training row of user .* is newer than rows held"
    ):
        check_split(together(train, later), held, name)


def test_under_one_moment_for_everybody_a_newer_row_of_anybody_is_refused() -> None:
    train, held = split(make_crowd(), "member-time")
    check_split(train, held, "member-time")
    with pytest.raises(DataError, match="is newer than rows held back"):
        check_split(train, held, "temporal")


def test_a_history_that_holds_the_answer_or_goes_past_it_is_refused() -> None:
    trial = Trial.of(*split(make_crowd(), "member-time"))
    check_trial(trial)
    history, relevant = trial.histories[3], trial.relevant[3]

    def with_third(changed: History) -> Trial:
        return replace(trial, histories=[*trial.histories[:3], changed, *trial.histories[4:]])

    with pytest.raises(DataError, match="holds what is held back"):
        check_trial(with_third(replace(history, rows=np.append(history.rows[1:], relevant[:1]))))
    with pytest.raises(DataError, match="goes past what is held back"):
        check_trial(with_third(replace(history, asked_at=history.times[-1] - 1)))


def evaluate_command(files: tuple[Path, Path], out: Path) -> int:
    from recsys.__main__ import main

    return main(
        [
            "evaluate", "--interactions", str(files[0]), "--items", str(files[1]),
            "--models", "popularity,ease", "--out", str(out), "--device", "cpu",
        ]
    )  # fmt: skip


def test_the_command_leaves_the_report_and_fails_when_a_model_has_peeked(
    toy_files, tmp_path, capsys, monkeypatch
) -> None:
    honest, calls = lab.scorers, [0]

    def planted(*arguments: Any) -> Any:
        made, model = honest(*arguments)

        def peeking(histories: list[History]) -> Scores:
            calls[0] += 1
            return made["ease"](histories) * (-1) ** calls[0]

        return {**made, "ease": peeking}, model

    monkeypatch.setattr(lab, "scorers", planted)
    assert evaluate_command(toy_files, tmp_path / "report.json") == 1
    assert "a check failed: ease, order: 40 of 40 members" in capsys.readouterr().err
    assert (tmp_path / "report.json").exists()


def test_the_command_refuses_a_split_that_leaks(toy_files, tmp_path, capsys, monkeypatch) -> None:
    def leaking(rows: Interactions, name: SplitName) -> tuple[Interactions, Interactions]:
        train, held = split(rows, name)
        return together(train, held.take(np.arange(len(held)) == 5)), held

    monkeypatch.setattr(leaks, "split", leaking)
    assert evaluate_command(toy_files, tmp_path / "report.json") == 1
    assert "leak: item" in capsys.readouterr().err
    assert not (tmp_path / "report.json").exists()


@pytest.mark.slow
def test_an_innocent_model_is_accused_no_more_often_than_the_evidence_says() -> None:
    trial = examine().trial
    counts = make_crowd().item_counts()
    scores = counts + np.random.default_rng(7).random((N_USERS, N_ITEMS))
    places = {id(history): place for place, history in enumerate(trial.histories)}
    evidence = [
        Canaries.of(trial, counts, np.random.default_rng(seed)).evidence(
            lambda histories, sign=(-1) ** seed: (  # half of them like what few know
                sign * scores[[places[id(history)] for history in histories]]
            ),
            trial,
        )
        for seed in range(60)
    ]
    assert np.mean(np.array(evidence) <= 0.2) <= 0.2
    assert min(evidence) > CHANCE
