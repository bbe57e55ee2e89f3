"""What ships plays as well as its manifest says, as far as that can be seen without a clock."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from genai.games.agents import Limit
from genai.games.positions import read_solved, share_kept
from genai.games.rules import GAMES
from genai.games.serving import load_agent

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
SHIPPED = sorted(folder for folder in (FIXTURES / "agents").iterdir() if folder.is_dir())
MOST_BYTES = 5_000_000
INLINE = 200  # milliseconds
pytestmark = pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)


def test_it_is_small_and_answers_within_the_time_of_a_page(folder) -> None:
    agent = load_agent(folder)
    assert agent.game.key == folder.name
    assert sum(path.stat().st_size for path in folder.iterdir()) <= MOST_BYTES
    assert all((level.limit.milliseconds or 1e9) <= INLINE for level in agent.levels)


def test_each_level_was_found_stronger_than_the_one_below(folder) -> None:
    levels = load_agent(folder).levels
    if GAMES[folder.name].is_hidden:
        pytest.skip("measured in chips, not rated")
    assert all(weaker.rating < stronger.rating for weaker, stronger in pairwise(levels))


@pytest.mark.slow
def test_it_keeps_the_outcome_of_positions_that_are_solved(folder) -> None:
    solved = FIXTURES / f"{folder.name}-positions" / "solved.jsonl"
    if not solved.exists():
        pytest.skip("no solved positions of this game ship")
    agent = load_agent(folder)
    positions = read_solved(agent.game, solved)
    found = share_kept(agent, positions, Limit(256), np.random.default_rng(0))
    assert found["value_kept"] >= 0.85
