"""Every agent that this site offers plays to the end, at its weakest and its strongest level."""

import random

import pytest

from arcade.serving import GAMES, SHIPPED, agents_of, is_quick
from tests.conftest import ROOT
from tests.factories import make_user
from tests.platform.api.conftest import Api
from tests.platform.arcade.matches import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


COME_ALONG = sorted(folder.name for folder in (ROOT / "fixtures" / "agents").glob("*/"))


def test_where_an_agent_comes_along_it_stands_first_and_random_moves_never():
    for game, rules in GAMES.items():
        first = next(iter(agents_of(game)))
        assert (first == SHIPPED) is (game in COME_ALONG)
        assert rules.is_hidden or first != "builtin:random"


@pytest.mark.parametrize("game", GAMES)
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
