import numpy as np
import pytest

from genai.games.agents import Limit
from genai.games.evaluation import Evaluate
from genai.games.rules import Floats, Game, game_of
from genai.games.search import LEAVES, NODES, Noise, Search, SearchAgent

CONNECT_FOUR, TIC_TAC_TOE = game_of("connect-four"), game_of("tic-tac-toe")


def indifferent(game: Game) -> Evaluate:
    """Knows nothing: every move is as good, every position even."""

    def evaluate(boards: Floats) -> tuple[Floats, Floats]:
        return (
            np.zeros((len(boards), game.actions), np.float32),
            np.zeros(len(boards), np.float32),
        )

    return evaluate


def decide(game: Game, moves: list[int], limit: Limit):
    agent = SearchAgent(game, indifferent(game))
    return agent.decide(game.state_after(moves), limit, np.random.default_rng(0))


def test_a_win_is_taken_and_known_for_certain() -> None:
    decision = decide(CONNECT_FOUR, [3, 0, 3, 0, 3, 0], Limit(100))
    assert decision.action == 3
    assert decision.value == 1
    assert decision.policy[3] == 1
    assert decision.simulations < 100  # certain: nothing more to look for


def test_a_threat_is_blocked() -> None:
    assert decide(CONNECT_FOUR, [3, 0, 3, 1, 3], Limit(200)).action == 3


def test_what_is_lost_whatever_is_played_is_known() -> None:
    # three in a row with both ends open: one end can be stopped, the other not
    decision = decide(CONNECT_FOUR, [2, 2, 3, 3, 4], Limit(5000))
    assert decision.value == -1
    assert sum(decision.policy.values()) == pytest.approx(1)


def test_a_draw_is_known_once_every_move_is() -> None:
    decision = decide(TIC_TAC_TOE, [4, 0, 8, 2], Limit(20_000))
    assert decision.action == 1  # all others lose
    assert decision.value == 0
    assert decision.simulations < 20_000


def test_a_search_does_as_many_simulations_as_it_may() -> None:
    for simulations in (1, 2, 7, 100):
        assert decide(CONNECT_FOUR, [], Limit(simulations)).simulations == simulations


def test_the_clock_ends_a_search() -> None:
    for milliseconds in (0.001, 30):
        decision = decide(CONNECT_FOUR, [], Limit(10**9, milliseconds))
        assert 1 <= decision.simulations < 10**6


def test_the_clock_ends_a_search_that_meets_only_certain_positions() -> None:
    """Nothing is to be evaluated: every descent ends in a draw that is known."""

    def sure_of_the_draw(boards: Floats) -> tuple[Floats, Floats]:
        logits = np.full((len(boards), TIC_TAC_TOE.actions), -20, np.float32)
        logits[:, 1] = 20
        return logits, np.zeros(len(boards), np.float32)

    agent = SearchAgent(TIC_TAC_TOE, sure_of_the_draw)
    state = TIC_TAC_TOE.state_after([4, 0, 8, 2])
    decision = agent.decide(state, Limit(10**9, milliseconds=30), np.random.default_rng(0))
    assert decision.simulations < 10**6


@pytest.mark.parametrize("simulations", [2, 4, 6])
def test_a_move_that_is_known_to_lose_is_not_made_however_likely_it_looked(
    simulations: int,
) -> None:
    def likes_to_lose(boards: Floats) -> tuple[Floats, Floats]:
        logits = np.zeros((len(boards), 7), np.float32)
        logits[:, 0] = 9
        return logits, np.zeros(len(boards), np.float32)

    search = Search(CONNECT_FOUR, exploration=1.5)
    search.restart(CONNECT_FOUR.state_after([0, 6, 1, 6, 2]), simulations)
    boards = np.empty((1, *CONNECT_FOUR.shape), np.float32)
    while not search.is_done:
        count = search.gather(boards, 1)
        search.learn(*likes_to_lose(boards[:count]))
    actions, shares = search.shares()
    tree = search.tree
    lost = [
        place
        for place in range(len(actions))
        if tree.child[place] >= 0 and tree.proven[tree.child[place]] == 1
    ]
    assert len(lost) < len(actions)
    assert not shares[lost].any()


def test_a_tree_that_outgrows_its_memory_keeps_every_branch() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)

        def judge(boards: Floats, rng: np.random.Generator = rng) -> tuple[Floats, Floats]:
            logits = rng.normal(size=(len(boards), TIC_TAC_TOE.actions)).astype(np.float32)
            return logits, rng.uniform(-0.1, 0.1, len(boards)).astype(np.float32)

        search = Search(TIC_TAC_TOE, exploration=1.5)
        search.restart(TIC_TAC_TOE.new_state(), 1500)
        boards = np.empty((LEAVES, *TIC_TAC_TOE.shape), np.float32)
        while not search.is_done:
            count = search.gather(boards, LEAVES)
            search.learn(*judge(boards[:count]))
        nodes, moves = search.tree.used
        assert nodes > NODES  # it did outgrow it
        assert (search.tree.child[:moves] >= 0).sum() == nodes - 1  # all but the root


def test_the_position_stays_as_it_was() -> None:
    state = CONNECT_FOUR.state_after([3, 2])
    SearchAgent(CONNECT_FOUR, indifferent(CONNECT_FOUR)).decide(
        state, Limit(200), np.random.default_rng(0)
    )
    assert state.history() == [3, 2]


def test_moves_are_chosen_by_their_visits_when_it_is_warm() -> None:
    agent, rng = SearchAgent(CONNECT_FOUR, indifferent(CONNECT_FOUR)), np.random.default_rng(0)
    cold = {agent.decide(CONNECT_FOUR.new_state(), Limit(70), rng).action for _ in range(3)}
    warm = {
        agent.decide(CONNECT_FOUR.new_state(), Limit(70, temperature=1.0), rng).action
        for _ in range(60)
    }
    assert len(cold) < len(warm) == 7


def test_however_warm_it_is_a_move_that_is_seen_to_lose_is_not_made() -> None:
    agent, rng = SearchAgent(CONNECT_FOUR, indifferent(CONNECT_FOUR)), np.random.default_rng(0)
    state = CONNECT_FOUR.state_after([3, 0, 3, 1, 3])  # only in the middle is it stopped
    assert {agent.decide(state, Limit(200, temperature=50), rng).action for _ in range(40)} == {3}


@pytest.mark.parametrize(("simulations", "made"), [(8, {3}), (1, set(range(7)))])
def test_who_looks_more_than_a_few_times_sees_the_answer_to_a_warm_move(simulations, made) -> None:
    agent, rng = SearchAgent(CONNECT_FOUR, indifferent(CONNECT_FOUR)), np.random.default_rng(0)
    state = CONNECT_FOUR.state_after([3, 0, 3, 1, 3])  # only in the middle is it stopped
    limit = Limit(simulations, temperature=8)
    assert {agent.decide(state, limit, rng).action for _ in range(80)} == made


def test_where_every_move_loses_at_once_one_is_made() -> None:
    state = CONNECT_FOUR.state_after([2, 2, 3, 3, 4])
    assert decide(CONNECT_FOUR, state.history(), Limit(8, temperature=8)).action in range(7)


def test_who_looks_at_one_position_makes_the_moves_that_a_prior_prefers() -> None:
    agent, rng = SearchAgent(CONNECT_FOUR, prefers_the_edge), np.random.default_rng(0)
    made = np.zeros(7, int)
    for _ in range(200):
        state = CONNECT_FOUR.new_state()
        made[agent.decide(state, Limit(1, temperature=3), rng).action] += 1
    assert made.all()  # none is seen to lose
    assert made[6] > 2 * made[:6].max()


def prefers_the_edge(boards: Floats) -> tuple[Floats, Floats]:
    logits = np.zeros((len(boards), 7), np.float32)
    logits[:, 6] = 3
    return logits, np.zeros(len(boards), np.float32)


def test_a_prior_leads_the_search() -> None:
    agent = SearchAgent(CONNECT_FOUR, prefers_the_edge)
    decision = agent.decide(CONNECT_FOUR.new_state(), Limit(50), np.random.default_rng(0))
    assert decision.action == 6
    assert decision.line[0] == 6


def test_leaves_of_one_batch_are_different_positions() -> None:
    search = Search(CONNECT_FOUR, exploration=1.5)
    search.restart(CONNECT_FOUR.new_state(), 100)
    boards = np.empty((LEAVES, *CONNECT_FOUR.shape), np.float32)
    evaluate = indifferent(CONNECT_FOUR)
    assert search.gather(boards, LEAVES) == 1  # the root alone
    search.learn(*evaluate(boards[:1]))
    count = search.gather(boards, LEAVES)
    assert len({board.tobytes() for board in boards[:count]}) == count == 7


def test_every_simulation_is_one_visit_however_many_leaves_wait() -> None:
    search = Search(CONNECT_FOUR, exploration=1.5)
    search.restart(CONNECT_FOUR.state_after([3, 3, 3]), 300)
    boards = np.empty((LEAVES, *CONNECT_FOUR.shape), np.float32)
    while not search.is_done:
        count = search.gather(boards, LEAVES)
        search.learn(*indifferent(CONNECT_FOUR)(boards[:count]))
    assert search.tree.visits[:7].sum() == search.simulations == 300
    assert abs(search.value()) <= 1


def test_noise_is_mixed_into_the_first_priors() -> None:
    search = Search(CONNECT_FOUR, exploration=1.5)
    search.restart(CONNECT_FOUR.new_state(), 10)
    boards = np.empty((1, *CONNECT_FOUR.shape), np.float32)
    search.gather(boards, 1)
    search.learn(*indifferent(CONNECT_FOUR)(boards))
    search.mix_in(Noise(share=0.5), np.random.default_rng(0))
    priors = search.tree.prior[:7]
    assert priors.sum() == pytest.approx(1, abs=1e-6)
    assert priors.min() >= 0.5 / 7
    assert priors.max() > 1.5 / 7
