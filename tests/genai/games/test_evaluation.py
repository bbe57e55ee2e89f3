"""Evaluations that are remembered: the same as those that are not, and never more than fit."""

import numpy as np
import pytest

from genai.games.evaluation import RememberingEvaluator
from genai.games.rules import Floats, game_of

GAME = game_of("tic-tac-toe")
KNOWN = 4  # positions that fit


class Counting:
    """Says of a board what nobody would say of another; knows how many it was asked about."""

    asked = 0

    def __call__(self, boards: Floats) -> tuple[Floats, Floats]:
        self.asked += len(boards)
        values = boards.reshape(len(boards), -1) @ np.arange(boards[0].size, dtype=np.float32)
        return np.repeat(values[:, None], GAME.actions, axis=1), values


@pytest.fixture
def network() -> Counting:
    return Counting()


def boards(*numbers: int) -> Floats:
    made = np.zeros((len(numbers), *GAME.shape), np.float32)
    made.reshape(len(numbers), -1)[np.arange(len(numbers)), numbers] = 1
    return made


@pytest.mark.parametrize(
    ("asked", "looked_at"),
    [
        ([(1, 2), (2, 1)], 2),
        ([(3, 3, 3)], 1),
        ([(0, 1, 2, 3), (4,), (4, 0)], 6),  # full after four: 4 pushes the others out
        ([(0, 1, 2, 3, 4, 5), (5,)], 7),  # more at once than fit: none of them is kept
    ],
)
def test_a_position_is_looked_at_once_while_it_is_remembered(network, asked, looked_at) -> None:
    remembering = RememberingEvaluator(network, GAME, most=KNOWN)
    for numbers in asked:
        logits, values = remembering(boards(*numbers))
        assert values.tolist() == list(numbers)
        assert (logits == values[:, None]).all()
        assert logits.shape == (len(numbers), GAME.actions)
    assert network.asked == looked_at
