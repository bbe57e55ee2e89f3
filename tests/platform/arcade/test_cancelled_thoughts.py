"""A thought that its member cancelled is taken up again: leaving is no way out of a lost match."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from arcade import tasks
from arcade.models import Match
from arcade.services import make_move
from arcade.settling import ABANDONED_AFTER
from jobs.models import Job
from jobs.services import cancel
from tests.platform.arcade.matches import SLOW, make_match, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def cancelled(member, scripted) -> Match:
    """At the turn of the agent, whose answer 0 was cancelled."""
    scripted(0)
    match = make_move(match=make_match(member, **SLOW), user=member, action=4, ply=0)
    cancel(match.thinking)
    return match


def test_who_looks_at_a_match_with_a_cancelled_thought_has_the_agent_think_again(
    cancelled, member_client
):
    page = member_client.get(cancelled.get_absolute_url()).content.decode()
    assert "The agent is thinking." in page
    cancelled.refresh_from_db()
    assert cancelled.is_thinking
    work_off()
    cancelled.refresh_from_db()
    assert cancelled.actions == [4, 0]


def test_a_member_who_cancels_the_thought_and_leaves_loses(cancelled):
    long_ago = timezone.now() - ABANDONED_AFTER - timedelta(hours=1)
    Match.objects.update(updated_at=long_ago)
    tasks.end_forgotten()
    work_off()
    Match.objects.update(updated_at=long_ago)
    tasks.end_forgotten()
    cancelled.refresh_from_db()
    assert (cancelled.actions, cancelled.ended_by) == ([4, 0], "abandoned")
    assert cancelled.outcome == -1


@pytest.mark.parametrize("state", [Job.State.FAILED, Job.State.CANCELLED])
def test_the_first_page_says_when_no_agent_thinks(cancelled, member_client, state):
    Job.objects.update(state=state)
    page = member_client.get(reverse("arcade")).content.decode()
    assert "The agent gave no answer" in page
    assert "The agent thinks" not in page
