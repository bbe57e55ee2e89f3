"""One game between two agents, from an opening to its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genai.errors import DataError
from genai.games.agents import Agent, Decision, Limit
from genai.games.rules import Game, State, apply

OPENING_TRIES = 1000


@dataclass(frozen=True)
class Record:
    """A game that was played; dealt cards are among its actions."""

    actions: list[int]
    outcome: float  # of the side that began: +1, 0 or -1; in games of chips, how many
    decisions: list[Decision | None]  # by action; None = an opening move or a dealt card

    def decisions_of(self, game: Game, side: int) -> list[Decision]:
        state, made = game.new_state(), []
        for action, decision in zip(self.actions, self.decisions, strict=True):
            if decision is not None and state.current_player() == side:
                made.append(decision)
            state.apply_action(action)
        return made


def play_game(
    game: Game,
    agents: tuple[Agent, Agent],
    limits: tuple[Limit, Limit],
    rng: np.random.Generator,
    opening: Sequence[int] = (),
) -> Record:
    """agents, limits: of the side that begins, of the other. DataError for an illegal opening."""
    state = game.state_after(opening)
    decisions: list[Decision | None] = [None] * len(opening)
    while not state.is_terminal():
        if state.is_chance_node():
            apply(state, deal(state, rng))
            decisions.append(None)
            continue
        side = state.current_player()
        decision = agents[side].decide(state, limits[side], rng)
        apply(state, decision.action)
        decisions.append(decision)
    return Record(list(state.history()), float(state.returns()[0]), decisions)


def deal(state: State, rng: np.random.Generator) -> int:
    """A card, or whatever else chance decides on here."""
    actions, shares = zip(*state.chance_outcomes(), strict=True)
    return int(rng.choice(actions, p=shares))


def random_opening(game: Game, plies: int, rng: np.random.Generator) -> list[int]:
    """So many random moves after which nobody has won, nor can with the next move."""
    if game.is_hidden and plies:
        raise DataError(f"{game.name} has no openings: cards are dealt")
    for _ in range(OPENING_TRIES):
        state = game.new_state()
        while state.move_number() < plies and not state.is_terminal():
            state.apply_action(int(rng.choice(state.legal_actions())))
        if not state.is_terminal() and (game.is_hidden or not can_win_at_once(state)):
            return list(state.history())
    raise DataError(f"{game.name} is over, or nearly, after {plies} random moves")


def can_win_at_once(state: State) -> bool:
    """The side to move has a move that ends the game in its favour."""
    side = state.current_player()
    for action in state.legal_actions():
        after = state.child(action)
        if after.is_terminal() and after.returns()[side] > 0:
            return True
    return False
