"""The arcade over the API: what there is, whose matches one sees, what one may do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arcade.models import Match, Rating
from tests.factories import make_user
from tests.platform.api.conftest import Api
from tests.platform.arcade.matches import QUICK, RANDOM, SLOW, make_match, nothing_changes, work_off

pytestmark = pytest.mark.django_db
ACTIONS = ["moves", "think", "take-back", "resign", "rematch", "try-again"]
BODIES = {"moves": {"action": 1, "ply": 2}, "try-again": {"ply": 0}}


def test_the_games_are_told_with_agents_and_levels(owner, anonymous):
    assert anonymous.get("arcade/games/").status_code == 401
    games = {game["key"]: game for game in owner.get("arcade/games/").json()["results"]}
    assert (games["connect-four"]["name"], games["connect-four"]["actions"]) == ("Connect Four", 7)
    assert [key for key, game in games.items() if game["is_hidden"]] == [
        *("kuhn-poker", "leduc-poker")
    ]
    for game in games.values():
        for agent in game["agents"]:
            keys = [level["key"] for level in agent["levels"]]
            assert keys
            assert len(set(keys)) == len(keys)
    (rollouts,) = [a for a in games["othello"]["agents"] if a["key"] == "builtin:rollouts"]
    assert [level["simulations"] for level in rollouts["levels"]] == [3, 10, 30, 100]


def test_a_match_is_played_with_all_that_a_program_needs(owner, scripted):
    scripted(3, 0)
    body = {"game": "tic-tac-toe", "side": 0} | QUICK
    shown = owner.post("arcade/matches/", body)
    assert shown.status_code == 201
    shown = shown.json()
    assert (shown["side"], shown["to_move"], shown["ply"], shown["state"]) == (0, 0, 0, "active")
    path = f"arcade/matches/{shown['code']}/"
    moved = owner.post(f"{path}moves/", {"action": 4, "ply": 0}).json()
    assert moved["actions"] == [4, 3]
    assert moved["steps"][0] == {"side": 0, "action": 4, "text": "x(1,1)"}
    assert moved["board"].splitlines() == ["...", "ox.", "..."]
    assert [step["action"] for step in moved["legal_actions"]] == [0, 1, 2, 5, 6, 7, 8]
    assert moved["decisions"]["1"]["value"] == 0.25
    assert owner.get(path).json() == moved
    assert owner.post(f"{path}take-back/", {"ply": 2}).json()["actions"] == []
    resigned = owner.post(f"{path}resign/").json()
    assert (resigned["ended_by"], resigned["outcome"], resigned["is_rated"]) == (
        *("resignation", -1),
        False,
    )
    again = owner.post(f"{path}rematch/").json()
    assert (again["side"], again["rematch_of"], again["actions"]) == (1, shown["code"], [0])
    tried = owner.post(f"arcade/matches/{again['code']}/try-again/", {"ply": 0})
    assert tried.status_code == 201
    assert tried.json()["tried_from"] == again["code"]
    assert len(owner.get("arcade/matches/").json()["results"]) == 3


def test_of_a_slow_agent_the_job_is_told(owner, scripted):
    scripted(3)
    shown = owner.post("arcade/matches/", {"game": "tic-tac-toe", "side": 0} | SLOW).json()
    path = f"arcade/matches/{shown['code']}/"
    moved = owner.post(f"{path}moves/", {"action": 4, "ply": 0}).json()
    assert (moved["actions"], moved["to_move"], moved["legal_actions"]) == ([4], 1, [])
    assert moved["thinking"]["state"] == "queued"
    assert owner.get(f"jobs/{moved['thinking']['id']}/").status_code == 200
    work_off()
    answered = owner.get(path).json()
    assert (answered["actions"], answered["thinking"]) == ([4, 3], None)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"game": "chess"}, "game"),
        ({"agent": "builtin:oracle"}, "agent"),
        ({"level": "godlike"}, "level"),
        ({"side": 2}, "side"),
        ({"clock_minutes": 0}, "clock_minutes"),
        ({"clock_minutes": 999}, "clock_minutes"),
    ],
)
def test_a_wrong_wish_names_its_field(owner, wrong, field):
    answer = owner.post("arcade/matches/", {"game": "othello", "side": 0} | RANDOM | wrong)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Match.objects.exists()


def test_a_wrong_agent_or_level_is_answered_with_those_there_are(owner):
    body = {"game": "othello", "side": 0} | RANDOM
    answer = owner.post("arcade/matches/", body | {"agent": "ada"}).json()
    (said,) = answer["errors"]["agent"]
    assert said.startswith("There is no agent ada; there are: ")
    assert "builtin:rollouts" in said
    (said,) = owner.post("arcade/matches/", body | {"level": "x"}).json()["errors"]["level"]
    assert said == "unknown level 'x'; known: random"


@pytest.mark.parametrize("act", ACTIONS)
def test_only_its_member_does_something_in_a_match(act, stranger, anonymous):
    match = make_match(make_user(), actions=[4, 0])
    path = f"arcade/matches/{match.code}/{act}/"
    with nothing_changes(match):
        assert stranger.post(path, BODIES.get(act, {})).status_code == 404
        assert anonymous.post(path, BODIES.get(act, {})).status_code == 401
    assert Match.objects.count() == 1


def test_whoever_knows_the_code_watches_and_cannot_list_it(owner, stranger, anonymous):
    match = make_match(owner.user, actions=[4, 0])
    for api, side in ((owner, 0), (stranger, None), (anonymous, None)):
        shown = api.get(f"arcade/matches/{match.code}/").json()
        assert (shown["side"], shown["actions"]) == (side, [4, 0])
        assert bool(shown["legal_actions"]) == (api is owner)
    assert stranger.get("arcade/matches/").json()["results"] == []
    assert anonymous.get("arcade/matches/").status_code == 401


def test_of_a_thought_only_its_member_is_told(owner, stranger, scripted):
    scripted()
    code = owner.post("arcade/matches/", {"game": "tic-tac-toe", "side": 1} | SLOW).json()["code"]
    assert owner.get(f"arcade/matches/{code}/").json()["thinking"]["state"] == "queued"
    assert stranger.get(f"arcade/matches/{code}/").json()["thinking"] is None


def test_a_thought_that_failed_is_thought_again_when_asked(owner, scripted):
    scripted(9)  # no move of this game
    shown = owner.post("arcade/matches/", {"game": "tic-tac-toe", "side": 1} | SLOW).json()
    path = f"arcade/matches/{shown['code']}/"
    work_off()
    assert owner.get(path).json()["thinking"]["state"] == "failed"
    assert owner.post(f"{path}think/").json()["thinking"]["state"] == "queued"
    work_off()
    moved = owner.get(path).json()
    assert (moved["actions"], moved["to_move"], moved["thinking"]) == ([0], 1, None)
    assert owner.post(f"{path}think/").json()["actions"] == [0]


def test_one_key_starts_one_match_of_its_member(owner, stranger):
    body = {"game": "tic-tac-toe", "side": 0, "key": "a"} | RANDOM
    first = owner.post("arcade/matches/", body)
    again = owner.post("arcade/matches/", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["code"] == first.json()["code"]
    other = stranger.post("arcade/matches/", body)
    assert (other.status_code, Match.objects.count()) == (201, 2)


def test_a_watcher_is_nobody_s_side(anonymous):
    """The agent's seat is empty, and so is a visitor's number: they are not the same."""
    user = anonymous.get("arcade/games/").wsgi_request.user
    match = make_match(make_user())
    assert match.side_of(user) is None
    assert not Match.objects.owned_by(user).exists()


def test_a_code_that_nobody_has_leads_nowhere(owner):
    assert owner.get("arcade/matches/abc/").status_code == 404
    assert owner.post("arcade/matches/abc/moves/", {"action": 0, "ply": 0}).status_code == 404


def test_the_ladder_names_members_and_levels_but_no_address(owner, anonymous):
    named = make_user(name="Grace")
    Rating.objects.create(game="othello", user=named, rating=1700, deviation=50, matches=3)
    Rating.objects.create(game="othello", user=owner.user, rating=1600, matches=1)
    Rating.objects.create(game="othello", user=make_user(), rating=1900)  # not rated yet
    level = {"agent": "builtin:rollouts", "level": "beginner"}
    Rating.objects.create(game="othello", rating=1800, deviation=40, matches=9, **level)
    rows = owner.get("arcade/ladder/othello/").json()["results"]
    assert [(row["name"], row["is_agent"], row["matches"]) for row in rows] == [
        ("Random play-outs, Beginner", True, 9),
        ("Grace", False, 3),
        ("A member", False, 1),
    ]
    assert (rows[1]["low"], rows[1]["high"]) == (1602, 1798)
    assert owner.get("arcade/ladder/chess/").status_code == 404
    assert anonymous.get("arcade/ladder/othello/").status_code == 401


def count_queries(api: Api, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert api.get(path).status_code == 200
    return len(seen)


def test_a_list_of_matches_costs_the_same_queries_at_any_length(owner):
    for _ in range(2):
        make_match(owner.user, actions=[4, 0], tried_from=make_match(owner.user))
    count_queries(owner, "arcade/matches/")  # the first use of a token is noted
    few = count_queries(owner, "arcade/matches/")
    for _ in range(8):
        make_match(owner.user, actions=[4, 0], tried_from=make_match(owner.user))
    assert count_queries(owner, "arcade/matches/") == few
