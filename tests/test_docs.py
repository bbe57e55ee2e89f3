"""What the documents tell people to type."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BARE = re.compile(r"(?<![\w./-])python3? manage\.py")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_the_site_are_those_of_its_own_python(page):
    assert BARE.findall(page.read_text()) == []
