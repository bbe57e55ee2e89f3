"""The page of a match: looking back, what the agent thought, watching."""

import re

import pytest

from arcade.models import Match
from arcade.services import make_move, take_back
from tests.factories import client_of, make_user
from tests.platform.arcade.match_pages import HTMX, post, said, thought
from tests.platform.arcade.matches import QUICK, make_match

pytestmark = pytest.mark.django_db


def test_one_expected_move_is_a_column_and_elsewhere_a_square(member, member_client):
    kept = {"1": thought(-0.2, action=2, line=(2, 5))}
    match = make_match(member, game="connect-four", actions=[3, 2], decisions=kept)
    assert "<dd>column 6</dd>" in said(member_client.get(match.get_absolute_url()))
    kept = {"1": thought(-0.1, action=18, line=(18, 17))}
    match = make_match(member, game="othello", actions=[19, 18], decisions=kept)
    assert "<dd>b3</dd>" in said(member_client.get(match.get_absolute_url()))


def test_at_a_table_one_sees_how_often_the_agent_says_what(member, member_client):
    kept = {
        "2": thought(None, policy={0: 0.7, 1: 0.3}),
        "4": thought(None, policy={0: 0.1, 1: 0.9}),
    }
    over = {"state": "over", "ended_by": "rules", "outcome": -1}
    fields = {"game": "kuhn-poker", "actions": [0, 2, 0, 1, 1], "side": 1}
    match = make_match(member, decisions=kept, **fields, **over)
    address = match.get_absolute_url()
    at_the_end, before = (
        re.findall(r"<li>\s*<span>(\w+)</span>.*?<b>(\d+) %</b>", said(member_client.get(place)))
        for place in (address, f"{address}?ply=3")
    )
    assert at_the_end == [("Fold", "10"), ("Call", "90")]
    assert before == [("Check", "70"), ("Bet", "30")]
    assert "Expects" not in said(member_client.get(address))


def test_a_watcher_is_shown_another_move_made_in_the_place_of_one(member_client, scripted):
    scripted(2, 5)
    player = make_user()
    match = make_match(player, game="connect-four", **QUICK)
    make_move(match=match, user=player, action=3, ply=0)
    page = member_client.get(match.get_absolute_url()).content.decode()
    again = re.search(r'hx-get="([^"]*seen=[^"]*)"', page)[1].replace("&amp;", "&")
    assert member_client.get(again, headers=HTMX).status_code == 204
    take_back(match=match, user=player)
    make_move(match=match, user=player, action=6, ply=0)
    assert "column 7" in member_client.get(again, headers=HTMX).content.decode()


def test_one_looks_back_at_any_move(member, member_client):
    match = make_match(member, game="connect-four", actions=[3, 2, 3, 2])
    page = member_client.get(f"{match.get_absolute_url()}?ply=2").content.decode()
    assert "After move 2." in page
    assert 'name="action"' not in page
    assert page.count('class="piece piece--0"></span>') == 1


@pytest.mark.parametrize("ply", ["99", "-1", "x", "9" * 30, "²"])
def test_a_place_that_there_is_not_shows_the_match_as_it_stands(member, member_client, ply):
    match = make_match(member, game="connect-four", actions=[3, 2])
    answer = member_client.get(match.get_absolute_url(), {"ply": ply, "from": ply})
    assert "It is your turn." in answer.content.decode()


def test_what_the_agent_thought_stands_above_the_board(member, member_client):
    kept = {"1": thought(-0.2, action=2, policy={2: 0.75, 4: 0.25}, line=(2, 5, 4))}
    match = make_match(member, game="connect-four", actions=[3, 2], decisions=kept)
    page = said(member_client.get(match.get_absolute_url()))
    assert "75 %" in page
    assert "<dd>60 %</dd>" in page  # (1 + 0.2) / 2
    assert "<dd>columns 6, 5</dd>" in page
    assert 'class="ghost ghost--0 thinks" aria-hidden="true">1<' in page


@pytest.mark.parametrize(("made", "is_told"), [(2, False), (4, True), (5, True)])
def test_a_move_that_the_agent_did_not_like_best_is_told_as_such(
    member, member_client, made, is_told
):
    kept = {"1": thought(-0.2, action=made, policy={2: 0.75, 4: 0.25})}
    match = make_match(member, game="connect-four", actions=[3, made], decisions=kept)
    page = said(member_client.get(match.get_absolute_url()))
    assert ("Its move was not the one it thinks best" in page) is is_told


def test_a_move_that_cost_much_is_told_and_can_be_tried_again(member, member_client, scripted):
    kept = {"1": thought(0.0), "3": thought(0.6)}
    match = make_match(member, game="connect-four", actions=[3, 2, 6, 2], decisions=kept, **QUICK)
    page = said(member_client.get(match.get_absolute_url()))
    assert "Move 3, column 7" in page
    assert "50 → 20 %" in page
    scripted()
    answer = post(member_client, "arcade_try", match, ply=2)
    again = Match.objects.exclude(pk=match.pk).get()
    assert answer.headers["HX-Redirect"] == again.get_absolute_url()
    assert (again.actions, again.tried_from) == ([3, 2], match)


def test_a_small_change_is_no_mistake(member, member_client):
    kept = {"1": thought(0.0), "3": thought(0.1)}
    match = make_match(member, game="connect-four", actions=[3, 2, 6, 2], decisions=kept)
    assert "Move 3, column 7" not in said(member_client.get(match.get_absolute_url()))


def test_thoughts_about_hidden_cards_are_told_only_at_the_end(member, member_client):
    kept = {"3": thought(0.5, action=1)}
    match = make_match(member, game="kuhn-poker", actions=[0, 2, 0, 1], decisions=kept)
    page = member_client.get(match.get_absolute_url()).content.decode()
    assert 'aria-label="Jack"' in page
    assert 'aria-label="King"' not in page
    assert "25 %" not in page
    Match.objects.update(actions=[0, 2, 0, 1, 1], state="over", ended_by="rules", outcome=-1)
    page = member_client.get(match.get_absolute_url()).content.decode()
    assert 'aria-label="King"' in page
    assert "25 %" in page
    assert "2 chips changed hands." in page


@pytest.mark.parametrize("place", ["", "?ply=3"])
def test_the_hands_are_open_once_somebody_has_resigned(member, member_client, place):
    over = {"state": "over", "ended_by": "resignation", "outcome": -1}
    match = make_match(member, game="kuhn-poker", actions=[0, 2, 0, 1], **over)
    page = member_client.get(f"{match.get_absolute_url()}{place}").content.decode()
    assert 'aria-label="King"' in page


def test_a_watcher_sees_the_board_and_can_do_nothing(member, member_client):
    match = make_match(make_user(name="Ada"), game="connect-four", actions=[3, 2])
    for client in (member_client, client_of(None)):
        page = client.get(match.get_absolute_url()).content.decode()
        assert "Ada plays amber rings." in page
        assert 'name="action"' not in page
        assert "Resign" not in page
        assert 'id="take-back"' not in page
        assert "every 3s" in page


def test_nobody_watches_a_match_with_hidden_cards(member_client):
    match = make_match(make_user(), game="kuhn-poker", actions=[0, 2])
    assert member_client.get(match.get_absolute_url()).status_code == 404
