"""Members take turns: nobody waits for all of somebody else's jobs."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs.models import Job
from studio.models import TASK
from studio.turns import by_turns, waiting_in_turn
from studio.work import take_turn
from tests.factories import make_job, make_user
from tests.platform.studio.drawing import make_drawing

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_each_round_has_one_job_of_every_member():
    waiting = [(1, 10), (2, 10), (3, 10), (4, 20), (5, 30)]
    turns = by_turns(waiting, running=Counter(), served={})
    assert turns == [1, 4, 5, 2, 3]


def test_whoever_was_served_last_waits_for_the_others():
    waiting = [(1, 10), (2, 20)]
    served = {10: NOON, 20: NOON - timedelta(minutes=1)}
    assert by_turns(waiting, running=Counter(), served=served) == [2, 1]


def test_who_has_one_running_lets_others_begin():
    assert by_turns([(1, 10), (2, 20)], running=Counter({10: 1}), served={}) == [2, 1]


@pytest.mark.django_db
def test_a_newcomer_is_next_after_the_job_that_runs(generator):
    busy, newcomer = make_user(), make_user()
    first, *rest = [make_drawing(busy, generator, count=1) for _ in range(4)]
    take_turn()
    first.job.refresh_from_db()
    assert first.job.state == Job.State.DONE
    late = make_drawing(newcomer, generator, count=1)
    turns = waiting_in_turn(now=timezone.now())
    assert turns == [late.job_id, *[drawing.job_id for drawing in rest]]


@pytest.mark.django_db
def test_a_wake_up_for_one_job_may_draw_another(generator):
    from studio.tasks import next_turn

    first, second = (make_drawing(make_user(), generator, count=1) for _ in range(2))
    next_turn(second.job_id)
    assert first.images.count() == 1
    next_turn(first.job_id)
    next_turn(first.job_id)  # delivered twice: nothing is left
    assert second.images.count() == 1


@pytest.mark.django_db
def test_what_somebody_holds_or_has_used_up_does_not_block_the_next(generator):
    worn = make_job(task=TASK, owner=make_user(), attempt=3)
    drawing = make_drawing(make_user(), generator, count=1)
    assert waiting_in_turn(now=timezone.now())[0] == worn.pk
    take_turn()
    assert drawing.images.count() == 1
