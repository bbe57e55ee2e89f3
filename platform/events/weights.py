"""How much an event says for its title: the one table, for tastes and for popularity."""

from events.models import Event

WEIGHTS = {
    Event.Kind.FINISH: 1.0,
    Event.Kind.PLAY: 0.4,
    Event.Kind.SAVE: 0.4,
    Event.Kind.CLICK: 0.2,
}
NEUTRAL_STARS = 2.75  # the middle of 0.5..5
MOST_STARS = 5.0
LIKED = 0.5  # weight from which "you liked it" is true: four stars, or seen to the end
KINDS = [*WEIGHTS, Event.Kind.RATE, Event.Kind.HIDE]  # that say something


def event_weight(kind: str, value: float | None) -> float:
    """How much an event says for (or against) its title, -1..1."""
    if kind == Event.Kind.HIDE:
        return -1.0
    if kind == Event.Kind.RATE and value is not None:
        return (value - NEUTRAL_STARS) / (MOST_STARS - NEUTRAL_STARS)
    return WEIGHTS.get(Event.Kind(kind), 0.0)


def sql_parameters() -> dict[str, float]:
    """The same table for statements: a weight by kind, and what a rating is measured with."""
    scale = {"neutral": NEUTRAL_STARS, "most": MOST_STARS}
    return {kind.value: weight for kind, weight in WEIGHTS.items()} | scale
