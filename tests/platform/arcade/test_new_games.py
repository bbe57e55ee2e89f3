"""A game joins by its rules and a description of its board: nothing else is to be written."""

import random
from dataclasses import replace

import pytest

from arcade.layouts import LAYOUTS
from arcade.serving import GAMES, agents_of
from genai.games.levels import network_levels
from genai.games.rules import Game
from tests.platform.api.conftest import Api

pytestmark = pytest.mark.django_db
KEY = "hex-4"


@pytest.fixture(autouse=True)
def joined(monkeypatch):
    monkeypatch.setitem(GAMES, KEY, Game(KEY, "Hex 4×4", "hex(board_size=4)"))
    small = replace(LAYOUTS["hex-7"], rows=4, columns=4, example=())
    monkeypatch.setitem(LAYOUTS, KEY, small)


def test_it_is_played_to_its_end_against_each_level(owner, unthrottled):
    levels = [(key, level.key) for key, agent in agents_of(KEY).items() for level in agent.levels]
    assert len(levels) > 3
    for agent, level in levels:
        assert play(owner, agent, level)["ended_by"] == "rules"


def play(owner: Api, agent: str, level: str) -> dict:
    wish = {"game": KEY, "agent": agent, "level": level, "side": 0}
    shown, chance = owner.post("arcade/matches/", wish).json(), random.Random(1)
    while shown["state"] == "active":
        move = {"action": chance.choice(shown["legal_actions"])["action"], "ply": shown["ply"]}
        shown = owner.post(f"arcade/matches/{shown['code']}/moves/", move).json()
    return shown


@pytest.mark.parametrize("path", ["/arcade/", f"/arcade/new/?game={KEY}", f"/arcade/ladder/{KEY}/"])
def test_its_pages_show_it(path, member_client):
    assert "Hex 4×4" in member_client.get(path).content.decode()


def test_a_network_of_it_has_levels():
    looks = [level.limit.simulations for level in network_levels(KEY)]
    assert looks == sorted(looks)
    assert len(looks) > 3
