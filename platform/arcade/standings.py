"""The ladder of a game as lines to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from arcade.models import Rating
from arcade.opponents import names_of

WIDTH, MARGIN = 200.0, 6.0  # of the drawing of an interval
MOST = 200  # lines of a ladder


@dataclass(frozen=True)
class Scale:
    """Where a rating stands in a drawing of WIDTH."""

    least: float
    most: float

    @classmethod
    def of(cls, lows: Sequence[float], highs: Sequence[float]) -> "Scale":
        return cls(min(lows), max(highs))

    def place(self, rating: float) -> float:
        span = (self.most - self.least) or 1
        return MARGIN + (WIDTH - 2 * MARGIN) * (rating - self.least) / span


@dataclass(frozen=True)
class Line:
    row: Rating
    name: str
    is_me: bool
    is_agent: bool
    page: str  # of an agent that can be chosen, else ""
    low: float  # places in the drawing
    middle: float
    high: float


def ladder_lines(game: str, user: Any) -> list[Line]:
    """In the order of the ladder; intervals share one scale."""
    rows = list(Rating.objects.ladder(game)[:MOST])
    if not rows:
        return []
    scale = Scale.of([row.low for row in rows], [row.high for row in rows])
    names = names_of(game)
    return [
        Line(
            row,
            _name(row, names),
            row.user_id == user.pk,
            row.user_id is None,
            _page(row, names),
            scale.place(row.low),
            scale.place(row.rating),
            scale.place(row.high),
        )
        for row in rows
    ]


def _page(row: Rating, names: dict[tuple[str, str], str]) -> str:
    can_be_chosen = (row.agent, row.level) in names
    return reverse("arcade_agent", args=[row.game, row.agent]) if can_be_chosen else ""


def _name(row: Rating, names: dict[tuple[str, str], str]) -> str:
    if row.user_id is None:
        return names.get((row.agent, row.level)) or row.name
    return (row.user.name if row.user else "") or _("A member")
