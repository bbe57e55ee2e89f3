"""Who leaves takes their matches and ratings away; agents keep what they learned about them."""

import re

import pytest
from django.urls import reverse

from arcade.models import Match, Rating
from arcade.services import make_move, rematch, resign, try_again
from arcade.work import think
from jobs.holding import claimed
from jobs.models import Job
from privacy.services import erase_user
from tests.factories import make_user
from tests.platform.arcade.matches import QUICK, SLOW, make_match

pytestmark = pytest.mark.django_db


def test_an_erased_member_s_matches_ratings_and_thoughts_are_gone(member, scripted):
    scripted()
    other = make_user()
    kept = make_match(other)
    ended = resign(match=make_match(member, actions=[4, 0], **QUICK), user=member)
    rematch(match=ended, user=member)
    try_again(match=ended, user=member, ply=1)
    make_move(match=make_match(member, **SLOW), user=member, action=4, ply=0)
    erase_user(member)
    assert list(Match.objects.all()) == [kept]
    assert list(Rating.objects.values_list("agent", flat=True)) == ["builtin:scripted"]
    assert not Job.objects.exists()


def test_a_thought_for_somebody_who_left_ends_quietly(member, scripted):
    agent = scripted(0)
    match = make_move(match=make_match(member, **SLOW), user=member, action=4, ply=0)
    agent.before = lambda: erase_user(member)
    with claimed(match.thinking_id) as hold:
        think(hold)
    assert not Match.objects.exists()


def test_before_leaving_one_reads_how_many_matches_go(member, member_client):
    for _ in range(3):
        make_match(member)
    page = member_client.get(reverse("delete_account")).content.decode()
    assert re.search(r"Matches in the arcade</dt><dd[^>]*>3<", page)
