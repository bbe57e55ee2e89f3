"""Processes that play: what is said when one of them is lost."""

import os
import signal
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from genai.games.crew import Crew, PlayerLost
from genai.games.evaluation import NETWORK
from genai.games.presets import TINY
from genai.games.rules import game_of

GAME = game_of("connect-four")
SHIPPED = Path(__file__).resolve().parents[3] / "fixtures" / "agents" / GAME.key / NETWORK
pytestmark = pytest.mark.slow


def test_a_player_that_is_killed_between_two_rounds_ends_the_next_with_a_reason() -> None:
    network, seeds = SHIPPED.read_bytes(), np.random.SeedSequence(0).spawn(2)
    with Crew(GAME, TINY.self_play, processes=2) as crew:
        assert [part.games for part in crew.play(network, seeds, 1)] == [1, 1]
        players = active_children()
        for player in players:
            os.kill(player.pid or 0, signal.SIGKILL)
            player.join()
        with pytest.raises(PlayerLost, match="a process that played was ended"):
            list(crew.play(network, seeds, 1))
