"""The ladder of a game as lines to draw."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from arcade.models import Rating
from arcade.opponents import opponents_of

WIDTH, MARGIN = 200.0, 6.0  # of the drawing of an interval
MOST = 200  # lines of a ladder


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
    least, most = min(row.low for row in rows), max(row.high for row in rows)
    names = {
        (level.agent, level.key): f"{each.name}, {level.name}" if each.key else level.name
        for each in opponents_of(game)
        for level in each.levels
    }

    def place(rating: float) -> float:
        return MARGIN + (WIDTH - 2 * MARGIN) * (rating - least) / ((most - least) or 1)

    return [
        Line(
            row,
            _name(row, names),
            row.user_id == user.pk,
            row.user_id is None,
            _page(row, names),
            place(row.low),
            place(row.rating),
            place(row.high),
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
