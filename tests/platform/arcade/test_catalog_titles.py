"""The games are titles of the catalog, and a finished match is an event on one."""

import pytest
from django.core.management import call_command

from arcade.services import make_move, resign
from arcade.serving import GAMES
from arcade.titles import ABOUT, make_titles
from catalog.models import Title
from events.models import Event
from tests.platform.arcade.matches import make_match

pytestmark = pytest.mark.django_db


def test_every_game_is_a_title_once_and_staff_may_change_it():
    call_command("prepare_arcade")
    titles = Title.objects.filter(source="arcade", kind=Title.Kind.GAME, minimum_age=0)
    assert {title.source_id for title in titles} == set(GAMES) == set(ABOUT)
    assert all(title.description and title.genres.exists() for title in titles)
    assert titles.get(source_id="othello").genres.filter(name="Board game").exists()
    titles.filter(source_id="othello").update(name="Reversi", published=False)
    make_titles()
    assert titles.count() == len(GAMES)
    assert titles.get(source_id="othello").name == "Reversi"


def test_a_finished_match_is_an_event_of_its_member(member):
    make_titles()
    match = make_match(member, actions=[0, 3, 1, 4])
    make_move(match=match, user=member, action=2, ply=4)
    event = Event.objects.get()
    assert (event.user, event.kind, event.title.source_id) == (member, "finish", "tic-tac-toe")
    assert event.key == f"match:{match.code}"


def test_a_match_given_up_after_a_move_is_one_too_but_not_before(member):
    make_titles()
    resign(match=make_match(member), user=member)
    assert not Event.objects.exists()
    resign(match=make_match(member, actions=[4, 0]), user=member)
    assert Event.objects.count() == 1


def test_without_its_title_a_match_still_ends(member):
    match = resign(match=make_match(member, actions=[4, 0]), user=member)
    assert match.is_over
    assert not Event.objects.exists()
