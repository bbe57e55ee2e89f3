"""What is said of each level one can play against."""

import pytest

from arcade import serving
from arcade.opponents import opponents_of
from arcade.serving import GAMES, Level, LoadedAgent
from genai.games.agents import Limit

SOLVES = "solves the game"


def notes(monkeypatch: pytest.MonkeyPatch, kind: str, *temperatures: float) -> list[str]:
    """Of an agent with levels at these temperatures, from the weakest on."""
    levels = [
        Level(str(place), "Level", Limit(milliseconds=50, temperature=temperature))
        for place, temperature in enumerate(temperatures)
    ]
    agent = LoadedAgent({"kind": kind, "name": "Ada"}, GAMES["tic-tac-toe"], levels, None)
    monkeypatch.setattr(serving, "agents_of", lambda game: {"ada": agent})
    return [level.note for each in opponents_of("tic-tac-toe") for level in each.levels]


@pytest.mark.parametrize("kind", ["minimax", "perfect"])
def test_a_level_that_knows_every_outcome_solves_the_game_unless_it_errs(monkeypatch, kind):
    assert notes(monkeypatch, kind, 0.8, 0.35, 0) == ["", "", SOLVES]


def test_only_the_last_level_of_a_table_solves_the_game(monkeypatch):
    assert notes(monkeypatch, "table", 0, 0, 0) == ["", "", SOLVES]


def test_a_level_that_looks_ahead_says_how_far_and_how_often_it_strays(monkeypatch):
    looks = "100 looks ahead"
    assert notes(monkeypatch, "network", 4, 3.2, 0.65, 0) == [
        f"{looks}, often strays",
        f"{looks}, strays at times",
        f"{looks}, seldom strays",
        looks,
    ]


def test_of_no_other_kind_it_is_said_that_it_solves_the_game(monkeypatch):
    assert SOLVES not in notes(monkeypatch, "random", 0, 0)
