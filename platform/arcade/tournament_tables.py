"""A tournament's table as lines to draw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from arcade.standings import Scale
from arcade.tournament_models import Tournament


@dataclass(frozen=True)
class Cell:
    """Points of a row against a column; games 0 = they have not met, or it is oneself."""

    points: float
    games: int

    @property
    def tone(self) -> str:
        share = self.points / self.games if self.games else 0.5
        return "good" if share > 0.55 else "bad" if share < 0.45 else "even"


@dataclass(frozen=True)
class Standing:
    """A contender. gap: to the next one, None for the last."""

    place: int
    name: str
    told: dict[str, float]  # rating, low, high, score, milliseconds_median, milliseconds_p95
    interval: tuple[float, float, float]  # places in the drawing
    gap: dict[str, float] | None
    cells: list[Cell | None]  # by place; None: oneself

    @property
    def percent(self) -> float:
        return 100 * self.told["score"]

    @property
    def is_surely_ahead(self) -> bool:
        """Of the next one."""
        return self.gap is not None and self.gap["low"] > 0

    @property
    def gap_note(self) -> str:
        return _("surely stronger") if self.is_surely_ahead else _("may be chance")


def standings_of(tournament: Tournament) -> list[Standing]:
    """From the best; [] before everybody has played."""
    table = tournament.table
    if not table:
        return []
    rows: Sequence[dict[str, Any]] = table["contenders"]
    scale = Scale.of([row["low"] for row in rows], [row["high"] for row in rows])
    return [
        Standing(
            place + 1,
            tournament.name_of(row["name"]),
            {name: value for name, value in row.items() if name != "name"},
            (scale.place(row["low"]), scale.place(row["rating"]), scale.place(row["high"])),
            table["gaps"][place] if place < len(table["gaps"]) else None,
            [
                None if other == place else Cell(points, round(games))
                for other, (points, games) in enumerate(
                    zip(table["points"][place], table["games_played"][place], strict=True)
                )
            ],
        )
        for place, row in enumerate(rows)
    ]
