"""The arcade's pages: choosing a game, the list of matches, the ladder, who may see what."""

import re

import pytest
from django.urls import reverse

from arcade.models import Match, Rating
from arcade.services import MAX_ACTIVE
from tests.factories import client_of, make_user
from tests.platform.arcade.matches import make_match

pytestmark = pytest.mark.django_db
START = {"opponent": "builtin:scripted/quick", "side": "0", "clock": ""}


def start(client, game="connect-four", **changes):
    return client.post(f"{reverse('arcade_new')}?game={game}", START | changes)


def test_the_first_page_shows_every_game_what_goes_on_and_what_is_over(member, member_client):
    make_match(member, game="hex-7", actions=[3])
    over = {"state": "over", "ended_by": "rules", "side": 1}
    make_match(member, game="connect-four", actions=[3], outcome=-1, **over)
    page = member_client.get(reverse("arcade")).content.decode()
    for name in ("Tic-tac-toe", "Othello", "Breakthrough 6×6", "Kuhn poker"):
        assert name in page
    assert "The agent thinks" in page
    assert "Won" in page  # the member had the second side
    assert "you won 1 of 1" in page


def test_only_own_matches_are_listed(member_client):
    stranger = make_match(make_user(), game="hex-7", actions=[3])
    assert stranger.code not in member_client.get(reverse("arcade")).content.decode()


def test_the_first_page_asks_the_database_as_often_for_many_matches(
    member, member_client, django_assert_max_num_queries
):
    for _ in range(2):
        make_match(member, actions=[4, 0])
    with django_assert_max_num_queries(20) as few:
        member_client.get(reverse("arcade"))
    for _ in range(18):
        make_match(member, actions=[4, 0])
        make_match(member, actions=[4], state="over", ended_by="resignation", outcome=1)
    with django_assert_max_num_queries(len(few)):
        member_client.get(reverse("arcade"))


def test_a_match_begins_with_what_was_chosen(member, member_client, scripted):
    scripted(2)
    answer = start(member_client, side="1", clock="10")
    match = Match.objects.get()
    assert answer.url == match.get_absolute_url()
    assert (match.game, match.agent, match.level) == ("connect-four", "builtin:scripted", "quick")
    assert (match.side_of(member), match.clock_minutes, match.actions) == (1, 10, [2])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"opponent": "x/y"}, "Choose a level that there is."),
        ({"opponent": ""}, "Choose a level that there is."),
        ({"side": "2"}, "Choose who begins."),
        ({"clock": "0"}, "Choose one of these clocks, or none."),
        ({"clock": "x"}, "Choose one of these clocks, or none."),
    ],
)
def test_a_wrong_choice_starts_nothing_and_is_named(member_client, scripted, wrong, why):
    scripted()
    answer = start(member_client, **wrong)
    assert answer.status_code == 422
    alerts = re.findall(r'role="alert".*?<span>(.*?)</span>', answer.content.decode(), re.DOTALL)
    assert [" ".join(alert.split()) for alert in alerts] == [why]
    assert not Match.objects.exists()


def test_there_is_no_page_for_a_game_that_there_is_not(member_client):
    assert start(member_client, game="go").status_code == 404
    assert member_client.get(reverse("arcade_ladder", args=["go"])).status_code == 404


def test_too_many_matches_are_refused_with_the_reason(member, member_client, scripted):
    scripted()
    for _ in range(MAX_ACTIVE):
        make_match(member)
    answer = start(member_client)
    assert answer.status_code == 409
    assert f"You are in {MAX_ACTIVE} games" in answer.content.decode()


def test_a_level_in_the_address_is_chosen(member_client, scripted):
    scripted()
    address = f"{reverse('arcade_new')}?game=othello&opponent=builtin:scripted/slow"
    page = member_client.get(address).content.decode()
    assert 'value="builtin:scripted/slow" checked' in page
    assert "Elo 1800" in page


def test_the_ladder_names_members_never_by_their_address(member_client):
    nameless = make_user()
    Rating.objects.create(
        game="othello", user=make_user(name="Ada"), rating=1600, deviation=80, matches=9
    )
    Rating.objects.create(game="othello", user=nameless, rating=1400, deviation=80, matches=9)
    level = {"agent": "builtin:rollouts", "level": "easy"}
    Rating.objects.create(game="othello", **level, rating=1500, deviation=50, matches=18)
    page = member_client.get(reverse("arcade_ladder", args=["othello"])).content.decode()
    assert nameless.email not in page
    assert page.index("1600") < page.index("Random play-outs, Easy") < page.index("A member")
    assert "1443 – 1757" in page


def test_a_ladder_without_matches_says_how_to_be_on_it(member_client):
    page = member_client.get(reverse("arcade_ladder", args=["hex-7"])).content.decode()
    assert "Nobody is rated yet" in page


def test_the_ladder_asks_once_for_all_its_lines(member_client, django_assert_max_num_queries):
    for _ in range(12):
        Rating.objects.create(game="othello", user=make_user(), matches=1)
    with django_assert_max_num_queries(8):
        member_client.get(reverse("arcade_ladder", args=["othello"]))


def test_an_address_without_a_game_or_a_match_leads_to_the_games(member_client):
    for address in ("/arcade/new/", "/arcade/matches/"):
        assert member_client.get(address).url == reverse("arcade")


def test_a_link_to_a_level_that_there_is_not_says_so(member_client, scripted):
    scripted()
    said = "The level that this link names is not there"
    address = f"{reverse('arcade_new')}?game=othello&opponent="
    assert said in member_client.get(f"{address}ada/easy").content.decode()
    assert said not in member_client.get(f"{address}builtin:scripted/slow").content.decode()
    assert said not in member_client.get(address).content.decode()


def test_visitors_see_the_games_and_log_in_to_play():
    visitor = client_of(None)
    page = visitor.get(reverse("arcade")).content.decode()
    assert "Breakthrough 6×6" in page
    assert "Sign up to play" in page
    assert "Your results" not in page
    assert reverse("arcade_ladder", args=["othello"]) not in page
    links = visitor.get("/browse/").content.decode().count(f'href="{reverse("arcade")}"')
    assert links == 2  # above, and below on phones
    assert "login" in visitor.get(reverse("arcade_new"), {"game": "othello"}).url
