"""Moves that cannot be made, from programs that are late, confused or hostile."""

import random
from collections import Counter
from typing import Any

import pytest

from arcade.models import Match
from arcade.serving import GAMES, deal, position_of
from tests.factories import make_job, make_user
from tests.platform.api.conftest import Api
from tests.platform.arcade.matches import make_match, nothing_changes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MOVES_OF_A_MATCH = 25
NO_NUMBERS: list[Any] = [None, "a5", "", [], {}, 1.5, True, -1, 2**31, 10**30]


def random_match(api: Api, game: str, chance: random.Random) -> Match:
    """In the middle, at the agent's turn with a worker at it, or over."""
    state = position_of(game, [])
    deal(state)
    for _ in range(chance.randrange(1, 8)):
        action = chance.choice(state.legal_actions())
        if state.child(action).is_terminal():
            break
        state.apply_action(action)
        deal(state)
    side = chance.randrange(2)
    fields: dict[str, Any] = {"game": game, "side": side, "actions": list(state.history())}
    if state.current_player() != side:
        fields["thinking"] = make_job(owner=api.user)
    if chance.random() < 0.2:
        fields |= {"state": "over", "ended_by": "resignation", "outcome": 1}
    return make_match(api.user, **fields)


def wrong_move(match: Match, chance: random.Random) -> dict[str, Any]:
    """Illegal, or of another ply, or no move at all; the match is active and the member's turn,
    or any move would be wrong."""
    legal = match.position.legal_actions()
    any_action = chance.randrange(match.position.num_distinct_actions() + 5)
    illegal = any_action if any_action not in legal else 9_999
    other_ply = chance.choice(
        [match.ply + 1, match.ply - 1, 0, match.ply + chance.randrange(2, 99)]
    )
    other_ply = other_ply if other_ply != match.ply else match.ply + 1
    no_number = chance.choice(NO_NUMBERS)
    return chance.choice(
        [
            {"action": illegal, "ply": match.ply},
            {"action": chance.choice(legal), "ply": other_ply},
            {"action": no_number, "ply": match.ply},
            {"action": chance.choice(legal), "ply": no_number},
            {"action": chance.choice(legal)},
            {"ply": match.ply},
        ]
    )


def refuse(games: list[str], seed: int) -> Counter[int]:
    """Some wrong moves in a match of each of these games; how many were answered how."""
    chance, answered = random.Random(seed), Counter[int]()
    owner = Api(make_user())
    for game in games:
        match = random_match(owner, game, chance)
        with nothing_changes(match):
            for _ in range(MOVES_OF_A_MATCH):
                body = wrong_move(match, chance)
                answer = owner.post(f"arcade/matches/{match.code}/moves/", body)
                check_refusal(answer, body)
                answered[answer.status_code] += 1
    return answered


def check_refusal(answer: Any, body: dict[str, Any]) -> None:
    assert answer.status_code in {400, 409}, (body, answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["detail"]
    assert answer.status_code == 409 or set(problem["errors"]) <= {"action", "ply"}


@pytest.mark.parametrize("game", GAMES)
def test_wrong_moves_are_refused_and_change_nothing(game, unthrottled):
    assert refuse([game] * 2, seed=1).total() == 2 * MOVES_OF_A_MATCH


@pytest.mark.long
@pytest.mark.parametrize("game", GAMES)
def test_ten_thousand_wrong_moves_are_refused_and_change_nothing(game, unthrottled):
    matches = 10_000 // len(GAMES) // MOVES_OF_A_MATCH
    assert refuse([game] * matches, seed=2).total() == 10_000 // len(GAMES)


@pytest.mark.parametrize(
    ("changes", "body", "status", "said"),
    [
        ({"actions": [4, 0]}, {"action": 4, "ply": 2}, 400, "4 is not a legal move here."),
        ({"actions": [4, 0]}, {"action": 1, "ply": 0}, 409, "The game has gone on since"),
        ({"actions": [4]}, {"action": 1, "ply": 1}, 409, "It is not your turn."),
        (
            {"state": "over", "ended_by": "time", "outcome": -1},
            {"action": 1, "ply": 0},
            409,
            "The game is over.",
        ),
    ],
)
def test_it_is_said_why_a_move_is_refused(owner, changes, body, status, said):
    match = make_match(owner.user, **changes)
    with nothing_changes(match):
        answer = owner.post(f"arcade/matches/{match.code}/moves/", body)
    assert answer.status_code == status
    problem = answer.json()
    assert said in (problem["detail"] if status == 409 else problem["errors"]["action"][0])
