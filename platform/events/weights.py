"""How much an event says for its title: the one table, for tastes and for popularity."""

from functools import lru_cache

from events.models import Event

WEIGHTS: dict[str, float] = {
    Event.Kind.FINISH: 1.0,
    Event.Kind.PLAY: 0.4,
    Event.Kind.SAVE: 0.4,
    Event.Kind.CLICK: 0.2,
}
AGAINST: dict[str, float] = {
    Event.Kind.DISLIKE: -1.0,
    Event.Kind.HIDE: -0.3,  # tidying up: seen elsewhere, not for this room; little of it is taste
}
NEUTRAL_STARS = 2.75  # the middle of 0.5..5
MOST_STARS = 5.0
LIKED = (
    0.5  # weight from which a title speaks for others: four stars, seen to the end, played twice
)
MOST_OF_CLICKS = 0.4  # opening a page again and again is no more than playing once
KINDS = [*WEIGHTS, *AGAINST, Event.Kind.RATE]  # that say something
# Of several on one title the kind with the highest rank counts; opinions: the latest of them
RANKS: dict[str, int] = {
    Event.Kind.DISLIKE: 3,
    Event.Kind.RATE: 3,
    Event.Kind.FINISH: 2,
    Event.Kind.PLAY: 2,
    Event.Kind.SAVE: 2,
    Event.Kind.HIDE: 1,
    Event.Kind.CLICK: 0,
}
OPINION = 3


@lru_cache(maxsize=1024)  # of so few kinds, stars and days, of which a history has hundreds
def event_weight(kind: str, value: float | None, *, days: int = 1) -> float:
    """How much an event says for (or against) its title, -1..1.

    days: on how many days this kind was said; each brings the weight nearer to 1: 1 - (1 - w)^days.
    Opinions and hiding are states, and count once.
    """
    if kind in AGAINST:
        return AGAINST[kind]
    if value is not None:  # only a rating has one
        return (value - NEUTRAL_STARS) / (MOST_STARS - NEUTRAL_STARS)
    once = WEIGHTS.get(kind, 0.0)
    if days == 1:
        return once
    often = 1 - (1 - once) ** days
    return min(often, MOST_OF_CLICKS) if kind == Event.Kind.CLICK else often


def sql_parameters() -> dict[str, float]:
    """The same table for statements: a weight by kind, and what a rating is measured with."""
    scale = {"neutral": NEUTRAL_STARS, "most": MOST_STARS}
    return {str(kind): weight for kind, weight in WEIGHTS.items()} | scale
