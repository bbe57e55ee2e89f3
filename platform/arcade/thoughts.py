"""What stood behind an agent's moves, told to the person who plays against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arcade.boards import BoardView

DROP = 12  # points that a chance falls by before it is worth telling
MOST_DROPS = 3
SURE = 100


@dataclass(frozen=True)
class Thought:
    """Before one move of the agent. policy: share of each legal move, together 1."""

    ply: int
    policy: dict[int, float]
    value: float | None  # -1..1 for the agent; None = it says none
    simulations: int
    line: tuple[int, ...]  # that it expected, its own move first

    @classmethod
    def of(cls, ply: int, kept: Mapping[str, Any]) -> "Thought":
        return cls(
            ply,
            {int(action): float(share) for action, share in (kept.get("policy") or {}).items()},
            kept.get("value"),
            int(kept.get("simulations") or 0),
            tuple(kept.get("line") or ()),
        )

    @property
    def chance(self) -> int | None:
        """Percent, of the other side; a draw counts half."""
        return None if self.value is None else round(50 * (1 - self.value))

    def likes_less(self, action: int) -> bool:
        """Than another move; weaker levels make such moves all the same."""
        return bool(self.policy) and self.policy.get(action, 0.0) < max(self.policy.values())

    def expected_after(self, actions: list[int]) -> tuple[int, ...]:
        """The rest of its line; () once somebody has left it."""
        made = tuple(actions[self.ply :])
        return self.line[len(made) :] if self.line[: len(made)] == made else ()


@dataclass(frozen=True)
class Drop:
    """A move of the member after which the agent saw their chance lower."""

    ply: int  # of the position in which they chose it
    number: int  # of the move, from 1
    text: str
    before: int
    after: int


def thoughts_of(decisions: Mapping[str, Any]) -> list[Thought]:
    """By ply, the oldest first."""
    return [Thought.of(int(ply), decisions[ply]) for ply in sorted(decisions, key=int)]


def thought_at(thoughts: list[Thought], ply: int) -> Thought | None:
    """The last that led to a move within the first `ply` actions."""
    return next((each for each in reversed(thoughts) if each.ply < ply), None)


def curve_of(
    thoughts: list[Thought], *, end: tuple[int, float] | None = None
) -> list[tuple[int, int]]:
    """(ply, percent) of the member's chance. end: the last ply, and what they got of 1."""
    points = [(each.ply, each.chance) for each in thoughts if each.chance is not None]
    if end is not None and points:
        points.append((end[0], round(SURE * end[1])))
    return points


def drops_of(
    points: list[tuple[int, int]], board: BoardView, side: int, *, least: int = DROP
) -> list[Drop]:
    """The moves of this side that cost it most, in the order of the game."""
    found = []
    for (start, before), (end, after) in zip(points, points[1:], strict=False):
        own = [
            (number, played)
            for number, played in enumerate(board.played, 1)
            if start < played.ply < end and played.side == side
        ]
        if own and before - after >= least:
            number, played = own[-1]
            found.append(Drop(played.ply, number, played.move.text, before, after))
    found.sort(key=lambda drop: drop.after - drop.before)
    return sorted(found[:MOST_DROPS], key=lambda drop: drop.ply)
