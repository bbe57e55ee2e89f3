"""The measuring behind docs/benchmarks.md: rows, what they cost, and the document made of them."""

import json
import time
from pathlib import Path

import pytest

from tests.benchmarks import movielens_1m
from tests.benchmarks.__main__ import main
from tests.benchmarks.record import (
    SECONDS_AT_ONCE,
    Bench,
    Found,
    Missing,
    Row,
    Unfinished,
    run_row,
)
from tests.benchmarks.render import BLOCK, DOCUMENT, render, tables
from tests.benchmarks.rows import ROWS


def make_row(measure, prepare=lambda: None) -> Row:
    return Row("toy", "A row for tests.", prepare, measure)


def make_found() -> Found:
    ndcg = {"value": 0.5, "low": 0.4, "high": 0.6}
    pair = {"a": "blend", "b": "ease", "metric": "ndcg", "ratio": 1.25, "low": 1.1, "high": 1.4}
    report = {"models": {"ease": {"ndcg": ndcg}, "blend": {"ndcg": ndcg}}, "paired": [pair]}
    return {"data": "three ratings", "data_sha256": "ab", "seed": 7, "report": report}


def burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def folders(tmp_path: Path) -> dict[str, Path]:
    return {"results": tmp_path / "results", "state": tmp_path / "state"}


def test_a_row_leaves_a_record_of_what_came_out_and_what_it_cost(tmp_path: Path) -> None:
    def measure(bench: Bench) -> Found:
        with bench.step("fit"):
            burn(0.1)
        return make_found()

    record = json.loads(run_row(make_row(measure), **folders(tmp_path)).read_text())
    assert record["command"] == "make bench ROW=toy"
    assert record["seed"] == 7
    assert record["data_sha256"] == "ab"
    assert record["report"] == make_found()["report"]
    assert 0.1 <= record["step_cpu_seconds"]["fit"] <= record["cpu_seconds"] < 5
    assert record["peak_mib"] > 10
    assert record["commit"]
    assert {"python", "torch", "numpy"} <= set(record["versions"])


@pytest.mark.slow
def test_a_resumed_row_adds_the_cpu_seconds_of_all_its_parts(tmp_path: Path) -> None:
    def measure(bench: Bench) -> Found:
        half = bench.folder / "half"
        with bench.step("fit"):
            burn(0.2)
        if not half.exists():
            half.touch()
            raise KeyboardInterrupt
        return make_found()

    row = make_row(measure)
    with pytest.raises(KeyboardInterrupt):
        run_row(row, **folders(tmp_path))
    assert not (tmp_path / "results").exists()
    record = json.loads(run_row(row, **folders(tmp_path)).read_text())
    assert record["times_begun"] == 2
    assert record["cpu_seconds"] >= 0.4
    assert record["step_cpu_seconds"]["fit"] >= 0.4


def test_a_finished_row_is_measured_anew(tmp_path: Path) -> None:
    def measure(bench: Bench) -> Found:
        assert not (bench.folder / "kept").exists()
        (bench.folder / "kept").touch()
        return make_found()

    row = make_row(measure)
    run_row(row, **folders(tmp_path))
    record = json.loads(run_row(row, **folders(tmp_path)).read_text())
    assert record["times_begun"] == 1


def test_a_row_that_needs_another_call_says_so_and_goes_on(tmp_path, monkeypatch, capsys) -> None:
    def measure(bench: Bench) -> Found:
        half = bench.folder / "half"
        if not half.exists():
            half.touch()
            bench.pause_before(SECONDS_AT_ONCE + 1)
        return make_found()

    row = make_row(measure)
    monkeypatch.setattr("tests.benchmarks.__main__.ROWS", (row,))
    monkeypatch.setattr(
        "tests.benchmarks.__main__.run_row", lambda row: run_row(row, **folders(tmp_path))
    )
    monkeypatch.setattr("tests.benchmarks.__main__.render_document", lambda: None)
    assert main(["toy"]) == 2
    assert "run again: make bench ROW=toy" in capsys.readouterr().err
    assert main(["toy"]) == 0


def test_what_fits_into_a_call_is_done_in_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "toy")
    bench.pause_before(SECONDS_AT_ONCE - 60)
    with pytest.raises(Unfinished):
        bench.pause_before(SECONDS_AT_ONCE + 60)


def test_what_is_missing_stops_a_row_before_anything_is_written(tmp_path: Path) -> None:
    def prepare() -> None:
        raise Missing("set BENCH_DATA")

    with pytest.raises(Missing):
        run_row(make_row(lambda bench: make_found(), prepare), **folders(tmp_path))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("given", [None, "empty"])
def test_missing_data_is_one_line_with_the_way_out(given, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.delenv("BENCH_DATA", raising=False)
    if given:
        monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    assert main(["ml-1m-5-minutes"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "BENCH_DATA" in told
    assert "docs/benchmarks.md" in told
    assert str(tmp_path) not in told


def test_without_a_row_all_rows_are_listed(capsys) -> None:
    assert main([]) == 0
    told = capsys.readouterr().out
    assert all(row.name in told and row.sentence in told for row in ROWS)


def test_an_unknown_row_is_refused(capsys) -> None:
    assert main(["nothing"]) == 1
    assert "ml-1m-5-minutes" in capsys.readouterr().err


def test_the_million_ratings_are_read_in_order(tmp_path: Path, monkeypatch) -> None:
    import numpy as np

    folder = tmp_path / movielens_1m.FOLDER
    folder.mkdir()
    np.savez(
        folder / "ml1m_sequences.npz",
        user=np.array([7, 9]),
        offset=np.array([0, 2, 5]),
        item=np.array([30, 10, 10, 20, 30]),
    )
    lines = "10::Amélie (2001)::Comedy|Romance\n20::M (1931)::Crime\n30::Up::\n99::Unseen (1999)::"
    (folder / "movies.dat").write_text(lines, encoding="latin-1")
    monkeypatch.setenv("BENCH_DATA", str(tmp_path))
    interactions, items = movielens_1m.load()
    assert [list(history) for history in interactions.histories()] == [[2, 0], [0, 1, 2]]
    assert list(interactions.times) == [0, 1, 0, 1, 2]
    assert list(items["title"]) == ["Amélie", "M", "Up"]
    assert list(items["year"]) == ["2001", "1931", ""]


def test_a_marked_block_is_made_from_its_record(tmp_path: Path) -> None:
    path = run_row(make_row(lambda bench: make_found()), **folders(tmp_path))
    text = "before\n<!-- row: toy -->\nold\n<!-- end of row -->\nafter\n"
    rendered = render(text, path.parent)
    assert rendered.startswith(
        "before\n<!-- row: toy -->\n| Model | NDCG@10 [95 %] |\n|-|-|\n| blend |"
    )
    assert "| blend / ease | 1.250 [1.100, 1.400] | yes |" in rendered
    assert "old" not in rendered
    assert rendered.endswith("<!-- end of row -->\nafter\n")
    assert render(rendered, path.parent) == rendered


def test_a_record_without_a_report_has_the_tables_of_what_it_has() -> None:
    half = {"value": 0.5, "low": 0.4, "high": 0.6}
    pair = {"ratio": 2.0, "low": 1.5, "high": 2.5}
    rates = {"median": 3000.0, "ours_over": pair}
    text = tables(
        {
            "row": "toy",
            "command": "make bench ROW=toy",
            "cpu_seconds": 1.0,
            "peak_mib": 2,
            "commit": "abc",
            "speed": {"ours": rates, "theirs": rates},
            "variants": {
                name: {"epochs": 4, "fit_cpu_seconds": 9.6, "ndcg": half, "to_full": pair}
                for name in ("full", "no dropout")
            },
            "checks": [
                {"check": "asked", "ndcg": half, "expected": "less", "against": 1, "passed": False}
            ],
        }
    )
    assert "| ours | 3,000 |  |" in text
    assert "| theirs | 3,000 | 2.000 [1.500, 2.500] |" in text
    assert "| no dropout | 4 | 10 | 0.5000 [0.4000, 0.6000] | 2.000 [1.500, 2.500] |" in text
    assert "| asked | 0.5000 [0.4000, 0.6000] | less (1.0000) | **no** |" in text
    assert "\n\n\n" not in text


def test_the_document_is_what_the_records_say() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert {found[2] for found in BLOCK.finditer(text)} == {row.name for row in ROWS}
    assert render(text, DOCUMENT.parent / "benchmarks") == text, "make bench ROW=render"
