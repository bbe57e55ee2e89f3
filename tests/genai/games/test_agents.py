import numpy as np
import pytest

from genai.games.agents import Limit, RolloutAgent, tempered
from genai.games.rules import game_of

GAME = game_of("connect-four")


def test_simulations_end_a_search_that_has_time_left() -> None:
    agent, rng = RolloutAgent(GAME), np.random.default_rng(0)
    for simulations in (5, 200):
        decision = agent.decide(GAME.new_state(), Limit(simulations, milliseconds=60_000), rng)
        assert decision.simulations == simulations


@pytest.mark.parametrize("limit", [Limit(1), Limit(10**9, milliseconds=0.001)])
def test_the_shortest_search_has_a_move(limit: Limit) -> None:
    agent, rng = RolloutAgent(GAME), np.random.default_rng(0)
    for _ in range(20):
        assert agent.decide(GAME.new_state(), limit, rng).action in range(7)


def test_the_clock_ends_a_search_that_has_simulations_left() -> None:
    agent, rng = RolloutAgent(GAME), np.random.default_rng(0)
    decision = agent.decide(GAME.new_state(), Limit(10**9, milliseconds=5), rng)
    assert 1 < decision.simulations < 10**6


def test_a_win_is_seen_and_said() -> None:
    state = GAME.state_after([3, 0, 3, 0, 3, 1])
    decision = RolloutAgent(GAME).decide(state, Limit(200), np.random.default_rng(0))
    assert (decision.action, decision.value, decision.line[0]) == (3, 1, 3)


def test_temperature_goes_from_the_most_visited_to_all_visited_alike() -> None:
    visits = np.array([1.0, 3.0, 0.0])
    np.testing.assert_allclose(tempered(visits, 0), [0, 1, 0])
    np.testing.assert_allclose(tempered(visits, 1), [0.25, 0.75, 0])
    np.testing.assert_allclose(tempered(visits, 1e6), [0.5, 0.5, 0], atol=1e-4)


@pytest.mark.parametrize("bad", [{"simulations": 0}, {"temperature": -1.0}])
def test_a_limit_without_sense_is_refused(bad: dict) -> None:
    with pytest.raises(ValueError, match="a simulation at least"):
        Limit(**bad)
