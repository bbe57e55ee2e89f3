"""The agent's turn: at once where it is quick, else as a job. No lock is held while it thinks."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from arcade.models import Match
from arcade.results import drop_thought, end_match, lost_by
from arcade.serving import (
    GAMES,
    AgentUnusable,
    Decision,
    agent_name,
    apply,
    deal,
    decide,
    is_quick,
    level_of,
)
from jobs.services import queue_job

TASK = "arcade.tasks.think"


def hold(match: Match) -> Match:
    """The match as it is now, locked with its member: one change at a time. The member first, as
    whoever records an event or erases an account does."""
    User.objects.select_for_update(of=("self",)).filter(pk=match.member_id).first()
    return Match.objects.select_for_update().get(pk=match.pk)


def answer(match: Match) -> Match:
    """The agent's moves, as many as are its turn; or the job that will make them."""
    while match.is_agents_turn:
        try:
            if not is_quick(level_of(match.game, match.agent, match.level)):
                return queue_thinking(match)
            decision = decide(match.game, match.actions, match.agent, match.level)
        except AgentUnusable:
            return queue_thinking(match)  # it fails there, and says why
        match = make_decided(match, decision)
    return match


@transaction.atomic
def make_decided(match: Match, decision: Decision) -> Match:
    """The agent's move, if the match is still where it was thought about; else as it is now."""
    held = hold(match)
    if held.is_over or held.actions != match.actions:
        return held
    held.thinking = None
    if held.remaining:
        left = held.remaining[held.agent_side] - round(decision.milliseconds)
        held.remaining[held.agent_side] = max(0, left)
        if left <= 0:
            end_match(held, by=Match.End.TIME, outcome=lost_by(held.agent_side))
            return held
    held.decisions[str(held.ply)] = {
        "action": decision.action,
        "value": decision.value,
        "policy": {str(action): share for action, share in decision.policy.items()},
        "simulations": decision.simulations,
        "milliseconds": round(decision.milliseconds, 1),
        "line": list(decision.line),
    }
    play(held, decision.action, now=timezone.now())
    return held


def play(match: Match, action: int, *, now: datetime) -> None:
    """A legal move of a held match, with what chance and the rules make of it; saved."""
    state = match.position
    apply(state, action)
    deal(state)
    match.actions, match.moved_at = list(state.history()), now
    if state.is_terminal():
        first = state.returns()[0]
        end_match(match, by=Match.End.RULES, outcome=(first > 0) - (first < 0))
    else:
        match.save()


@transaction.atomic
def queue_thinking(match: Match) -> Match:
    """A job makes the agent's move; the one there is, if one is at it."""
    held = hold(match)
    if held.is_thinking or held.actions != match.actions or not held.is_agents_turn:
        return held
    drop_thought(held)
    held.thinking = queue_job(
        task=TASK,
        label=_("%(game)s: %(agent)s thinks")
        % {"game": GAMES[held.game].name, "agent": agent_name(held.game, held.agent)},
        owner=User.objects.get(pk=held.member_id),
        params={"match": held.pk},
    )
    held.save()
    return held
