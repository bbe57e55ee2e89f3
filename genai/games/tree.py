"""A search tree as flat arrays, and the loops over it that numba compiles.

Selection is AlphaZero's (Silver et al., 2018): the mean value of a move, and a bonus for its
prior that fades with its visits. A position whose outcome is certain is proven, as in
MCTS-Solver (Winands et al., 2008), and what follows from it for the positions before it.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

UNKNOWN = 2  # no outcome is proven; else -1, 0, 1
UNSEEN, AWAITED = -1, -2  # of a move: nobody has made it yet; its position is being evaluated
UNVISITED_LOSS = 0.25  # an unvisited move is thought this much worse than the visited ones


class Tree(NamedTuple):
    """Values are those of the side to move. Node 0 is the root; a node's moves lie side by side."""

    used: npt.NDArray[np.int64]  # (2,) nodes, moves
    first: npt.NDArray[np.int32]  # (N,) where a node's moves begin
    moves: npt.NDArray[np.int32]  # (N,) how many it has
    proven: npt.NDArray[np.int8]  # (N,)
    action: npt.NDArray[np.int32]  # (M,)
    prior: npt.NDArray[np.float32]  # (M,) together 1 over a node
    visits: npt.NDArray[np.int32]  # (M,)
    total: npt.NDArray[np.float32]  # (M,) sum of the values found behind the move
    child: npt.NDArray[np.int32]  # (M,) node, UNSEEN or AWAITED


def empty_tree(nodes: int, moves: int) -> Tree:
    return Tree(
        used=np.zeros(2, np.int64),
        first=np.zeros(nodes, np.int32),
        moves=np.zeros(nodes, np.int32),
        proven=np.zeros(nodes, np.int8),
        action=np.zeros(moves, np.int32),
        prior=np.zeros(moves, np.float32),
        visits=np.zeros(moves, np.int32),
        total=np.zeros(moves, np.float32),
        child=np.zeros(moves, np.int32),
    )


def with_room(tree: Tree, moves: int) -> Tree:
    """The same tree, in arrays that take one more node with so many moves."""
    nodes_used, moves_used = tree.used
    nodes, places = len(tree.first), len(tree.action)
    if nodes_used < nodes and moves_used + moves <= places:
        return tree
    larger = empty_tree(2 * nodes, 2 * places + moves)
    for name, old in tree._asdict().items():
        getattr(larger, name)[: len(old)] = old
    return larger


@numba.njit(cache=True, nogil=True)
def add_node(tree, actions, logits, proven):  # type: ignore[no-untyped-def]
    """The new node. actions: its legal moves; logits: (A,) of all moves."""
    node, first = tree.used
    tree.used[0] += 1
    tree.used[1] += len(actions)
    tree.first[node], tree.moves[node], tree.proven[node] = first, len(actions), proven
    highest = -np.inf
    for action in actions:
        highest = max(highest, logits[action])
    together = 0.0
    for place, action in enumerate(actions):
        move = first + place
        weight = np.exp(logits[action] - highest)
        together += weight
        tree.action[move], tree.prior[move] = action, weight
        tree.visits[move], tree.total[move], tree.child[move] = 0, 0.0, UNSEEN
    for move in range(first, first + len(actions)):
        tree.prior[move] /= together
    return node


@numba.njit(cache=True, nogil=True)
def best_move(tree, node, exploration):  # type: ignore[no-untyped-def]
    """Where a descent goes on; a move that is proven to lose only when all are."""
    first, count = tree.first[node], tree.moves[node]
    visits, total, seen = 1, 0.0, 0.0
    for move in range(first, first + count):
        visits += tree.visits[move]
        if tree.visits[move]:
            total += tree.total[move]
            seen += tree.prior[move]
    unvisited = total / max(1, visits - 1) - UNVISITED_LOSS * np.sqrt(seen)
    wide = exploration * np.sqrt(visits)
    best, highest = first, -np.inf
    for move in range(first, first + count):
        value = tree.total[move] / tree.visits[move] if tree.visits[move] else unvisited
        child = tree.child[move]
        if child >= 0 and tree.proven[child] != UNKNOWN:
            value = -tree.proven[child]
            if value < 0:
                value -= 1e6
        score = value + wide * tree.prior[move] / (1 + tree.visits[move])
        if score > highest:
            best, highest = move, score
    return best


@numba.njit(cache=True, nogil=True)
def descend(tree, path, exploration):  # type: ignore[no-untyped-def]
    """From the root to a move that is not yet made, awaited, or leads to a proven node.

    path: (2, depth) nodes and moves, overwritten; the result says how many. On the way every
    move counts as lost once more, so that the next descent looks elsewhere; see back_up.
    """
    node, depth = 0, 0
    while True:
        move = best_move(tree, node, exploration)
        path[0, depth], path[1, depth] = node, move
        depth += 1
        tree.visits[move] += 1
        tree.total[move] -= 1
        node = tree.child[move]
        if node < 0 or tree.proven[node] != UNKNOWN or depth == path.shape[1]:
            return depth


@numba.njit(cache=True, nogil=True)
def back_up(tree, path, depth, value):  # type: ignore[no-untyped-def]
    """value: of the side to move behind the last move of the path."""
    for step in range(depth - 1, -1, -1):
        value = -value
        tree.total[path[1, step]] += 1 + value
    for step in range(depth - 1, -1, -1):
        if not prove(tree, path[0, step]):
            break


@numba.njit(cache=True, nogil=True)
def give_up(tree, path, depth):  # type: ignore[no-untyped-def]
    """As if the descent had not been."""
    for step in range(depth):
        tree.visits[path[1, step]] -= 1
        tree.total[path[1, step]] += 1


@numba.njit(cache=True, nogil=True)
def prove(tree, node):  # type: ignore[no-untyped-def]
    """Whether the node is proven now: one move wins, or all moves are known."""
    best, is_open = -1, False
    for move in range(tree.first[node], tree.first[node] + tree.moves[node]):
        child = tree.child[move]
        if child < 0 or tree.proven[child] == UNKNOWN:
            is_open = True
        else:
            best = max(best, -tree.proven[child])
    if best == 1 or not is_open:
        tree.proven[node] = best
    return tree.proven[node] != UNKNOWN


def load_code() -> None:
    """Everything above is compiled, or read from the cache; afterwards nobody waits for that."""
    tree, path = empty_tree(4, 4), np.zeros((2, 4), np.int32)
    add_node(tree, np.arange(2, dtype=np.int32), np.zeros(2, np.float32), UNKNOWN)
    give_up(tree, path, descend(tree, path, 1.0))
    back_up(tree, path, descend(tree, path, 1.0), 0.0)
