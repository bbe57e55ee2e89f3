"""What somebody sees of a match: no card that the rules hide from their side before the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from arcade.models import Match
from arcade.serving import GAMES, State, position_of

CHANCE = -1  # no side: a card was dealt


@dataclass(frozen=True)
class Sight:
    """A match through the eyes of a side; side None: of whoever watches."""

    match: Match
    side: int | None

    @property
    def is_whole(self) -> bool:
        """Nothing is hidden, or not any more."""
        return self.match.is_over or not GAMES[self.match.game].is_hidden

    @cached_property
    def position(self) -> State:
        return self.match.position

    @cached_property
    def steps(self) -> list["Step"]:
        return list(self._steps())

    def _steps(self) -> Iterator["Step"]:
        state = position_of(self.match.game, [])
        for action in self.match.actions:
            mover = state.current_player()
            if self.is_whole or mover != CHANCE or self._sees_card(state):
                yield Step(mover, action, state.action_to_string(mover, action))
            else:
                yield Step(mover, None, "")
            state.apply_action(action)

    def _sees_card(self, state: State) -> bool:
        """Whether what this side knows depends on which card is dealt now."""
        sides = (0, 1) if self.side is None else (self.side,)
        return all(
            len(
                {state.child(card).information_state_string(side) for card in state.legal_actions()}
            )
            > 1
            for side in sides
        )

    @property
    def actions(self) -> list[int | None]:
        """None: a card that this side does not see."""
        return [step.action for step in self.steps]

    @property
    def decisions(self) -> dict[str, Any]:
        """What an agent thinks of its move would betray its cards."""
        return self.match.decisions if self.is_whole else {}

    @property
    def to_move(self) -> int | None:
        return None if self.match.is_over else self.position.current_player()

    @property
    def legal_actions(self) -> list["Step"]:
        """Of this side, when it is its turn."""
        side = self.to_move
        if side is None or side != self.side:
            return []
        texts = self.position.action_to_string
        return [Step(side, action, texts(side, action)) for action in self.position.legal_actions()]

    @property
    def board(self) -> str:
        """As OpenSpiel writes it."""
        if self.is_whole:
            return str(self.position)
        return "" if self.side is None else str(self.position.observation_string(self.side))

    @property
    def returns(self) -> list[float] | None:
        """What the rules give either side, in chips where it is about them; None before the end."""
        return list(self.position.returns()) if self.position.is_terminal() else None


@dataclass(frozen=True)
class Step:
    """A move; action None: a card that is not to be seen."""

    side: int
    action: int | None
    text: str


def told_to_member(row: dict[str, Any]) -> dict[str, Any]:
    """Columns of a match as its member may know them now."""
    match = Match(**row)
    sight = Sight(match, 1 - match.agent_side)
    return row | {"actions": sight.actions, "decisions": sight.decisions}
