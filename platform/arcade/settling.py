"""Matches that stand still: time ran out, an agent's thought was lost, nobody came back."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from arcade.models import Match
from arcade.results import end_match, lost_by, moves_of
from arcade.thinking import answer, hold
from jobs.models import Job

UNANSWERED = timedelta(seconds=10)  # after which nobody is at the agent's turn any more
ABANDONED_AFTER = timedelta(days=14)


def settle(*, match: Match, now: datetime | None = None) -> Match:
    """For whoever looks at a match: it is ended if time ran out, and an agent thinks if nobody
    does, because the process that did was killed or its job was cancelled. A job that failed waits
    to be tried again."""
    now = now or timezone.now()
    if match.is_over:
        return match
    if match.is_agents_turn:
        return match if _is_attended(match, now) else answer(match)
    if is_late(match, now):
        with transaction.atomic():
            match = hold(match)
            end_if_late(match, now)
    return match


def _is_attended(match: Match, now: datetime) -> bool:
    """A job is at the agent's turn or failed at it; or a process may still be."""
    job = match.thinking
    if job is None or job.state == Job.State.DONE:
        return match.updated_at > now - UNANSWERED
    return job.state != Job.State.CANCELLED


def end_forgotten(*, now: datetime) -> int:
    """Matches whose clock ran out while nobody looked, and those left for weeks; how many ended.

    Where a thought was cancelled the agent thinks again: leaving then is no way out.
    """
    ended = 0
    left = Q(updated_at__lt=now - ABANDONED_AFTER) | Q(clock_minutes__isnull=False)
    left |= Q(thinking__state=Job.State.CANCELLED)
    for match in Match.objects.active().filter(left).select_related("thinking").iterator():
        try:
            ended += _end_if_left(match, now)
        except Match.DoesNotExist:
            continue  # erased by its member in the meantime
    return ended


def _end_if_left(match: Match, now: datetime) -> bool:
    was_cancelled = match.thinking is not None and match.thinking.state == Job.State.CANCELLED
    if match.updated_at >= now - ABANDONED_AFTER or was_cancelled:
        return settle(match=match, now=now).is_over
    return abandon(match, now=now)


@transaction.atomic
def abandon(match: Match, *, now: datetime) -> bool:
    """Lost by the member whose turn it was; without an outcome where the agent owed the move, or
    the member never made one."""
    held = hold(match)
    if held.is_over or held.updated_at >= now - ABANDONED_AFTER:
        return False
    side = 1 - held.agent_side
    is_lost = not held.is_agents_turn and moves_of(held, side)
    end_match(held, by=Match.End.ABANDONED, outcome=lost_by(side) if is_lost else None)
    return True


def end_if_late(match: Match, now: datetime) -> bool:
    """Of a held match: whether the clock of the member, whose turn it is, had run out.

    That loses it; without a move of the member's own nothing had begun.
    """
    if not is_late(match, now):
        return False
    side = 1 - match.agent_side
    match.remaining[side] = 0
    if moves_of(match, side):
        end_match(match, by=Match.End.TIME, outcome=lost_by(side))
    else:
        end_match(match, by=Match.End.ABANDONED, outcome=None)
    return True


def is_late(match: Match, now: datetime) -> bool:
    side = 1 - match.agent_side
    if not match.remaining or match.is_over or match.to_move != side:
        return False
    return match.remaining[side] <= elapsed(match, now)


def elapsed(match: Match, now: datetime) -> int:
    return max(0, round((now - match.moved_at).total_seconds() * 1000))
