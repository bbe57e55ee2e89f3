"""The page of a match: playing with and without JavaScript."""

import re

import pytest
from django.urls import reverse

from arcade.models import Match
from arcade.services import take_back
from jobs.models import Job
from tests.factories import make_job
from tests.platform.arcade.match_pages import HTMX, post, said
from tests.platform.arcade.matches import QUICK, make_match

pytestmark = pytest.mark.django_db
HOLES = re.compile(r'role="gridcell"')


def test_a_click_moves_and_shows_the_answer(member, member_client, scripted):
    scripted(6)
    match = make_match(member, game="connect-four", **QUICK)
    answer = post(member_client, "arcade_move", match, action=3, ply=0)
    page = said(answer)
    assert Match.objects.get().actions == [3, 6]
    assert "<!DOCTYPE" not in page  # the match alone
    assert 'data-announce="You: column 4. You play amber rings. The agent: column 7.' in page
    assert len(HOLES.findall(page)) == 42


def test_without_javascript_a_move_leads_back_to_the_match(member, member_client, scripted):
    scripted(6)
    match = make_match(member, game="connect-four", **QUICK)
    address = reverse("arcade_move", args=[match.code])
    answer = member_client.post(f"{address}?flip=1", {"action": 3, "ply": 0})
    assert (answer.status_code, answer.url) == (302, f"{match.get_absolute_url()}?flip=1")


def test_a_move_can_be_typed(member, member_client, scripted):
    scripted()
    match = make_match(member, game="breakthrough-6", **QUICK)
    post(member_client, "arcade_move", match, typed="A5-b4", ply=0)
    assert len(Match.objects.get().actions) == 2


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"typed": "z9", "ply": 0}, "“z9” is not a move that can be made here."),
        ({"typed": "  ", "ply": 0}, "Say which move you make."),
        ({"action": 9, "ply": 0}, "9 is not a legal move here."),
        ({"action": "x", "ply": 0}, "Say which move you make."),
        ({"action": 3}, "Say which move you make."),
        ({"action": 3, "ply": 10_001}, "Say which move you make."),
        ({"action": 3, "ply": 7}, "The game has gone on since"),
    ],
)
def test_a_move_that_cannot_be_made_is_refused_with_the_reason(member, member_client, fields, why):
    match = make_match(member, game="connect-four")
    answer = post(member_client, "arcade_move", match, **fields)
    assert why in answer.content.decode()
    assert len(HOLES.findall(answer.content.decode())) == 42
    assert Match.objects.get().actions == []


def test_a_double_click_shows_the_match_without_a_word(member, member_client, scripted):
    scripted(6)
    match = make_match(member, game="connect-four", **QUICK)
    for _ in range(2):
        answer = post(member_client, "arcade_move", match, action=3, ply=0)
    assert 'role="alert"' not in answer.content.decode()
    assert Match.objects.get().actions == [3, 6]


def test_while_a_job_thinks_the_page_asks_again_and_is_told_once(member, member_client):
    job = make_job(owner=member)
    match = make_match(member, game="connect-four", actions=[3], thinking=job)
    page = member_client.get(match.get_absolute_url()).content.decode()
    assert "The agent is thinking." in page
    again = re.search(r'hx-get="([^"]*seen=[^"]*)"', page)[1].replace("&amp;", "&")
    assert member_client.get(again, headers=HTMX).status_code == 204
    Match.objects.update(actions=[3, 2], thinking=None)
    answer = member_client.get(again, headers=HTMX)
    assert "The agent: column 3." in answer.content.decode()


def test_another_tab_of_one_s_own_follows_what_is_taken_back(member, member_client):
    match = make_match(member, game="connect-four", actions=[3, 2, 3, 2])
    page = member_client.get(match.get_absolute_url()).content.decode()
    assert "It is your turn." in page
    again = re.search(r'hx-get="([^"]*seen=[^"]*)"', page)[1].replace("&amp;", "&")
    assert member_client.get(again, headers=HTMX).status_code == 204
    take_back(match=match, user=member)
    shown = member_client.get(again, headers=HTMX).content.decode()
    assert shown.count('class="moves__move') == 2


@pytest.mark.parametrize("changes", [{"state": "over", "ended_by": "rules"}, {}])
def test_where_nothing_can_happen_nobody_asks_again(member, member_client, changes):
    """Of a match that is over, and of an earlier position."""
    match = make_match(member, game="connect-four", actions=[3, 2], **changes)
    address = match.get_absolute_url() + ("" if changes else "?ply=1")
    assert "seen=" not in member_client.get(address).content.decode()


def test_an_agent_that_failed_is_said_and_can_be_asked_again(member, member_client):
    job = make_job(owner=member, state=Job.State.FAILED, error="It ran out of memory.")
    match = make_match(member, game="connect-four", actions=[3], thinking=job)
    page = member_client.get(match.get_absolute_url()).content.decode()
    assert "It ran out of memory." in page
    assert reverse("job_retry", args=[job.pk]) in page


def test_a_piece_is_chosen_first_where_pieces_walk(member, member_client):
    match = make_match(member, game="breakthrough-6")
    page = member_client.get(match.get_absolute_url()).content.decode()
    assert 'name="action"' not in page
    chosen = member_client.get(f"{match.get_absolute_url()}?from=6").content.decode()
    assert chosen.count('name="action"') == 2
    assert "a5, amber rings, chosen" in chosen


def test_a_move_is_taken_back(member, member_client):
    match = make_match(member, game="connect-four", actions=[3, 2, 3, 2])
    page = post(member_client, "arcade_take_back", match).content.decode()
    assert Match.objects.get().actions == [3, 2]
    assert "Not rated" in page


def test_taking_back_twice_in_one_click_takes_back_once(member, member_client):
    match = make_match(member, game="connect-four", actions=[3, 2, 3, 2])
    for _ in range(2):
        page = post(member_client, "arcade_take_back", match, ply=4).content.decode()
        assert Match.objects.get().actions == [3, 2]
    assert "The game has gone on" in page


@pytest.mark.parametrize("ply", ["x", "-1", "", "99999999"])
def test_a_take_back_that_does_not_say_of_what_changes_nothing(member, member_client, ply):
    match = make_match(member, game="connect-four", actions=[3, 2, 3, 2])
    page = post(member_client, "arcade_take_back", match, ply=ply).content.decode()
    assert "Say which move you take back." in page
    assert Match.objects.get().actions == [3, 2, 3, 2]


def test_resigning_ends_it_and_a_rematch_changes_sides(member, member_client, scripted):
    scripted(1)
    match = make_match(member, game="connect-four", actions=[3, 2], **QUICK)
    page = post(member_client, "arcade_resign", match).content.decode()
    assert "You lost" in page
    assert "By resignation." in page
    answer = post(member_client, "arcade_rematch", match)
    fresh = Match.objects.exclude(pk=match.pk).get()
    assert answer.headers["HX-Redirect"] == fresh.get_absolute_url()
    assert (fresh.side_of(member), fresh.actions) == (1, [1])


def test_a_board_is_turned_and_stays_so(member, member_client):
    match = make_match(member, game="othello", actions=[])
    page = member_client.get(f"{match.get_absolute_url()}?flip=1").content.decode()
    assert page.index('id="cell-63"') < page.index('id="cell-0"')
    assert f"{reverse('arcade_move', args=[match.code])}?flip=1" in page


def test_one_s_own_pieces_walk_up(member, member_client):
    for side, first in ((0, "cell-35"), (1, "cell-0")):
        match = make_match(member, game="breakthrough-6", side=side, actions=[])
        page = member_client.get(match.get_absolute_url()).content.decode()
        assert re.search(r'id="(cell-\d+)"', page)[1] == first


def test_clocks_are_shown_and_run_out(member, member_client):
    times = {"clock_minutes": 3, "remaining": [65_500, 180_000]}
    match = make_match(member, game="connect-four", actions=[3, 3], **times)
    page = member_client.get(match.get_absolute_url()).content.decode()
    assert "1:05" in page
    assert "3:00" in page
    Match.objects.update(remaining=[0, 180_000])
    assert "You lost. On time." in said(member_client.get(match.get_absolute_url()))


def test_there_is_nothing_to_replay_before_the_first_move(member, member_client):
    dealt = make_match(member, game="leduc-poker", actions=[0, 1])
    page = said(member_client.get(dealt.get_absolute_url()))
    assert "0 of 0" in page
    assert len(re.findall(r'data-replay="\w+" role="link" aria-disabled="true"', page)) == 4


def test_a_match_asks_the_database_as_often_late_as_early(
    member, member_client, django_assert_max_num_queries
):
    early = make_match(member, game="othello", actions=[])
    late = make_match(member, game="othello", actions=[44, 43, 34, 45, 37, 25, 52, 59])
    with django_assert_max_num_queries(9) as first:
        member_client.get(early.get_absolute_url())
    with django_assert_max_num_queries(len(first)):
        member_client.get(late.get_absolute_url())
