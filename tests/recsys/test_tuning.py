"""The search for a config really tunes, on toy data."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from recsys import fit
from recsys.__main__ import main
from recsys.errors import DataError, Stopped
from recsys.study import space_around
from recsys.tune import Tuning, tune
from recsys.tuned import config_of, load_config, save_json
from recsys.two_tower import PRESETS
from tests.recsys.toy import FIRST_ID, make_interactions, make_items

TRIALS = 12  # more than are drawn at random, so that the sampler proposes too
ROOT = Path(__file__).parents[2]


def search(files: tuple[Path, Path], out: Path, **changes: Any) -> Tuning:
    return tune(*files, out, **{"preset": "tiny", "trials": TRIALS, "seed": 1} | changes)


def outcomes(tuning: Tuning) -> list[tuple]:
    """What was tried and what came of it, without what was interrupted."""
    return [
        (row["params"], row["state"], row["ndcg"], row["epochs"])
        for row in tuning.history
        if row["state"] != "failed"
    ]


@pytest.fixture(scope="module")
def searched(toy_files, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tuning, Path]:
    out = tmp_path_factory.mktemp("search") / "out"
    return search(toy_files, out), out


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_lies_within_what_is_searched_around_it(preset) -> None:
    config = PRESETS[preset]
    for name, distribution in space_around(config).items():
        value = getattr(config, name)
        assert distribution._contains(distribution.to_internal_repr(value)), name
    widths = space_around(config)["dim"]
    for width in range(widths.low, widths.high + 1, widths.step):
        replace(config, dim=width)  # every width can be shared out over the heads


@pytest.mark.slow
def test_the_preset_is_tried_first_so_the_best_is_never_worse(searched) -> None:
    tuning, _ = searched
    own = {name: getattr(PRESETS["tiny"], name) for name in tuning.history[0]["params"]}
    assert tuning.history[0]["params"] == own
    assert tuning.ndcg >= tuning.history[0]["ndcg"]
    assert tuning.ndcg > 1.2 * tuning.history[0]["ndcg"]  # on the toy data it finds much better


@pytest.mark.slow
def test_the_history_is_complete(searched) -> None:
    tuning, out = searched
    history = json.loads((out / "history.json").read_text())
    assert history == tuning.history
    assert [row["number"] for row in history] == list(range(1, TRIALS + 1))
    assert {row["state"] for row in history} == {"complete", "pruned"}
    best = [row["best_so_far"] for row in history]
    assert best == sorted(best)
    assert best[-1] == max(row["ndcg"] for row in history) == tuning.ndcg
    for row in history:
        assert set(row["params"]) == set(space_around(PRESETS["tiny"]))
        assert 1 <= row["epochs"] <= PRESETS["tiny"].epochs
        assert row["seconds"] >= 0
    assert any(row["epochs"] < PRESETS["tiny"].epochs for row in history)  # given up early


@pytest.mark.slow
def test_the_file_it_leaves_is_the_best_config(searched) -> None:
    tuning, out = searched
    assert load_config(out / "tuned.json") == tuning.config
    best = max(tuning.history, key=lambda row: row["ndcg"])
    assert tuning.config == replace(PRESETS["tiny"], **best["params"])
    found = json.loads((out / "tuned.json").read_text())
    assert (found["preset"], found["seed"], found["trials"]) == ("tiny", 1, TRIALS)
    assert found["ndcg"] == tuning.ndcg
    assert len(found["data_sha256"]) == 64


@pytest.mark.slow
def test_a_search_that_dies_amid_a_trial_goes_on_as_if_it_had_not(
    searched, toy_files, tmp_path, monkeypatch
) -> None:
    run_epoch, epochs = fit._run_epoch, []
    whole = sum(row["epochs"] for row in searched[0].history)

    def dying(*arguments: Any) -> float:
        epochs.append(arguments)
        if len(epochs) in {6, whole - 1}:  # in the second trial, and where the sampler proposes
            raise KeyboardInterrupt
        return run_epoch(*arguments)

    monkeypatch.setattr(fit, "_run_epoch", dying)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            search(toy_files, tmp_path)
    resumed = search(toy_files, tmp_path)
    failed = [row for row in resumed.history if row["state"] == "failed"]
    assert len(failed) == 2
    assert outcomes(resumed) == outcomes(searched[0])
    assert resumed.config == searched[0].config
    assert len(epochs) == whole + 2  # no finished epoch was trained twice


@pytest.mark.slow
def test_a_search_killed_from_outside_goes_on_as_if_it_had_not(
    searched, toy_files, tmp_path
) -> None:
    command = [
        sys.executable, "-m", "recsys", "tune",
        "--interactions", toy_files[0], "--items", toy_files[1], "--out", tmp_path,
        "--preset", "tiny", "--seed", "1", "--trials", str(TRIALS), "--device", "cpu",
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    history, until = tmp_path / "history.json", time.monotonic() + 120
    while time.monotonic() < until:
        if history.exists() and len(json.loads(history.read_text())) >= 3:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(json.loads(history.read_text())) < TRIALS
    resumed = search(toy_files, tmp_path)
    assert outcomes(resumed) == outcomes(searched[0])


@pytest.mark.slow
def test_a_config_that_takes_its_process_down_is_not_tried_for_ever(
    toy_files, tmp_path, monkeypatch
) -> None:
    def dying(*_: Any) -> float:
        raise KeyboardInterrupt

    search(toy_files, tmp_path, trials=1)
    monkeypatch.setattr(fit, "_run_epoch", dying)
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            search(toy_files, tmp_path, trials=3)
    monkeypatch.undo()
    history = search(toy_files, tmp_path, trials=3).history
    failed = [row["params"] for row in history if row["state"] == "failed"]
    assert len(failed) == 4
    assert failed[0] == failed[1] == failed[2]
    assert failed[3] != failed[0]
    assert failed[3] == history[-2]["params"]  # the next one, which the fourth death interrupted


@pytest.mark.slow
def test_a_search_stops_at_its_budget_and_a_bigger_one_goes_on(toy_files, tmp_path) -> None:
    short = search(toy_files, tmp_path, trials=None, minutes=0.02)
    assert sum(row["seconds"] for row in short.history[:-1]) < 60 * 0.02
    assert short.history[-1]["state"] in {"complete", "pruned", "failed"}
    again = search(toy_files, tmp_path, trials=None, minutes=short.seconds / 61)
    assert again.history == short.history  # that time is used up
    more = search(toy_files, tmp_path, trials=len(short.history) + 4)
    assert len(more.history) >= len(short.history) + 2
    assert more.history[: len(short.history)] == short.history


@pytest.mark.slow
def test_even_no_time_at_all_gives_the_preset_a_figure(toy_files, tmp_path) -> None:
    tuning = search(toy_files, tmp_path, trials=None, minutes=1e-6)
    assert tuning.config == PRESETS["tiny"]
    assert [row["epochs"] for row in tuning.history] == [1]
    assert tuning.ndcg > 0


@pytest.mark.slow
def test_a_search_that_is_told_to_stop_does_so_within_a_batch(toy_files, tmp_path) -> None:
    told: list[str] = []
    with pytest.raises(Stopped):
        search(
            toy_files,
            tmp_path,
            on_progress=lambda fraction, message, history: told.append(message),
            should_stop=lambda: any("Trial 2" in message for message in told),
        )
    assert "Trial 2, epoch 1" in told[-1]
    assert len(json.loads((tmp_path / "history.json").read_text())) == 1
    resumed = search(toy_files, tmp_path, trials=3)
    assert [row["state"] for row in resumed.history][:3] == ["complete", "failed", "complete"]


@pytest.mark.slow
def test_the_held_out_rows_are_never_seen(toy_files, searched, tmp_path) -> None:
    """Other rows held back, among them an item that nobody had before: the search is the same."""
    frame, items = make_interactions(), make_items()
    last = frame.groupby("user_id").tail(1).index  # a fifth of seven rows
    frame.loc[last, "item_id"] = str(FIRST_ID + len(items) - 1)  # cold in all other rows
    files = tmp_path / "interactions.csv", tmp_path / "items.csv"
    frame.to_csv(files[0], index=False)
    items.to_csv(files[1], index=False)
    other = search(files, tmp_path / "out", trials=4)
    assert outcomes(other) == outcomes(searched[0])[:4]
    first = frame.groupby("user_id").head(1).index  # while a row that is not held back counts
    frame.loc[first, "item_id"] = str(FIRST_ID + len(items) - 1)
    frame.to_csv(files[0], index=False)
    third = search(files, tmp_path / "third", trials=1)
    assert outcomes(third) != outcomes(searched[0])[:1]


@pytest.mark.slow
def test_the_folder_of_another_search_is_refused(searched, toy_files, tmp_path) -> None:
    with pytest.raises(DataError, match="another seed"):
        search(toy_files, searched[1], seed=2)
    frame = pd.read_csv(toy_files[0]).iloc[1:]
    frame.to_csv(tmp_path / "fewer.csv", index=False)
    with pytest.raises(DataError, match="another data_sha256; choose another folder"):
        search((tmp_path / "fewer.csv", toy_files[1]), searched[1])
    (tmp_path / "study.db").write_text("no database" * 100)
    with pytest.raises(DataError, match=r"study\.db"):
        search(toy_files, tmp_path)


def test_a_search_needs_an_end_and_a_known_preset(toy_files, tmp_path) -> None:
    with pytest.raises(ValueError, match="minutes or trials"):
        search(toy_files, tmp_path, trials=None)
    with pytest.raises(ValueError, match="preset"):
        search(toy_files, tmp_path, preset="enormous")


@pytest.mark.slow
def test_people_of_one_row_leave_nothing_to_choose_on(toy_files, tmp_path) -> None:
    make_interactions(length=1).to_csv(tmp_path / "i.csv", index=False)
    with pytest.raises(DataError, match="nobody has enough rows"):
        search((tmp_path / "i.csv", toy_files[1]), tmp_path / "out")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"format": 1, "config": {"dim": 32, "width": 3}}, "unknown field 'width'"),
        ({"format": 1, "config": {"dim": "32"}}, "dim must be a whole number, not '32'"),
        ({"format": 1, "config": {"dim": 3.5}}, "dim must be a whole number, not 3.5"),
        ({"format": 1, "config": {"dim": 33}}, "multiple of heads"),
        ({"format": 1}, "config must be an object"),
        ({"format": 9, "config": {}}, "not a config of format 1"),
        ([], "not a config of format 1"),
    ],
)
def test_a_wrong_config_file_is_refused_with_its_name(content, said, tmp_path) -> None:
    save_json(tmp_path / "c.json", content)
    with pytest.raises(DataError, match=r"c\.json") as refused:
        load_config(tmp_path / "c.json")
    assert said in str(refused.value)


def test_a_missing_config_file_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load_config(tmp_path / "none.json")
    assert config_of({"learning_rate": 1}).learning_rate == 1  # a whole number is a number


@pytest.mark.slow
def test_from_the_command_to_a_training_with_what_it_found(toy_files, tmp_path, capsys) -> None:
    files = ["--interactions", str(toy_files[0]), "--items", str(toy_files[1])]
    tuned = tmp_path / "search" / "tuned.json"
    found = ["tune", *files, "--out", str(tuned.parent), "--preset", "tiny", "--trials", "3"]
    assert main(found) == 0
    assert "preset" in capsys.readouterr().out
    assert main(["train", *files, "--out", str(tmp_path / "a"), "--config", str(tuned)]) == 0
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert config_of(manifest["config"]) == load_config(tuned)
    measured = ["--split", "temporal", "--models", "two-tower", "--out", str(tmp_path / "r.json")]
    assert main(["evaluate", *files, *measured, "--config", str(tuned)]) == 0
    tuned.write_text(tuned.read_text().replace('"dim"', '"width"'))
    assert main(["evaluate", *files, *measured, "--config", str(tuned)]) == 1
    assert "unknown field 'width'" in capsys.readouterr().err
