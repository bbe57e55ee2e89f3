from pathlib import Path

import numpy as np
import pyspiel
import pytest

from genai.artifacts import read_manifest
from genai.errors import ArtifactError, Stopped
from genai.games.agents import Limit
from genai.games.cfr import solve, solve_and_publish
from genai.games.rules import game_of
from genai.games.serving import load_agent
from genai.games.tables import SHARES, PolicyTable, chips_per_hand, exploitability

pytestmark = pytest.mark.slow

KUHN = game_of("kuhn-poker")


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("solved") / "kuhn"
    solve_and_publish(KUHN, folder)
    return folder


def test_kuhn_poker_is_solved_to_a_hundred_thousandth_of_a_chip(solved: Path) -> None:
    table = PolicyTable.load(solved)
    assert pyspiel.exploitability(KUHN.spiel, table.policy(-1)) <= 1e-5


def test_the_equilibrium_loses_an_eighteenth_of_a_chip_in_the_first_seat(solved: Path) -> None:
    """Known of Kuhn poker: the game is worth -1/18 to who begins."""
    policy = PolicyTable.load(solved).policy(-1)
    value = pyspiel.expected_returns(KUHN.new_state(), [policy, policy], -1, True)[0]
    assert value == pytest.approx(-1 / 18, abs=1e-4)


@pytest.mark.slow
def test_of_leduc_poker_next_to_nothing_is_left_to_win(tmp_path: Path) -> None:
    game = game_of("leduc-poker")
    solve_and_publish(game, tmp_path / "leduc")
    policy = PolicyTable.load(tmp_path / "leduc").policy(-1)
    assert pyspiel.exploitability(game.spiel, policy) <= 5e-4


def test_levels_that_were_solved_longer_lose_less(solved: Path) -> None:
    metrics = read_manifest(solved)["metrics"]
    keys = ["beginner", "easy", "equilibrium"]
    by_level = [metrics["exploitability"][key] for key in keys]
    assert by_level == sorted(by_level, reverse=True)
    assert by_level[1] > 100 * by_level[2]
    chips = [metrics["chips_per_hand_against_the_strongest"][key] for key in keys]
    assert chips[0] < chips[1] < chips[2] == 0


def test_the_agent_draws_its_moves_by_the_shares_of_its_level(solved: Path) -> None:
    loaded, rng = load_agent(solved), np.random.default_rng(0)
    table = PolicyTable.load(solved)
    state = KUHN.state_after([0, 1])  # the jack: bluffs at times
    row = table.states.index(state.information_state_string(0))
    for index, level in enumerate(loaded.levels):
        decisions = [loaded.decide(state, level.limit, rng) for _ in range(400)]
        bets = np.mean([decision.action for decision in decisions])
        assert decisions[0].policy[1] == pytest.approx(table.shares[index, row, 1])
        assert bets == pytest.approx(table.shares[index, row, 1], abs=0.1)


def test_a_jack_never_calls_and_a_king_always_does(solved: Path) -> None:
    loaded, rng = load_agent(solved), np.random.default_rng(0)
    for card, call in ((0, 0), (2, 1)):
        state = KUHN.state_after([1, card, 1])
        policy = loaded.decide(state, Limit(10**6), rng).policy
        assert policy[1] == pytest.approx(call, abs=1e-3)


def test_always_passing_is_worth_a_chip_to_the_best_answer() -> None:
    """By hand: whoever bets against it wins the ante of 1 every hand."""
    states = solve(KUHN, [1]).states
    table = PolicyTable(states, [1], np.tile([1.0, 0.0], (1, len(states), 1)))
    assert exploitability(KUHN, table.policy(0)) == pytest.approx(1)


def test_chips_are_won_of_one_by_the_other(solved: Path) -> None:
    table = PolicyTable.load(solved)
    weak, strong = table.policy(0), table.policy(-1)
    assert chips_per_hand(KUHN, strong, weak) == -chips_per_hand(KUHN, weak, strong) > 0.05


def test_solving_stops_when_told_and_leaves_nothing(tmp_path: Path) -> None:
    fractions: list[float] = []
    with pytest.raises(Stopped, match="after 7 iterations"):
        solve_and_publish(
            KUHN,
            tmp_path / "kuhn",
            on_progress=fractions.append,
            is_cancelled=lambda: len(fractions) == 7,
        )
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_was_altered_is_refused(tmp_path: Path) -> None:
    solve_and_publish(KUHN, tmp_path / "kuhn", iterations=10)
    (tmp_path / "kuhn" / SHARES).write_bytes(b"PK")
    with pytest.raises(ArtifactError, match="is not the file that was written"):
        load_agent(tmp_path / "kuhn")


def test_shares_that_are_no_policy_are_refused() -> None:
    with pytest.raises(ValueError, match="together 1"):
        PolicyTable(["a"], [1], np.array([[[0.5, 0.4]]]))
    with pytest.raises(ValueError, match="do not fit"):
        PolicyTable(["a"], [1, 2], np.array([[[0.5, 0.5]]]))
