import numpy as np
import pytest

from genai.games.minimax import MINIMAX_LEVELS, MinimaxAgent
from genai.games.rules import State, game_of

GAME = game_of("tic-tac-toe")
BEGINNER, PERFECT = MINIMAX_LEVELS[0].limit, MINIMAX_LEVELS[-1].limit


@pytest.mark.parametrize("side", [0, 1])
def test_perfect_play_never_loses_whatever_the_other_side_does(side: int) -> None:
    """Every move that can be chosen is followed, and every answer to it."""
    agent, rng, seen = MinimaxAgent(GAME), np.random.default_rng(0), set()
    outcomes = []

    def follow(state: State) -> None:
        if state.is_terminal():
            outcomes.append(state.returns()[side])
            return
        if str(state) in seen:
            return
        seen.add(str(state))
        actions = state.legal_actions()
        if state.current_player() == side:
            policy = agent.decide(state, PERFECT, rng).policy
            actions = [action for action in actions if policy[action]]
        for action in actions:
            follow(state.child(action))

    follow(GAME.new_state())
    assert len(outcomes) > 100
    assert min(outcomes) == 0


def test_a_win_is_taken_at_once_and_a_loss_put_off() -> None:
    agent, rng = MinimaxAgent(GAME), np.random.default_rng(0)
    won = agent.decide(GAME.state_after([0, 3, 1, 4]), PERFECT, rng)
    assert (won.action, won.value, won.policy[2]) == (2, 1, 1)  # 8 would win later
    lost = agent.decide(GAME.state_after([0, 1, 4]), PERFECT, rng)
    assert (lost.action, lost.value) == (8, -1)  # any other loses at once, this one to a fork


def test_weaker_levels_keep_the_value_less_often() -> None:
    agent = MinimaxAgent(GAME)
    kept = []
    for level in MINIMAX_LEVELS:
        rng, good = np.random.default_rng(1), 0
        for _ in range(200):
            state = GAME.state_after([4])  # a corner keeps the draw, an edge loses
            good += agent.decide(state, level.limit, rng).action in (0, 2, 6, 8)
        kept.append(good)
    assert kept[0] < kept[1] <= kept[2] == 200


def test_of_losing_moves_a_beginner_prefers_the_one_that_loses_later() -> None:
    state = GAME.state_after([0, 1, 4])
    policy = MinimaxAgent(GAME).decide(state, BEGINNER, np.random.default_rng(0)).policy
    assert all(policy[8] > share > 0 for action, share in policy.items() if action != 8)
