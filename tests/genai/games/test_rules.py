import numpy as np
import pytest

from genai.games.rules import GAMES, Encoder, Game, IllegalMove, Symmetry, game_of

BOARDS = [game for game in GAMES.values() if not game.is_hidden]
TURNS = [(game, symmetry) for game in BOARDS for symmetry in game.symmetries]


@pytest.mark.parametrize(("game", "symmetry"), TURNS, ids=lambda value: getattr(value, "key", ""))
def test_a_game_on_a_turned_board_goes_as_on_the_other(game: Game, symmetry: Symmetry) -> None:
    rng, encoder = np.random.default_rng(0), Encoder(game)
    turned_action = np.argsort(symmetry.actions)
    for _ in range(5):
        state, turned = game.new_state(), game.new_state()
        while not state.is_terminal():
            boards = np.empty((2, *game.shape), dtype=np.float32)
            encoder.write(state, boards[0])
            encoder.write(turned, boards[1])
            np.testing.assert_array_equal(symmetry.turn(boards[:1])[0], boards[1])
            action = int(rng.choice(state.legal_actions()))
            state.apply_action(action)
            turned.apply_action(int(turned_action[action]))
        assert turned.is_terminal()
        assert turned.returns() == state.returns()


def test_boards_turn_in_as_many_ways_as_keep_the_first_position() -> None:
    ways = {game.key: len(game.symmetries) for game in BOARDS}
    assert ways == {
        "tic-tac-toe": 7,
        "connect-four": 1,
        "othello": 3,
        "breakthrough-6": 1,
        "breakthrough-8": 1,
        "hex-7": 1,
    }


def test_a_policy_turns_with_its_board() -> None:
    [mirror] = game_of("connect-four").symmetries
    policy = np.array([[0.5, 0.3, 0.2, 0, 0, 0, 0]], dtype=np.float32)
    np.testing.assert_array_equal(mirror.turn_policies(policy), policy[:, ::-1])


def test_no_board_at_all_can_be_turned() -> None:
    [mirror] = game_of("connect-four").symmetries
    assert mirror.turn(np.empty((0, 4, 6, 7), np.float32)).shape == (0, 4, 6, 7)


def test_what_is_seen_says_who_is_to_move() -> None:
    game = game_of("tic-tac-toe")
    planes = np.empty(game.shape, dtype=np.float32)
    for moves, side in (([], 0), ([4], 1)):
        Encoder(game).write(game.state_after(moves), planes)
        assert set(planes[-1].ravel()) == {side}


def test_an_illegal_move_is_named() -> None:
    game = game_of("tic-tac-toe")
    with pytest.raises(IllegalMove, match="move 2: 4 is not a legal move"):
        game.state_after([4, 4])
    with pytest.raises(IllegalMove, match="move 6: the game is over"):
        game.state_after([0, 3, 1, 4, 2, 5])
