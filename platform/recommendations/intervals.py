"""Scores as dots with their intervals, drawn on one scale."""

from dataclasses import dataclass

from recommendations.reports import Score

WIDTH = 240.0  # of the drawing; its ends keep a margin
MARGIN = 8.0


@dataclass(frozen=True)
class Interval:
    """Positions on the drawing's x axis; mark: what it is held against; is_off: left of it all."""

    low: float
    dot: float
    high: float
    mark: float | None
    is_off: bool = False

    @property
    def range_path(self) -> str:
        """Ends and the line between them; an arrow to the left for what is off the scale."""
        if self.is_off:
            return f"M{MARGIN + 6} 8 L{MARGIN} 13 L{MARGIN + 6} 18"
        return f"M{self.low} 8V18M{self.low} 13H{self.high}M{self.high} 8V18"

    @property
    def point_path(self) -> str:
        return "" if self.is_off else f"M{self.dot} 13h0.01"

    @property
    def mark_path(self) -> str:
        return "" if self.mark is None else f"M{self.mark} 2V24"


@dataclass(frozen=True)
class Scale:
    """From start to end of what is drawn; beyond them it ends at the edge."""

    start: float
    end: float

    def place(self, value: float) -> float:
        span = (self.end - self.start) or abs(self.end) or 1.0
        share = min(max((value - self.start) / span, 0.0), 1.0)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)

    def interval(self, score: Score, *, mark: float | None = None) -> Interval:
        return Interval(
            self.place(score.low),
            self.place(score.value),
            self.place(score.high),
            None if mark is None else self.place(mark),
            is_off=score.high < self.start,
        )
