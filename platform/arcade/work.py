"""What a worker does for the arcade: decide on moves that take an agent longer."""

from django.db import transaction
from django.utils.translation import gettext as _

from arcade.models import Match
from arcade.serving import AgentUnusable, agent_name, decide
from arcade.thinking import answer, hold, make_decided
from jobs.holding import Hold, JobLost, JobRefused


def think(job: Hold) -> None:
    """The agent's move; none when nobody waits for this job any more."""
    match = Match.objects.filter(thinking=job.job).first()
    if match is None or not match.is_agents_turn:
        return
    job.report(0.1, _("%(agent)s thinks") % {"agent": agent_name(match.game, match.agent)})
    try:
        decision = decide(match.game, match.actions, match.agent, match.level)
    except AgentUnusable as error:
        raise JobRefused(
            _("The agent cannot move: %(reason)s You may resign, or retry this later.")
            % {"reason": error}
        ) from error
    with transaction.atomic():
        try:
            hold(match)  # before the job: who takes a move back holds them in this order too
        except Match.DoesNotExist as error:
            raise JobLost(f"job {job.job.pk}: its match is gone") from error
        job.confirm()
        match = make_decided(match, decision)
    answer(match)
    job.finish_with(url=match.get_absolute_url())
