"""docs/tour.md against the code: short enough to read, and no step that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MOST_FILES = 8
WALKS = (ROOT / "docs" / "tour.md").read_text().split("\n## ")[1:]
STEP = re.compile(r"^\d+\. \*\*`([\w/]+\.py)`\*\*(?:, `([\w.]+)`)?", re.MULTILINE)
PASSED = re.compile(r"(?<!\*)\*`([\w/]+\.py)`\*(?!\*)")  # in italics


@pytest.mark.parametrize("walk", WALKS, ids=[walk.split(":")[0] for walk in WALKS])
def test_a_walk_takes_at_most_eight_files_that_hold_what_it_names(walk):
    steps = STEP.findall(walk)
    assert len(steps) == len(re.findall(r"^\d+\. ", walk, re.MULTILINE))
    assert 0 < len({path for path, _ in steps}) <= MOST_FILES
    for path, name in steps:
        text = (ROOT / path).read_text()
        function = name.split(".")[-1]
        assert not name or f"def {function}(" in text, f"{path} has no {name}"


@pytest.mark.parametrize("name", sorted(set(PASSED.findall("".join(WALKS)))))
def test_files_passed_on_the_way_exist(name):
    packages = (ROOT / package for package in ("platform", "recsys", "genai"))
    assert any(found for package in packages for found in package.rglob(name))
