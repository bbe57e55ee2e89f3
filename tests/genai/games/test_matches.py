import numpy as np
import pytest

from genai.errors import DataError
from genai.games.agents import Decision, Limit, RandomAgent, RolloutAgent
from genai.games.matches import can_win_at_once, play_game, random_opening
from genai.games.rules import GAMES, Game, IllegalMove, State, game_of

RANDOM = (RandomAgent(), RandomAgent())
LIMITS = (Limit(), Limit())
FOUR = game_of("connect-four")


@pytest.mark.parametrize("game", GAMES.values(), ids=GAMES)
def test_a_game_goes_to_the_end_that_openspiel_knows(game: Game) -> None:
    record = play_game(game, RANDOM, LIMITS, np.random.default_rng(0))
    state = game.state_after(record.actions)
    assert state.is_terminal()
    assert record.outcome == state.returns()[0]
    assert len(record.decisions) == len(record.actions)


def test_equal_chance_gives_equal_games() -> None:
    first, second, other = (
        play_game(FOUR, RANDOM, LIMITS, np.random.default_rng(seed)).actions for seed in (1, 1, 2)
    )
    assert first == second != other


class Columns:
    """Always plays one column, and remembers how it was limited."""

    def __init__(self, column: int) -> None:
        self.column, self.limits = column, set()

    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        self.limits.add(limit)
        return Decision(self.column, {self.column: 1.0}, None)


def test_each_side_moves_by_its_own_agent_and_limit() -> None:
    agents, limits = (Columns(2), Columns(5)), (Limit(1), Limit(2))
    record = play_game(FOUR, agents, limits, np.random.default_rng(0))
    assert record.actions == [2, 5, 2, 5, 2, 5, 2]
    assert record.outcome == 1
    assert [agent.limits for agent in agents] == [{limits[0]}, {limits[1]}]


def test_an_opening_is_played_first_and_nobody_decided_on_it() -> None:
    agents = (Columns(2), Columns(5))
    record = play_game(FOUR, agents, LIMITS, np.random.default_rng(0), [5, 0])
    assert record.actions[:4] == [5, 0, 2, 5]
    assert [decision is None for decision in record.decisions[:4]] == [True, True, False, False]
    with pytest.raises(IllegalMove):
        play_game(FOUR, RANDOM, LIMITS, np.random.default_rng(0), [9])


def test_openings_leave_nobody_a_win_at_once() -> None:
    rng = np.random.default_rng(0)
    openings = [random_opening(FOUR, 8, rng) for _ in range(100)]
    assert {len(opening) for opening in openings} == {8}
    assert len({tuple(opening) for opening in openings}) > 90
    assert not any(can_win_at_once(FOUR.state_after(opening)) for opening in openings)


def test_an_opening_longer_than_the_game_is_refused() -> None:
    with pytest.raises(DataError, match="Tic-tac-toe is over"):
        random_opening(game_of("tic-tac-toe"), 12, np.random.default_rng(0))


def test_play_outs_beat_random_moves() -> None:
    rng = np.random.default_rng(0)
    agents = (RolloutAgent(FOUR), RandomAgent())
    assert [play_game(FOUR, agents, (Limit(50), Limit()), rng).outcome for _ in range(5)] == [1] * 5
