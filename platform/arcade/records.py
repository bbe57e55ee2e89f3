"""What came of a member's matches."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, SmallIntegerField, When

from arcade.models import Match

OWN_OUTCOME = Case(
    When(first=None, then=-F("outcome")),
    default=F("outcome"),
    output_field=SmallIntegerField(),
)


@dataclass(frozen=True)
class Record:
    won: int = 0
    drawn: int = 0
    lost: int = 0

    @property
    def played(self) -> int:
        return self.won + self.drawn + self.lost


WON, DRAWN, LOST = (Count("pk", filter=Q(own_outcome=outcome)) for outcome in (1, 0, -1))


def finished_of(user: Any) -> QuerySet[Match]:
    """With a result; `own_outcome` is this member's."""
    finished = Match.objects.owned_by(user).filter(state=Match.State.OVER, outcome__isnull=False)
    return finished.annotate(own_outcome=OWN_OUTCOME)


def own_outcome(match: Match) -> int:
    """Of a match that has one: 1, 0 or -1 for its member."""
    return (match.outcome or 0) * (1 if match.agent_side else -1)


def record_at(user: Any, match: Match) -> Record:
    """Against the level of this match."""
    same = {"game": match.game, "agent": match.agent, "level": match.level}
    matches = finished_of(user).filter(**same)
    return Record(**matches.aggregate(won=WON, drawn=DRAWN, lost=LOST))


def records_by_game(user: Any) -> dict[str, Record]:
    matches = finished_of(user)
    counts = matches.order_by().values("game").annotate(won=WON, drawn=DRAWN, lost=LOST)
    rows = counts.values_list("game", "won", "drawn", "lost")
    return {game: Record(*numbers) for game, *numbers in rows}
