"""Cards that one side does not see are told to nobody before the end, in no answer of the site."""

import json
from typing import Any

import pytest

from arcade.models import Match
from arcade.serving import GAMES, position_of
from arcade.sight import Sight
from privacy.export import export_user
from tests.platform.api.conftest import Api
from tests.platform.arcade.matches import QUICK, make_match

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HIDDEN = [game.key for game in GAMES.values() if game.is_hidden]


def start(owner: Api, game: str, side: int) -> dict[str, Any]:
    answer = owner.post("arcade/matches/", {"game": game, "side": side} | QUICK)
    assert answer.status_code == 201
    return answer.json()


def deals(game: str) -> list[tuple[int, int]]:
    """Every pair of private cards."""
    first = position_of(game, [])
    pairs = [(card, first.child(card)) for card in first.legal_actions()]
    return [(card, other) for card, state in pairs for other in state.legal_actions()]


def without_names(answer: dict[str, Any]) -> str:
    """What a member is told of a match, but for what differs between any two."""
    differing = {"code", "created_at", "updated_at", "moved_at"}
    return json.dumps({name: value for name, value in answer.items() if name not in differing})


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("game", HIDDEN)
def test_matches_that_differ_in_the_other_s_card_look_the_same(game, side, owner):
    """Whatever could leak, in any field: all answers with one own card are one answer."""
    seen: dict[int, set[str]] = {}
    for cards in deals(game):
        decisions = {"2": {"action": 0, "value": cards[1 - side] / 10, "policy": {"0": 1.0}}}
        fields = {"game": game, "side": side, "actions": list(cards), "decisions": decisions}
        match = make_match(owner.user, **fields)
        answer = owner.get(f"arcade/matches/{match.code}/").json()
        assert answer["actions"][side] == cards[side]
        assert answer["actions"][1 - side] is None
        assert answer["decisions"] == {}
        seen.setdefault(cards[side], set()).add(without_names(answer))
        Match.objects.all().delete()
    assert {len(answers) for answers in seen.values()} == {1}
    assert len({answer for answers in seen.values() for answer in answers}) == len(seen)


@pytest.mark.parametrize("side", [0, 1])
def test_the_card_that_all_see_is_told(side, owner):
    match = make_match(owner.user, game="leduc-poker", side=side, actions=[0, 3, 1, 1, 5])
    shown = owner.get(f"arcade/matches/{match.code}/").json()
    expected: list[int | None] = [0, 3, 1, 1, 5]
    expected[1 - side] = None
    assert shown["actions"] == expected
    assert Sight(match, None).actions == [None, None, 1, 1, 5]


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("game", HIDDEN)
def test_the_list_and_the_export_tell_no_hidden_card(game, side, owner):
    match = make_match(
        owner.user, game=game, side=side, actions=[1, 2], decisions={"2": {"value": 0.7}}
    )
    (row,) = owner.get("arcade/matches/").json()["results"]
    assert {"actions", "decisions", "board"}.isdisjoint(row)
    (exported,) = json.loads("".join(export_user(owner.user)))["matches"]
    expected: list[int | None] = [1, 2]
    expected[1 - side] = None
    assert (exported["actions"], exported["decisions"]) == (expected, {})
    Match.objects.filter(pk=match.pk).update(state="over", ended_by="resignation", outcome=1)
    (exported,) = json.loads("".join(export_user(owner.user)))["matches"]
    assert (exported["actions"], exported["decisions"]) == ([1, 2], {"2": {"value": 0.7}})


@pytest.mark.parametrize("game", HIDDEN)
def test_a_refused_move_tells_no_hidden_card(game, owner):
    said = set()
    for cards in deals(game):
        match = make_match(owner.user, game=game, actions=list(cards))
        path = f"arcade/matches/{match.code}/moves/"
        answers = [owner.post(path, {"action": 99, "ply": ply}) for ply in (1, 2)]
        said.add(tuple(answer.content for answer in answers))
        Match.objects.all().delete()
    assert len(said) == 1


@pytest.mark.parametrize("game", HIDDEN)
def test_a_match_with_hidden_cards_is_watched_only_once_it_is_over(
    game, owner, stranger, anonymous, scripted
):
    scripted()
    shown = start(owner, game, 0)
    path = f"arcade/matches/{shown['code']}/"
    assert [api.get(path).status_code for api in (owner, stranger, anonymous)] == [200, 404, 404]
    assert not Match.objects.get().is_public
    owner.post(f"{path}resign/")
    for api in (owner, stranger, anonymous):
        over = api.get(path).json()
        assert over["actions"] == Match.objects.get().actions
        assert None not in over["actions"]


def test_the_thoughts_of_a_poker_agent_are_shown_at_the_end(owner, scripted):
    scripted(0)  # passes
    shown = start(owner, "kuhn-poker", 1)
    assert (shown["ply"], shown["decisions"]) == (3, {})
    path = f"arcade/matches/{shown['code']}/"
    over = owner.post(f"{path}moves/", {"action": 0, "ply": 3}).json()
    assert over["ended_by"] == "rules"
    assert over["decisions"]["2"]["policy"] == {"0": 1.0}
    assert sorted(map(abs, over["returns"])) == [1, 1]


def test_one_tries_a_hand_again_only_when_it_is_over(owner, scripted):
    scripted()
    shown = start(owner, "kuhn-poker", 0)
    path = f"arcade/matches/{shown['code']}/"
    assert owner.post(f"{path}try-again/", {"ply": 0}).status_code == 409
    owner.post(f"{path}resign/")
    again = owner.post(f"{path}try-again/", {"ply": 2})
    assert again.status_code == 201
    assert again.json()["actions"][1] is None


def test_cards_are_dealt_by_chance(owner, scripted):
    scripted()
    dealt = [
        tuple(Match.objects.get(code=start(owner, "kuhn-poker", 0)["code"]).actions)
        for _ in range(40)
    ]
    assert len(set(dealt)) > 3
