"""Agents that take longer think in a job; whatever happens meanwhile, the match stays right."""

from datetime import timedelta

import pytest
from django.utils import timezone

from arcade import tasks
from arcade.models import Match
from arcade.services import Wish, make_move, resign, start_match, take_back
from arcade.settling import ABANDONED_AFTER, UNANSWERED, settle
from jobs.models import Job
from jobs.services import retry, sweep
from tests.platform.arcade.matches import QUICK, RANDOM, SLOW, make_match, work_off

pytestmark = pytest.mark.django_db


def ask(member, **changes) -> Match:
    """A match whose agent is to answer 4."""
    match = start_match(
        owner=member, wish=Wish(**{"game": "tic-tac-toe", "side": 0} | SLOW | changes)
    )
    return make_move(match=match, user=member, action=4, ply=0)


def test_a_slow_agent_answers_by_a_job(member, scripted):
    scripted(0)
    match = ask(member)
    assert (match.actions, match.is_thinking) == ([4], True)
    assert (match.thinking.owner, match.thinking.queue) == (member, "interactive")
    assert match.thinking.label == "Tic-tac-toe: Ada thinks"
    work_off()
    match.refresh_from_db()
    assert (match.actions, match.is_thinking, list(match.decisions)) == ([4, 0], False, ["1"])
    job = Job.objects.get()
    assert (job.state, job.result) == ("done", {"url": f"/arcade/matches/{match.code}/"})


def test_a_thought_that_is_sent_twice_moves_once(member, scripted):
    agent = scripted(0, 1)
    match = ask(member)
    tasks.think(match.thinking_id)
    tasks.think(match.thinking_id)
    match.refresh_from_db()
    assert (match.actions, agent.thoughts) == ([4, 0], 1)


def test_after_a_killed_worker_the_thought_is_taken_up_again(member, scripted):
    scripted(0)
    match = ask(member)
    hour = timezone.now() + timedelta(hours=1)
    dead = Job.objects.claim(
        match.thinking_id, now=hour - timedelta(hours=2), lease=timedelta(seconds=1)
    )
    assert dead is not None
    assert settle(match=match, now=hour).actions == [4]  # the job is still the one
    sweep(now=hour)
    tasks.think(match.thinking_id)
    match.refresh_from_db()
    assert match.actions == [4, 0]
    assert Job.objects.get().attempt == 2


def test_a_worker_that_lost_its_job_moves_nothing(member, scripted):
    agent = scripted(0, 0)
    match = ask(member)
    # while it thinks, another worker takes the job over and has moved
    agent.before = lambda: Job.objects.update(attempt=5)
    tasks.think(match.thinking_id)
    match.refresh_from_db()
    assert match.actions == [4]


def test_a_move_taken_back_meanwhile_is_not_answered(member, scripted):
    agent = scripted(0, 5)
    match = ask(member)
    job = match.thinking

    def take_back_and_move() -> None:
        take_back(match=match, user=member)
        make_move(match=match, user=member, action=8, ply=0)

    agent.before = take_back_and_move
    tasks.think(job.pk)
    match.refresh_from_db()
    assert match.actions == [8]
    assert match.thinking != job
    work_off()
    match.refresh_from_db()
    assert match.actions == [8, 5]


def test_a_match_given_up_meanwhile_stays_as_it_ended(member, scripted):
    agent = scripted(0)
    match = ask(member)
    agent.before = lambda: resign(match=match, user=member)
    tasks.think(match.thinking_id)
    match.refresh_from_db()
    assert (match.actions, match.ended_by, match.thinking) == ([4], "resignation", None)


def test_the_job_of_a_move_taken_back_is_cancelled(
    member, scripted, django_capture_on_commit_callbacks
):
    scripted()
    match = ask(member)
    with django_capture_on_commit_callbacks(execute=True):
        take_back(match=match, user=member)
    assert Job.objects.get().state == "cancelled"


def test_an_inline_thought_is_dropped_when_the_match_went_on(member, scripted):
    agent = scripted(0)
    match = start_match(owner=member, wish=Wish("tic-tac-toe", **QUICK, side=0))
    agent.before = lambda: resign(match=match, user=member)
    match = make_move(match=match, user=member, action=4, ply=0)
    assert (match.actions, match.state) == ([4], "over")


def test_an_inline_thought_is_no_answer_to_another_move(member, scripted):
    agent = scripted(5, 0)  # 5 answers the move made meanwhile, 0 the one that was taken back
    match = start_match(owner=member, wish=Wish("tic-tac-toe", **QUICK, side=0))

    def take_back_and_move() -> None:
        take_back(match=match, user=member)
        make_move(match=match, user=member, action=8, ply=0)

    agent.before = take_back_and_move
    match = make_move(match=match, user=member, action=4, ply=0)
    assert match.actions == [8, 5]


def test_a_thought_that_died_with_its_process_is_taken_up_when_somebody_looks(member, scripted):
    scripted(0)
    match = make_match(member, actions=[4], **QUICK)
    assert settle(match=match, now=match.updated_at).actions == [4]  # maybe it is at it
    later = match.updated_at + UNANSWERED + timedelta(seconds=1)
    assert settle(match=match, now=later).actions == [4, 0]


def test_an_agent_that_is_gone_says_so_and_may_come_back(member, scripted):
    match = make_match(member, **SLOW)
    match = make_move(match=match, user=member, action=4, ply=0)
    work_off()
    match.refresh_from_db()
    assert match.actions == [4]
    assert match.thinking.state == "failed"
    assert "There is no agent builtin:scripted any more" in match.thinking.error
    hour = timezone.now() + timedelta(hours=1)
    assert settle(match=match, now=hour).thinking == match.thinking  # once is enough
    scripted(0)
    retry(match.thinking)
    work_off()
    match.refresh_from_db()
    assert match.actions == [4, 0]


def test_an_agent_that_breaks_the_rules_makes_no_move(member, scripted):
    scripted(4)
    match = ask(member)
    work_off()
    match.refresh_from_db()
    assert match.actions == [4]
    assert "breaks the rules" in match.thinking.error


def test_matches_left_for_weeks_end(member, scripted):
    scripted()
    left = make_match(member, actions=[4, 0], **QUICK)
    owed = make_match(member, actions=[4], **QUICK)
    unseen = make_match(member, side=1, actions=[4], **QUICK)
    fresh = make_match(member, **RANDOM)
    hour_ago = timezone.now() - timedelta(hours=1)
    late = make_match(member, actions=[4, 0], clock_minutes=1, remaining=[1, 1], moved_at=hour_ago)
    long_ago = hour_ago - ABANDONED_AFTER
    Match.objects.filter(pk__in=[left.pk, owed.pk, unseen.pk]).update(updated_at=long_ago)
    tasks.end_forgotten()
    for match in (left, owed, unseen, fresh, late):
        match.refresh_from_db()
    assert (left.ended_by, left.outcome) == ("abandoned", -1)
    assert (owed.ended_by, owed.outcome) == ("abandoned", None)
    assert (unseen.ended_by, unseen.outcome) == ("abandoned", None)
    assert (late.ended_by, late.outcome) == ("time", -1)
    assert fresh.state == "active"
