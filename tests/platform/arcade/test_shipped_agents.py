"""Every agent that this site offers plays its game to the end, at each level."""

import random

import pytest

from arcade.serving import GAMES, SHIPPED, agents_of, is_quick
from tests.factories import make_user
from tests.platform.api.conftest import Api
from tests.platform.arcade.matches import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_where_an_agent_comes_along_it_stands_first():
    for game in ("tic-tac-toe", "connect-four", "kuhn-poker", "leduc-poker"):
        assert next(iter(agents_of(game))) == SHIPPED


@pytest.mark.parametrize("game", ["tic-tac-toe", "connect-four", "kuhn-poker", "leduc-poker"])
def test_each_level_plays_to_the_end(game, unthrottled):
    chance, owner = random.Random(3), Api(make_user())
    for key, agent in agents_of(game).items():
        for level in [agent.levels[0], agent.levels[-1]]:
            body = {"game": game, "agent": key, "level": level.key, "side": chance.randrange(2)}
            shown = owner.post("arcade/matches/", body).json()
            while shown["state"] == "active":
                path = f"arcade/matches/{shown['code']}/"
                if shown["thinking"]:
                    assert not is_quick(level)
                    work_off()
                    shown = owner.get(path).json()
                    continue
                action = chance.choice(shown["legal_actions"])["action"]
                shown = owner.post(f"{path}moves/", {"action": action, "ply": shown["ply"]}).json()
            assert shown["ended_by"] == "rules"
            assert len(GAMES[game].state_after(shown["actions"]).history()) == shown["ply"]
