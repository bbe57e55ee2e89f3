"""A match may be erased with its member's account while something is done with it."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from arcade import settling, tasks
from arcade.models import Match
from arcade.settling import ABANDONED_AFTER, UNANSWERED, abandon
from tests.factories import make_job, make_user
from tests.platform.arcade.matches import QUICK, RANDOM, make_match

pytestmark = pytest.mark.django_db


def test_an_erased_match_does_not_keep_others_from_ending(monkeypatch):
    gone, left = (make_match(make_user(), **RANDOM) for _ in range(2))
    long_ago = timezone.now() - ABANDONED_AFTER - timedelta(hours=1)
    Match.objects.update(updated_at=long_ago)
    seen = []

    def erased_before(match: Match, *, now: datetime) -> bool:
        seen.append(match)
        if len(seen) == 1:
            Match.objects.filter(pk=match.pk).delete()
        return abandon(match, now=now)

    monkeypatch.setattr(settling, "abandon", erased_before)
    tasks.end_forgotten()
    assert {match.code for match in seen} == {gone.code, left.code}
    assert Match.objects.get().ended_by == "abandoned"


def test_the_sweep_asks_no_query_for_each_thought(django_assert_num_queries):
    owner, hour = make_user(), timezone.now() + timedelta(hours=1)
    clocks = {"clock_minutes": 180, "remaining": [10_000_000, 10_000_000]}
    for _ in range(3):
        make_match(owner, actions=[4], thinking=make_job(owner=owner), **clocks)
    with django_assert_num_queries(1):
        settling.end_forgotten(now=hour)


def test_a_watched_match_that_is_erased_meanwhile_is_not_found(member_client, scripted):
    match = make_match(make_user(), actions=[4], **QUICK)
    Match.objects.update(updated_at=timezone.now() - 2 * UNANSWERED)
    scripted(0, before=Match.objects.all().delete)
    assert member_client.get(match.get_absolute_url()).status_code == 404


def test_a_move_in_a_match_that_is_erased_meanwhile_is_not_found(member, member_client, scripted):
    match = make_match(member, **QUICK)
    scripted(0, before=Match.objects.all().delete)
    address = reverse("arcade_move", args=[match.code])
    assert member_client.post(address, {"action": 4, "ply": 0}).status_code == 404
