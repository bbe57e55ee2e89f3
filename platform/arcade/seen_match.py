"""A match as somebody sees it, now or after some of its moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from arcade.boards import BoardView, board_view, line_of, sides_of
from arcade.charts import Curve, curve_chart
from arcade.layouts import Move
from arcade.models import Match
from arcade.opponents import LevelChoice, Opponent, level_choice, opponents_of
from arcade.serving import GAMES
from arcade.settling import elapsed
from arcade.squares import Column, Glimpse, Hand, Square, columns_of, glimpse_of, squares_of
from arcade.thoughts import Drop, Thought, curve_of, drops_of, thought_at, thoughts_of

ANSWERED_WITHIN, WATCHED_EVERY, OWN_TURN_EVERY = 1, 3, 4  # seconds between two looks


@dataclass(frozen=True)
class Look:
    """What of a match is looked at. ply None = where it stands now."""

    ply: int | None = None
    is_flipped: bool = False
    origin: int | None = None  # the piece that is chosen

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Look":
        return cls(_number(given.get("ply")), given.get("flip") == "1", _number(given.get("from")))

    def query(self, **changes: Any) -> str:
        values = {"ply": self.ply, "flip": int(self.is_flipped) or None} | changes
        kept = {key: value for key, value in values.items() if value is not None}
        return f"?{urlencode(kept)}" if kept else ""


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None


class SeenMatch:
    """The board and what the agent thought; each part is worked out once."""

    def __init__(self, match: Match, user: Any, look: Look) -> None:
        self.match, self.user = match, user
        self.side = match.side_of(user)
        is_past = look.ply is not None and look.ply < match.ply
        self.look = look if is_past else Look(None, look.is_flipped, look.origin)
        self.ply: int = look.ply if is_past else match.ply  # type: ignore[assignment]
        self.is_live = not is_past
        self.game = GAMES[match.game]

    @cached_property
    def whole(self) -> BoardView:
        """The match as it stands."""
        return self._view(self.match.actions)

    @cached_property
    def board(self) -> BoardView:
        """What is looked at: now, or after some of the moves."""
        if self.is_live:
            return self.whole
        return self._view(self.shown_actions)

    def _view(self, actions: list[int]) -> BoardView:
        """Once it is over no card is hidden, whichever way it ended."""
        return board_view(
            self.match.game, actions, viewer_side=self.side, is_open=self.match.is_over
        )

    @property
    def shown_actions(self) -> list[int]:
        return list(self.match.actions[: self.ply])

    @property
    def may_move(self) -> bool:
        is_turn = self.side is not None and self.whole.turn == self.side
        return self.is_live and is_turn and not self.match.is_over

    @property
    def seconds_to_next_look(self) -> int | None:
        """The agent answers, others move, or oneself in another tab; None: nothing will happen."""
        if not self.is_live or self.match.is_over:
            return None
        if self.side is None:
            return WATCHED_EVERY
        return OWN_TURN_EVERY if self.may_move else ANSWERED_WITHIN

    @property
    def stamp(self) -> str:
        """Changes with whatever the page shows of the match as it stands."""
        job, changed = self.match.thinking, self.match.updated_at.timestamp()
        return f"{self.match.ply}-{self.match.state}-{job.state if job else ''}-{changed:.6f}"

    @property
    def is_flipped(self) -> bool:
        """One's own side is below where pieces walk up; the address turns it."""
        own = self.side if self.side is not None else 0
        below = self.board.kind == "move" and own == 0
        return below != self.look.is_flipped

    @property
    def can_flip(self) -> bool:
        return self.board.kind in ("place", "move")

    @cached_property
    def names(self) -> tuple[str, str]:
        return sides_of(self.match.game)

    @cached_property
    def level(self) -> LevelChoice | None:
        return level_choice(self.match.game, self.match.agent, self.match.level)

    @property
    def level_name(self) -> str:
        return self.level.name if self.level else self.match.level

    @cached_property
    def opponents(self) -> list[Opponent]:
        return opponents_of(self.match.game)

    @property
    def choices(self) -> list[LevelChoice]:
        """Levels of the same agent; of all that have one only, where it is such a one."""
        for opponent in self.opponents:
            if any(level.agent == self.match.agent for level in opponent.levels):
                return opponent.levels
        return []

    @property
    def member_name(self) -> str:
        member: User | None = self.match.first or self.match.second
        return (member.name if member else "") or _("A member")

    # the board

    @cached_property
    def lines(self) -> list[list[Square]]:
        hand = Hand(self.may_move, self.origin, lambda cell: self.look.query(**{"from": cell}))
        return squares_of(self.board, self.glimpse, hand, flipped=self.is_flipped)

    @cached_property
    def origin(self) -> int | None:
        """A chosen piece that can move."""
        wanted = self.look.origin
        return wanted if self.may_move and wanted in self.board.origins else None

    @property
    def other_moves(self) -> list[Move]:
        return self.board.other_moves if self.may_move else []

    @property
    def bets(self) -> list[tuple[Move, int]]:
        """What one may say at a table, with the chips that it costs."""
        return [(move, self.board.costs[move.action]) for move in self.other_moves]

    def left_on_clock(self, side: int) -> int:
        """Milliseconds, those included that run since the last move."""
        left = int(self.match.remaining[side])
        if self.match.is_over or self.whole.turn != side or side == self.match.agent_side:
            return max(0, left)
        return max(0, left - elapsed(self.match, timezone.now()))

    # what the agent thought

    @property
    def tells_thoughts(self) -> bool:
        """Not where they would betray a hidden card."""
        return self.match.is_over or not self.game.is_hidden

    @property
    def shows_thinking(self) -> bool:
        """There is a panel for it: it is empty before the first thought, but not at a table."""
        return bool(self.thoughts) or not self.game.is_hidden

    @cached_property
    def thoughts(self) -> list[Thought]:
        return thoughts_of(self.match.decisions) if self.tells_thoughts else []

    @cached_property
    def thought(self) -> Thought | None:
        return thought_at(self.thoughts, self.ply)

    @property
    def strays(self) -> bool:
        """The agent made another move than it liked best."""
        thought = self.thought
        return thought is not None and thought.likes_less(self.match.actions[thought.ply])

    @cached_property
    def glimpse(self) -> Glimpse:
        return glimpse_of(self.board, self.thought, self.shown_actions)

    @cached_property
    def columns(self) -> list[Column]:
        return columns_of(self.board, self.thought)

    @cached_property
    def chances(self) -> list[tuple[int, int]]:
        end = None
        if self.match.is_over and self.match.outcome is not None:
            end = (self.match.ply, (1 + self.sign * self.match.outcome) / 2)
        return curve_of(self.thoughts, end=end)

    @property
    def member_side(self) -> int:
        return 1 - self.match.agent_side

    @property
    def sign(self) -> int:
        """An outcome of the first side, times this, is the member's."""
        return 1 if self.member_side == 0 else -1

    @cached_property
    def curve(self) -> Curve | None:
        longest = self.game.spiel.max_game_length()
        return curve_chart(self.chances, plies=self.match.ply, shown=self.ply, longest=longest)

    @cached_property
    def drops(self) -> list[Drop]:
        return drops_of(self.chances, self.whole, self.member_side)

    @property
    def expected(self) -> str:
        """The moves the agent waits for: "columns 5, 4, 5"."""
        if self.thought is None or self.board.kind == "cards":
            return ""
        line = self.thought.expected_after(self.shown_actions)[:3]
        moves = [move for _side, move in line_of(self.match.game, self.shown_actions, line)]
        if not moves or self.board.kind != "drop":
            return ", ".join(move.text for move in moves)
        said = ngettext("column %(moves)s", "columns %(moves)s", len(moves))
        return said % {"moves": ", ".join(move.typed for move in moves)}

    @cached_property
    def weighed(self) -> list[tuple[Move, int]]:
        """At a table: what the agent chose from, with percent; [] elsewhere."""
        if self.thought is None or self.board.kind != "cards":
            return []
        then = board_view(self.match.game, self.match.actions[: self.thought.ply], is_open=True)
        shares = self.thought.policy
        return [(move, round(100 * shares.get(move.action, 0))) for move in then.moves]
