"""What the processes of a run share is whole, and made by this run."""

from pathlib import Path

import pytest

from tests.sharing import MADE, begin_run, made_once


@pytest.fixture
def begin(monkeypatch, tmp_path):
    """Begins another run with the same state."""

    def begin() -> Path | None:
        monkeypatch.delenv(MADE)
        return begin_run(tmp_path)

    return begin


def write(text: str):
    return lambda folder: (folder / "text").write_text(text)


def read(folder: Path) -> str:
    return (folder / "text").read_text()


def fail(folder: Path) -> None:
    (folder / "half").touch()
    raise OSError("the disk is full")


def test_who_asks_second_gets_what_was_made(begin):
    begin()
    assert read(made_once("toy", write("first"))) == "first"
    assert read(made_once("toy", write("second"))) == "first"


def test_a_making_that_fails_says_why_each_time_and_leaves_nothing_behind(begin):
    begin()
    for _ in range(2):
        with pytest.raises(OSError, match="the disk is full"):
            made_once("toy", fail)
    folder = made_once("toy", write("whole"))
    assert [path.name for path in folder.iterdir()] == ["text"]


def test_what_an_earlier_run_made_is_not_taken(begin):
    begin()
    made_once("toy", write("old"))
    begin()
    assert read(made_once("toy", write("new"))) == "new"


def test_the_processes_of_a_run_keep_its_folder(begin, tmp_path):
    folder = begin()
    made = made_once("toy", write("shared"))
    assert begin_run(tmp_path) is None
    assert made.parent == folder
    assert read(made_once("toy", write("other"))) == "shared"
