"""The floor of self-play: AlphaZero's search as tutorials write it, one position at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from genai.games.rules import Encoder, Floats, Game, State

Judge = Callable[[Floats], tuple[Floats, float]]
"""A board (C, H, W) → logits of moves (A,), the value for the side to move."""


@dataclass
class Node:
    prior: float
    visits: int = 0
    total: float = 0.0  # of the side that moved here
    children: dict[int, Node] = field(default_factory=dict)

    @property
    def value(self) -> float:
        return self.total / self.visits if self.visits else 0.0


def play_plainly(
    game: Game,
    judge: Judge,
    rng: np.random.Generator,
    *,
    moves: int,
    simulations: int,
    exploration: float,
) -> int:
    """So many moves of games that follow each other; the games begun."""
    encoder, state, begun = Encoder(game), game.new_state(), 1
    for _ in range(moves):
        root = search(state, encoder, judge, simulations, exploration)
        visits = np.array([child.visits for child in root.children.values()], dtype=float)
        action = int(rng.choice(list(root.children), p=visits / visits.sum()))
        state.apply_action(action)
        if state.is_terminal():
            state, begun = game.new_state(), begun + 1
    return begun


def search(
    state: State, encoder: Encoder, judge: Judge, simulations: int, exploration: float
) -> Node:
    root = Node(1.0)
    expand(root, state, encoder, judge)
    for _ in range(simulations):
        node, here, path = root, state.clone(), [root]
        while node.children:
            action, node = best_child(node, exploration)
            here.apply_action(action)
            path.append(node)
        if here.is_terminal():
            value = here.returns()[mover(state, len(path) - 1)]
        else:
            value = -expand(node, here, encoder, judge)
        for visited in reversed(path):
            visited.visits += 1
            visited.total += value
            value = -value
    return root


def mover(state: State, plies: int) -> int:
    """The side that made the last of so many moves."""
    return int((state.current_player() + plies + 1) % 2)


def best_child(node: Node, exploration: float) -> tuple[int, Node]:
    wide = exploration * math.sqrt(node.visits)
    return max(
        node.children.items(),
        key=lambda item: item[1].value + wide * item[1].prior / (1 + item[1].visits),
    )


def expand(node: Node, state: State, encoder: Encoder, judge: Judge) -> float:
    """The value for the side to move."""
    board = np.empty(encoder.shape, np.float32)
    encoder.write(state, board)
    logits, value = judge(board)
    actions = state.legal_actions()
    weights = np.exp(logits[actions] - logits[actions].max())
    for action, prior in zip(actions, weights / weights.sum(), strict=True):
        node.children[action] = Node(float(prior))
    return value
