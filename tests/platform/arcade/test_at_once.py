"""Two tabs at the very same moment: real connections, real locks."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from arcade.models import Match, Rating
from arcade.services import MatchRefused, make_move, rematch, resign
from tests.factories import make_user
from tests.platform.arcade.matches import QUICK, make_match

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def at_once(*calls: Any) -> list[Any]:
    """What each returns, or its refusal."""
    start = Barrier(len(calls))

    def run(call: Any) -> Any:
        try:
            start.wait(10)
            return call()
        except MatchRefused as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_moves_at_once_one_is_made_and_answered_once(scripted):
    scripted(0, 0)
    member = make_user()
    for _ in range(5):
        match = make_match(member, **QUICK)
        moves = [
            partial(make_move, match=match, user=member, action=action, ply=0)
            for action in (4, 5, 6, 4)
        ]
        answers = at_once(*moves)
        assert answers.count("stale") == 3
        match.refresh_from_db()
        (made,) = [answer for answer in answers if answer != "stale"]
        assert made.actions == match.actions
        assert len(match.actions) == 2


def test_a_match_ends_once_and_is_rated_once():
    member = make_user()
    match = make_match(member, actions=[0, 3, 1, 4])
    answers = at_once(
        lambda: resign(match=match, user=member),
        lambda: make_move(match=match, user=member, action=2, ply=4),
        lambda: resign(match=match, user=member),
    )
    assert len([answer for answer in answers if isinstance(answer, Match)]) == 1
    assert Rating.objects.get(user=member).matches == 1


def test_a_rematch_asked_for_in_two_tabs_is_one_match(scripted):
    scripted(0, 0, 0)
    member = make_user()
    match = resign(match=make_match(member, **QUICK), user=member)
    again = at_once(*[lambda: rematch(match=match, user=member)] * 3)
    assert len({one.pk for one in again}) == 1
    assert Match.objects.count() == 2
    assert Match.objects.get(rematch_of=match).actions == [0]
