"""Random legal play through the API, of every game, ends with OpenSpiel's own result."""

import random

import pyspiel
import pytest

from arcade.models import Match
from arcade.serving import GAMES
from tests.platform.api.conftest import Api
from tests.platform.arcade.matches import RANDOM

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def play_to_the_end(owner: Api, game: str, side: int, chance: random.Random) -> dict:
    shown = owner.post("arcade/matches/", {"game": game, "side": side} | RANDOM).json()
    while shown["state"] == "active":
        assert (shown["to_move"], shown["side"]) == (side, side)
        check_legal(shown)
        action = chance.choice(shown["legal_actions"])["action"]
        body = {"action": action, "ply": shown["ply"]}
        answer = owner.post(f"arcade/matches/{shown['code']}/moves/", body)
        assert answer.status_code == 200, answer.json()
        assert shown["actions"] == answer.json()["actions"][: shown["ply"]] or is_hidden(game)
        shown = answer.json()
    return shown


def is_hidden(game: str) -> bool:
    return GAMES[game].is_hidden


def check_legal(shown: dict) -> None:
    """What is offered is what OpenSpiel allows after the moves that were made."""
    state = pyspiel.load_game(GAMES[shown["game"]].rules).new_initial_state()
    for action in Match.objects.get(code=shown["code"]).actions:
        state.apply_action(action)
    offered = [step["action"] for step in shown["legal_actions"]]
    assert (state.current_player(), state.legal_actions()) == (shown["side"], offered)


def check_result(shown: dict) -> None:
    state = pyspiel.load_game(GAMES[shown["game"]].rules).new_initial_state()
    for action in shown["actions"]:
        assert action in state.legal_actions()
        state.apply_action(action)
    assert state.is_terminal()
    assert shown["returns"] == state.returns()
    assert shown["outcome"] == (state.returns()[0] > 0) - (state.returns()[0] < 0)
    assert shown["ended_by"] == "rules"
    assert shown["to_move"] is None
    assert shown["legal_actions"] == []


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("game", GAMES)
def test_a_match_of_random_moves_ends_as_openspiel_says(game, side, owner, unthrottled):
    check_result(play_to_the_end(owner, game, side, random.Random(side)))


@pytest.mark.long
@pytest.mark.parametrize("game", GAMES)
def test_twenty_matches_of_random_moves_end_as_openspiel_says(game, owner, unthrottled):
    chance = random.Random(7)
    for number in range(20):
        check_result(play_to_the_end(owner, game, number % 2, chance))
