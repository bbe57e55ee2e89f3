"""A game against an agent, in a terminal."""

from __future__ import annotations

import numpy as np

from genai.games.levels import Level
from genai.games.matches import deal
from genai.games.rules import Game, State, apply
from genai.games.serving import LoadedAgent

QUIT, HELP = "quit", "help"
HOW = f"""Type a move by its number or by the name behind it in brackets, as listed above.
{HELP} shows this, {QUIT} or the end of the input leaves the game."""


def play(
    game: Game, loaded: LoadedAgent, level: Level, side: int, rng: np.random.Generator
) -> None:
    """side: of the person, 0 begins. It ends with the game, with quit or with the input."""
    print(f"{game.name} against {loaded.name}, {level.name}. {HELP} says how, {QUIT} ends it.")
    state = game.new_state()
    while not state.is_terminal():
        if state.is_chance_node():
            apply(state, deal(state, rng))
        elif state.current_player() == side:
            print(f"\n{view(game, state, side)}\n")
            action = ask(state, side)
            if action is None:
                return
            apply(state, action)
        else:
            decision = loaded.decide(state, level.limit, rng)
            expects = "" if decision.value is None else f", which expects {decision.value:+.2f}"
            print(
                f"{loaded.name} plays {state.action_to_string(1 - side, decision.action)}{expects}"
            )
            apply(state, decision.action)
    print(f"\n{state}\n\n{told(state.returns()[side])}")


def view(game: Game, state: State, side: int) -> str:
    """What this side may see."""
    return str(state.information_state_string(side) if game.is_hidden else state)


def ask(state: State, side: int) -> int | None:
    """A legal move, by its number or its name; None = the person goes."""
    names = {action: state.action_to_string(side, action) for action in state.legal_actions()}
    print("moves:", ", ".join(f"{action} ({name})" for action, name in names.items()))
    while True:
        try:
            text = input("your move: ").strip()
        except EOFError:
            return None
        if text == QUIT:
            return None
        if text == HELP:
            print(HOW)
            continue
        for action, name in names.items():
            if text in (str(action), name):
                return action
        print(f"{text!r} is not one of the moves; {HELP} says how")


def told(outcome: float) -> str:
    if outcome == 0:
        return "A draw."
    return f"You {'win' if outcome > 0 else 'lose'} ({outcome:+g})."
