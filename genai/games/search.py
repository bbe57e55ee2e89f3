"""Monte Carlo tree search that a network leads; many positions are evaluated at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genai.games.agents import Decision, Limit, tempered
from genai.games.evaluation import Evaluate
from genai.games.rules import Encoder, Floats, Game, State
from genai.games.tree import (
    AWAITED,
    UNKNOWN,
    add_node,
    back_up,
    descend,
    empty_tree,
    give_up,
    load_code,
    with_room,
)

NODES, MOVES = 64, 1024  # that a tree begins with room for
MAX_DEPTH = 512
LEAVES = 8  # evaluated at once in one tree
DESCENTS = 4  # for each leaf: many may end where nothing is to be evaluated
LINE = 8  # moves that are told
SEES = 8  # simulations: who makes so many looks at the answers to a move that it has drawn
KEPT_BACK = 3.0  # milliseconds, for what follows the search
NO_LOGITS = np.zeros(0, np.float32)  # where the game is over


@dataclass(frozen=True)
class Noise:
    """What is mixed into the root's priors, so that self-play tries moves it would not make."""

    share: float = 0.25
    total: float = 10.0  # of the Dirichlet's parameters, over all legal moves


class Search:
    """The tree over one position."""

    def __init__(self, game: Game, exploration: float) -> None:
        self.encoder, self.exploration = Encoder(game), exploration
        self.tree = empty_tree(NODES, MOVES)
        self.path = np.zeros((LEAVES, 2, MAX_DEPTH), np.int32)
        self.restart(game.new_state(), 0)

    def restart(self, state: State, simulations: int) -> None:
        """A new position, in the same memory, for so many simulations.

        state: not over; it is left as it was.
        """
        self.tree.used[:] = 0
        self.planned = simulations
        self.states: list[State] = [state]  # of each node
        self.simulations = 0
        self.waiting: list[tuple[int, State]] = []  # depth, position: evaluated next

    @property
    def is_proven(self) -> bool:
        return bool(self.tree.used[0] and self.tree.proven[0] != UNKNOWN)

    @property
    def is_done(self) -> bool:
        return self.is_proven or self.simulations >= self.planned

    def gather(self, planes: Floats, leaves: int) -> int:
        """How many positions want to be evaluated; they are written to planes (leaves, C, H, W)."""
        if not self.tree.used[0]:
            self.waiting = [(0, self.states[0])]
        for _ in range(DESCENTS * leaves if self.tree.used[0] else 0):
            if len(self.waiting) == leaves or self.is_done:
                break
            if not self._descend(self.path[len(self.waiting)]):
                break
        for place, (_, state) in enumerate(self.waiting):
            self.encoder.write(state, planes[place])
        return len(self.waiting)

    def _descend(self, path: np.ndarray) -> bool:
        """False when the descent met another that waits."""
        tree = self.tree
        depth = descend(tree, path, self.exploration)
        node, move = path[:, depth - 1]
        child = tree.child[move]
        if child == AWAITED:
            give_up(tree, path, depth)
            return False
        self.simulations += 1
        if child >= 0:
            assert tree.proven[child] != UNKNOWN, "a game longer than any path"
            back_up(tree, path, depth, float(tree.proven[child]))
            return True
        state = self.states[node].child(int(tree.action[move]))
        if state.is_terminal():
            outcome = float(np.sign(state.returns()[self.states[node].current_player()]))
            child = self._add(state, [], NO_LOGITS, -int(outcome))
            self.tree.child[move] = child  # the tree may be a larger one by now
            back_up(self.tree, path, depth, -outcome)
            return True
        tree.child[move] = AWAITED
        self.waiting.append((depth, state))
        return True

    def learn(self, logits: Floats, values: Floats) -> None:
        """What the evaluation said of the positions that waited. logits: (B, A); values: (B,)"""
        for place, (depth, state) in enumerate(self.waiting):
            node = self._add(state, state.legal_actions(), logits[place], UNKNOWN)
            if depth:
                path = self.path[place]
                self.tree.child[path[1, depth - 1]] = node
                back_up(self.tree, path, depth, float(values[place]))
        self.waiting = []

    def _add(self, state: State, actions: Sequence[int], logits: Floats, proven: int) -> int:
        self.tree = with_room(self.tree, len(actions))
        node = add_node(self.tree, np.array(actions, np.int32), logits, proven)
        if node:
            self.states.append(state)
        return int(node)

    def mix_in(self, noise: Noise, rng: np.random.Generator) -> None:
        """Into the priors of the root, once it has been evaluated."""
        count = int(self.tree.moves[0])
        drawn = rng.dirichlet(np.full(count, noise.total / count))
        prior = self.tree.prior[:count]
        prior[:] = (1 - noise.share) * prior + noise.share * drawn

    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """The root's moves (A',), and the share of visits that each deserves (A',).

        A proven win has all of them, a proven loss none unless every move loses.
        """
        tree, count, possible = self.tree, int(self.tree.moves[0]), self._possible()
        visits = np.where(possible, tree.visits[:count].astype(float), 0)
        if not visits.any():  # nothing but the root was seen, or nothing that does not lose
            visits = np.where(possible, tree.prior[:count].astype(float), 0)
        return tree.action[:count], visits / visits.sum()

    def chances(self, temperature: float) -> np.ndarray:
        """(A',) to make each of the root's moves: tempered visits, a prior being a part of one.

        So a short search may make any move that it has not seen to lose, the likelier the sooner.
        """
        tree, count = self.tree, int(self.tree.moves[0])
        counted = tree.visits[:count] + tree.prior[:count].astype(float)
        return tempered(np.where(self._possible(), counted, 0), temperature)

    def _possible(self) -> np.ndarray:
        """(A',) of the root's moves: those that win if one does, else those not proven to lose."""
        tree, count = self.tree, int(self.tree.moves[0])
        proven = np.array(
            [-tree.proven[child] if child >= 0 else -UNKNOWN for child in tree.child[:count]]
        )
        possible = proven == 1 if (proven == 1).any() else proven != -1
        return possible if possible.any() else ~possible  # else every move loses

    def value(self) -> float:
        """-1..1 for the side to move at the root."""
        tree, count = self.tree, int(self.tree.moves[0])
        if self.is_proven:
            return float(tree.proven[0])
        return float(tree.total[:count].sum() / max(1, tree.visits[:count].sum()))

    def line(self) -> tuple[int, ...]:
        """The moves that were looked at most, one after the other."""
        tree, node = self.tree, 0
        line: list[int] = []
        while node >= 0 and tree.moves[node] and len(line) < LINE:
            moves = slice(tree.first[node], tree.first[node] + tree.moves[node])
            if not tree.visits[moves].any():
                break
            move = int(tree.first[node] + tree.visits[moves].argmax())
            line.append(int(tree.action[move]))
            node = int(tree.child[move])
        return tuple(line)


class SearchAgent:
    """Searches with what a network says of positions."""

    def __init__(self, game: Game, evaluate: Evaluate, *, exploration: float = 1.5) -> None:
        self.game, self.evaluate, self.exploration = game, evaluate, exploration
        load_code()

    def decide(self, state: State, limit: Limit, rng: np.random.Generator) -> Decision:
        begun = time.perf_counter()
        search = Search(self.game, self.exploration)
        search.restart(state, limit.simulations)
        planes = np.empty((LEAVES, *self.game.shape), np.float32)
        took = 0.0
        while not search.is_done and not (search.simulations and is_late(limit, begun, took)):
            before = time.perf_counter()
            wanted = search.gather(planes, min(LEAVES, 1 + search.simulations // LEAVES))
            if wanted:
                search.learn(*self.evaluate(planes[:wanted]))
            took = time.perf_counter() - before
        actions, shares = search.shares()
        return Decision(
            drawn(state, actions, search.chances(limit.temperature), limit, rng),
            dict(zip(actions.tolist(), shares.tolist(), strict=True)),
            search.value(),
            simulations=search.simulations,
            milliseconds=1000 * (time.perf_counter() - begun),
            line=search.line(),
        )


def drawn(
    state: State, actions: np.ndarray, chances: np.ndarray, limit: Limit, rng: np.random.Generator
) -> int:
    """One of the actions (A',), each by its chance (A',).

    With SEES simulations or more none that loses at once, unless all of them do.
    """
    while True:
        action = int(actions[rng.choice(len(actions), p=chances / chances.sum())])
        if not limit.temperature or limit.simulations < SEES or not loses_at_once(state, action):
            return action
        others = np.where(actions == action, 0, chances)
        if not others.any():
            return action
        chances = others


def loses_at_once(state: State, action: int) -> bool:
    """One answer to it wins the game."""
    after = state.child(action)
    if after.is_terminal():
        return False
    answers = (after.child(answer) for answer in after.legal_actions())
    return any(end.is_terminal() and end.returns()[after.current_player()] > 0 for end in answers)


def is_late(limit: Limit, begun: float, took: float) -> bool:
    """Another step, which may take twice as long as the last one, would be over the time."""
    spent = 1000 * (time.perf_counter() + 2 * took - begun)
    return limit.milliseconds is not None and spent + KEPT_BACK > limit.milliseconds
