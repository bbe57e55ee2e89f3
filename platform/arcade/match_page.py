"""The page of a match in words and links: whose turn it is, how it ended, the moves."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from arcade.boards import Played
from arcade.cards import Card
from arcade.models import Match
from arcade.seen_match import SeenMatch
from jobs.models import Job

REPLAY = {"first": "chevrons-left", "back": "chevron-left"}
REPLAY |= {"next": "chevron-right", "last": "chevrons-right"}


@dataclass(frozen=True)
class Row:
    """A line of the list of moves."""

    number: int
    first: Played | None
    second: Played | None
    chance: int | None
    is_shown: bool


@dataclass(frozen=True)
class Step:
    """A button that replays; href None = one is there already."""

    key: str
    label: str
    href: str | None

    @property
    def icon(self) -> str:
        return REPLAY[self.key]


@dataclass(frozen=True)
class Clock:
    side: int
    who: str
    milliseconds: int
    runs: bool

    @property
    def text(self) -> str:
        minutes, seconds = divmod(self.milliseconds // 1000, 60)
        return f"{minutes}:{seconds:02}"


class MatchPage(SeenMatch):
    # links

    @property
    def here(self) -> str:
        """What is looked at, for the address of whatever is sent from the page."""
        return self.look.query()

    @property
    def poll(self) -> str:
        return self.look.query(seen=self.stamp)

    @property
    def flip(self) -> str:
        return self.look.query(flip=None if self.look.is_flipped else 1)

    @property
    def replay(self) -> list[Step]:
        labels = {
            "first": _("First move"),
            "back": _("One move back"),
            "next": _("One move on"),
            "last": _("Last move"),
        }
        played = self.whole.played
        begun = played[0].ply if played else self.match.ply  # cards were dealt before
        plies = [begun, *(one.ply + 1 for one in played)]
        before: list[int | None] = [ply for ply in plies if ply < self.ply] or [None]
        after: list[int | None] = [ply for ply in plies if ply > self.ply] or [None]
        targets = {"first": before[0], "back": before[-1], "next": after[0], "last": after[-1]}
        return [
            Step(key, label, None if targets[key] is None else self.look.query(ply=targets[key]))
            for key, label in labels.items()
        ]

    # what may be done

    @property
    def can_take_back(self) -> bool:
        """Not with hidden cards, nor against the clock."""
        may = self.is_live and self.side is not None and not self.match.is_over
        begun = self.match.tried_ply or 0
        has_moved = any(one.side == self.side and one.ply >= begun for one in self.whole.played)
        return may and has_moved and not self.game.is_hidden and not self.match.remaining

    @property
    def may_try(self) -> bool:
        return self.side is not None and (self.match.is_over or not self.game.is_hidden)

    @property
    def example(self) -> str:
        """A move as one types it."""
        return self.board.moves[len(self.board.moves) // 2].typed if self.board.moves else ""

    @property
    def failure(self) -> str:
        """Why the agent did not answer; "" while nothing is wrong."""
        job = self.match.thinking
        return job.error if job is not None and job.state == Job.State.FAILED else ""

    # words

    @property
    def agent_words(self) -> str:
        return _("The agent, %(level)s") % {"level": self.level_name}

    @property
    def status(self) -> str:
        if not self.is_live:
            return _("After move %(n)d.") % {"n": self.move_number}
        if self.match.is_over:
            return f"{self.verdict}. {self.verdict_note}".strip()
        if self.side is None:
            return self._watching()
        return f"{self._you_play} {self._last_answer} {self._turn}".replace("  ", " ")

    @property
    def _you_play(self) -> str:
        if self.board.kind == "cards":
            return ""
        return _("You play %(pieces)s.") % {"pieces": self.names[self.member_side]}

    @property
    def _turn(self) -> str:
        if self.failure:
            return _("The agent gave no answer.")
        if self.may_move:
            return _("It is your turn.")
        return _("The agent is thinking.")

    @property
    def _last_answer(self) -> str:
        """What the agent did since the member moved."""
        moves = [played.move.text for played in self._since_member]
        return _("The agent: %(moves)s.") % {"moves": ", ".join(moves)} if moves else ""

    @property
    def _since_member(self) -> list[Played]:
        found: list[Played] = []
        for played in reversed(self.whole.played):
            if played.side == self.member_side:
                break
            found.insert(0, played)
        return found

    def _watching(self) -> str:
        to_move = self.whole.turn
        names = {self.member_side: self.member_name, 1 - self.member_side: self.agent_words}
        turn = _("%(who)s is to move.") % {"who": names[to_move]} if to_move is not None else ""
        said = _("%(member)s plays %(pieces)s.") % {
            "member": self.member_name,
            "pieces": self.names[self.member_side],
        }
        return f"{said} {turn}"

    @property
    def announcement(self) -> str:
        """Read out after each move."""
        own = [played for played in self.whole.played if played.side == self.member_side]
        parts = []
        if self.is_live and own and self.side is not None:
            parts.append(_("You: %(move)s.") % {"move": own[-1].move.text})
        if self.is_live and self.match.is_over:
            parts.append(self._last_answer)
        return " ".join([*parts, self.status])

    @cached_property
    def result(self) -> str:
        """won, lost, drawn or none, of the member."""
        if self.match.outcome is None:
            return "none"
        return {1: "won", 0: "drawn", -1: "lost"}[self.sign * self.match.outcome]

    @property
    def result_icon(self) -> str:
        return {"won": "trophy", "lost": "flag"}.get(self.result, "minus")

    @property
    def verdict(self) -> str:
        if self.side is None:
            who = {"member": self.member_name}
            words = {
                "won": _("%(member)s won") % who,
                "lost": _("The agent won"),
                "drawn": pgettext("a result", "A draw"),
            }
        else:
            words = {
                "won": _("You won"),
                "lost": _("You lost"),
                "drawn": pgettext("a result", "A draw"),
            }
        return words.get(self.result, _("The game was left"))

    @property
    def verdict_note(self) -> str:
        ends = {
            Match.End.RESIGNATION: _("By resignation."),
            Match.End.TIME: _("On time."),
            Match.End.ABANDONED: _("Nobody came back to it."),
        }
        parts = [str(ends.get(Match.End(self.match.ended_by), ""))]
        if self.match.ended_by == Match.End.RULES:
            parts = [self._count]
        return " ".join(part for part in parts if part)

    @property
    def _count(self) -> str:
        """How it stood in the end, where a number says it."""
        table = self.whole.table
        if table is not None and self.whole.outcome is not None:
            chips = abs(round(self.whole.outcome))
            return _("%(n)d chips changed hands.") % {"n": chips} if chips else ""
        if self.match.game == "othello":
            first, second = self.whole.counts()
            return _("%(first)d discs to %(second)d.") % {"first": first, "second": second}
        number = len(self.whole.played)
        return _("After %(n)d moves.") % {"n": number}

    # clocks and cards

    @property
    def clocks(self) -> list[Clock]:
        """The member's first."""
        who = {self.member_side: self.member_name, self.match.agent_side: self.agent_words}
        if self.side is not None:
            who[self.side] = _("You")
        running = None if self.match.is_over else self.whole.turn
        return [
            Clock(side, who[side], self.left_on_clock(side), side == running)
            for side in (self.member_side, self.match.agent_side)
        ]

    @property
    def member_card(self) -> Card | None:
        return self._card(self.member_side)

    @property
    def agent_card(self) -> Card | None:
        return self._card(1 - self.member_side)

    def _card(self, side: int) -> Card | None:
        table = self.board.table
        return table.hands[side] if table else None

    @property
    def member_stake(self) -> int:
        return self.board.table.stakes[self.member_side] if self.board.table else 0

    @property
    def agent_stake(self) -> int:
        return self.board.table.stakes[1 - self.member_side] if self.board.table else 0

    # the moves

    @cached_property
    def rows(self) -> list[Row]:
        lines: list[list[Played | None]] = []
        for played in self.whole.played:
            if not lines or played.side == 0 or lines[-1][1] is not None:
                lines.append([None, None])
            lines[-1][played.side] = played
        return [self._row(number, *line) for number, line in enumerate(lines, 1)]

    def _row(self, number: int, first: Played | None, second: Played | None) -> Row:
        made = [played for played in (first, second) if played is not None]
        seen = [self.chance_by_ply[each.ply] for each in made if each.ply in self.chance_by_ply]
        is_shown = any(played.ply + 1 == self.ply for played in made)
        return Row(number, first, second, seen[-1] if seen else None, is_shown)

    @cached_property
    def chance_by_ply(self) -> dict[int, int]:
        return dict(self.chances)

    @property
    def move_number(self) -> int:
        """Moves up to the shown position, without dealt cards."""
        return sum(played.ply < self.ply for played in self.whole.played)
