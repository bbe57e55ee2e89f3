"""The end of a match, and what follows from it: ratings, and an event on the game's title."""

from functools import partial

from django.db import transaction

from accounts.models import User
from arcade.ladder import rate
from arcade.models import Match
from arcade.serving import position_of
from catalog.models import Title
from events.models import Event
from events.services import record_event
from jobs.services import cancel

TITLES = "arcade"  # source of the catalog's titles that can be played here


def end_match(match: Match, *, by: Match.End, outcome: int | None) -> None:
    """Inside a transaction that holds the match, which it changes and saves."""
    match.state, match.ended_by, match.outcome = Match.State.OVER, by, outcome
    drop_thought(match)
    match.save()
    if match.is_rated and outcome is not None:
        rate(match, outcome)
    if by != Match.End.ABANDONED and moves_of(match, 1 - match.agent_side):
        record_finish(match)


def drop_thought(match: Match) -> None:
    """Nobody waits for it any more; the caller saves."""
    if match.thinking is not None:
        transaction.on_commit(partial(cancel, match.thinking))
    match.thinking = None


def record_finish(match: Match) -> None:
    """Once a match; nothing where the catalog does not have the game."""
    title = Title.objects.filter(source=TITLES, source_id=match.game, published=True).first()
    if title is None:
        return
    record_event(
        user=User.objects.get(pk=match.member_id),
        title=title,
        kind=Event.Kind.FINISH,
        key=f"match:{match.code}",
    )


def lost_by(side: int) -> int:
    """Outcome of side 0."""
    return -1 if side == 0 else 1


def moves_of(match: Match, side: int) -> list[int]:
    """Places of what this side did in this match; not of the moves that it began with."""
    begun = match.tried_ply or 0
    return [place for place, mover in enumerate(movers(match)) if mover == side and place >= begun]


def movers(match: Match) -> list[int]:
    """The side that made each move; below 0 where chance dealt a card."""
    state, found = position_of(match.game, []), []
    for action in match.actions:
        found.append(state.current_player())
        state.apply_action(action)
    return found
