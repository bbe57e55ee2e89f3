"""Glicko: how strong members and levels are, changed by each rated match.

Glickman, "The Glicko system" (1995), with each match a rating period of its own; what is known does
not fade with time.
"""

import math

from arcade.models import FIRST_DEVIATION, SURE, Match, Rating
from arcade.serving import AgentUnusable, level_of

LEAST_DEVIATION = 30.0  # nobody is known better, so that all can still move
Q = math.log(10) / 400


def rate(match: Match, outcome: int) -> None:
    """Both sides, by what they were before it; inside a transaction that holds the match."""
    member = _held(Rating.objects.get_or_create(game=match.game, user_id=match.member_id)[0])
    level = _held(_of_level(match))
    won = (1 + outcome * (2 * match.agent_side - 1)) / 2  # of the member: 1, 1/2, 0
    known = (member.rating, member.deviation), (level.rating, level.deviation)
    for row, own, other, score in ((member, *known, won), (level, *known[::-1], 1 - won)):
        row.rating, row.deviation = after_match(own, other, score)
        row.matches += 1
        row.save()


def after_match(
    own: tuple[float, float], other: tuple[float, float], score: float
) -> tuple[float, float]:
    """(rating, deviation) after a match with score 1, 1/2 or 0; both sides as before it."""
    (rating, deviation), (other_rating, other_deviation) = own, other
    weight = 1 / math.sqrt(1 + 3 * (Q * other_deviation / math.pi) ** 2)
    expected = 1 / (1 + 10 ** (-weight * (rating - other_rating) / 400))
    known = 1 / deviation**2 + (Q * weight) ** 2 * expected * (1 - expected)
    return (
        rating + Q / known * weight * (score - expected),
        max(LEAST_DEVIATION, math.sqrt(1 / known)),
    )


def _held(rating: Rating) -> Rating:
    return Rating.objects.select_for_update().get(pk=rating.pk)


def _of_level(match: Match) -> Rating:
    """A level begins where it was measured, if it was."""
    key = {"game": match.game, "user": None, "agent": match.agent, "level": match.level}
    begins = first_rating(match.game, match.agent, match.level)
    return Rating.objects.get_or_create(**key, defaults=begins)[0]


def first_rating(game: str, agent: str, level: str) -> dict[str, float]:
    """As it was measured with its agent; {} when it was not."""
    try:
        found = level_of(game, agent, level)
    except AgentUnusable:
        return {}
    if found.rating is None:
        return {}
    if found.low is None or found.high is None:
        return {"rating": found.rating, "deviation": FIRST_DEVIATION}
    return {"rating": found.rating, "deviation": deviation_of(found.low, found.high)}


def deviation_of(low: float, high: float) -> float:
    """Of an interval of 95 %; a measured level can move, too."""
    return max(LEAST_DEVIATION, (high - low) / (2 * SURE))
