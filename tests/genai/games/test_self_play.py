from dataclasses import replace

import numpy as np
import pytest

from genai.games.presets import TINY
from genai.games.rules import GAMES, game_of
from genai.games.self_play import SelfPlayConfig, Table, play
from tests.genai.games.test_search import indifferent

BOARDS = [key for key, game in GAMES.items() if not game.is_hidden]
TIC_TAC_TOE = game_of("tic-tac-toe")


def played(key: str, games: int = 5, seed: int = 0, **changes: object):
    game = game_of(key)
    config = replace(TINY.self_play, **changes)
    return play(game, indifferent(game), config, np.random.default_rng(seed), games)


@pytest.mark.parametrize("key", BOARDS)
def test_what_is_learnt_are_legal_moves_of_whole_games(key: str) -> None:
    games = played(key, games=2, games_at_once=2)
    assert games.games == sum(games.outcomes) == 2
    np.testing.assert_allclose(games.examples.policies.astype(float).sum(1), 1, atol=0.01)
    assert games.examples.boards.max() <= 1
    assert np.abs(games.examples.values).max(initial=0) <= 1


def test_a_policy_has_nothing_where_a_cell_is_taken() -> None:
    examples = played("tic-tac-toe", learnt_share=1.0).examples
    taken = examples.boards[:, 1:3].any(1).reshape(-1, 9)
    assert taken.any()
    assert not examples.policies[taken].any()


def test_values_are_of_the_side_to_move() -> None:
    config = SelfPlayConfig(searched_share=0, opening_plies=0)
    table = Table(TIC_TAC_TOE, config, np.random.default_rng(0))
    table.sides, table.searched, table.outcome = [0, 1, 0], [0.0, 0.0, 0.0], 1.0
    assert table.values().tolist() == [1, -1, 1]
    table.outcome = -1.0
    assert table.values().tolist() == [-1, 1, -1]


def test_a_value_is_partly_what_the_search_found() -> None:
    config = SelfPlayConfig(searched_share=0.25, opening_plies=0)
    table = Table(TIC_TAC_TOE, config, np.random.default_rng(0))
    table.sides, table.searched, table.outcome = [0, 1], [0.2, -0.6], 1.0
    assert table.values().tolist() == pytest.approx([0.8, -0.9])


@pytest.mark.parametrize("most", [0, 6])
def test_games_begin_with_random_moves_so_that_they_stay_unlike(most: int) -> None:
    rng = np.random.default_rng(0)
    config = SelfPlayConfig(opening_plies=most)
    table = Table(game_of("connect-four"), config, rng)
    openings = []
    for _ in range(200):
        table.begin()
        openings.append(tuple(table.state.history()))
    assert {len(opening) for opening in openings} == set(range(most + 1))
    assert len(set(openings)) > 20 * most


def test_a_share_of_moves_is_learnt_from() -> None:
    games = played("connect-four", games=40, learnt_share=0.25)
    assert 0.15 < len(games.examples) / games.moves < 0.35


def test_as_many_games_end_as_were_asked_for_however_many_go_at_once() -> None:
    for at_once in (1, 3, 16):
        assert played("tic-tac-toe", games=7, games_at_once=at_once).games == 7


def test_the_same_seed_plays_the_same_games() -> None:
    one, again, other = (played("connect-four", seed=seed).examples for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.boards, again.boards)
    np.testing.assert_array_equal(one.policies, again.policies)
    np.testing.assert_array_equal(one.values, again.values)
    assert one.boards.shape != other.boards.shape or (one.boards != other.boards).any()


def test_examples_come_back_from_a_file_as_they_were(tmp_path) -> None:
    examples = played("tic-tac-toe", learnt_share=1.0).examples
    examples.save(tmp_path / "some.npz")
    back = type(examples).load(tmp_path / "some.npz")
    for name in ("boards", "policies", "values"):
        np.testing.assert_array_equal(getattr(back, name), getattr(examples, name))


@pytest.mark.parametrize(
    "wrong",
    [{"simulations": 0}, {"opening_plies": -1}, {"learnt_share": 0.0}, {"searched_share": 1.5}],
)
def test_settings_that_teach_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="SelfPlayConfig"):
        SelfPlayConfig(**wrong)
