import sys

import numpy as np
import pytest

from genai.errors import DataError
from genai.games.agents import Limit
from genai.games.rules import game_of
from genai.games.serving import find_agent
from genai.games.solver import ConnectFourSolver, PerfectAgent, has_solver

pytestmark = pytest.mark.slow

GAME = game_of("connect-four")
needs_solver = pytest.mark.skipif(not has_solver(), reason="bitbully is not installed")


@needs_solver
def test_a_win_is_taken_and_its_value_said() -> None:
    state = GAME.state_after([3, 0, 3, 0, 3, 1])
    decision = PerfectAgent().decide(state, Limit(), np.random.default_rng(0))
    assert (decision.action, decision.value, decision.policy[3]) == (3, 1, 1)


@needs_solver
def test_a_loss_is_seen_where_two_wins_threaten() -> None:
    state = GAME.state_after([2, 2, 3, 3, 4])  # 1 and 5 both win
    scores = ConnectFourSolver().scores(state)
    assert set(scores) == set(range(7))
    assert max(scores.values()) < 0
    decision = PerfectAgent().decide(state, Limit(), np.random.default_rng(0))
    assert decision.value == -1
    assert scores[decision.action] == max(scores.values())


@needs_solver
def test_full_columns_are_no_moves() -> None:
    state = GAME.state_after([3, 3, 3, 3, 3, 3])
    assert set(ConnectFourSolver().scores(state)) == {0, 1, 2, 4, 5, 6}


def test_without_the_solver_perfect_play_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "bitbully", None)
    with pytest.raises(DataError, match="pip install bitbully"):
        ConnectFourSolver().scores(GAME.new_state())
    monkeypatch.setattr("genai.games.serving.has_solver", lambda: False)
    with pytest.raises(DataError, match="Connect Four has no agent perfect here: pip install"):
        find_agent(GAME, "perfect")
