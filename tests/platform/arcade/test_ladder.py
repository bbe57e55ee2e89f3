"""Who wins rises, who loses falls; by numbers worked out elsewhere."""

import pytest

from arcade.ladder import LEAST_DEVIATION, after_match
from arcade.models import Match, Rating
from arcade.services import make_move, resign, take_back, try_again
from tests.factories import make_user
from tests.platform.arcade.matches import QUICK, SLOW, make_match

pytestmark = pytest.mark.django_db
ABOUT_TO_WIN = [0, 3, 1, 4]  # the first side, by 2


def test_the_first_match_of_glickman_s_example():
    """By hand: g(30) = 0.9955, E = 0.6395, 1/d² = 7.576e-6, so 1/RD² = 3.2576e-5."""
    rating, deviation = after_match((1500, 200), (1400, 30), 1)
    assert rating == pytest.approx(1500 + 0.0057565 / 3.2576e-5 * 0.9955 * 0.3605, abs=0.05)
    assert deviation == pytest.approx(175.2, abs=0.05)


def test_what_one_gains_another_of_the_same_deviation_loses():
    won, lost = after_match((1500, 80), (1600, 80), 1), after_match((1600, 80), (1500, 80), 0)
    assert won[0] - 1500 == pytest.approx(1600 - lost[0])
    assert won[1] == lost[1] < 80


def test_a_draw_between_equals_changes_nothing_but_how_sure_one_is():
    rating, deviation = after_match((1500, 350), (1500, 350), 0.5)
    assert rating == 1500
    assert deviation < 350


def test_nobody_is_known_so_well_that_nothing_moves_them():
    own = (1500.0, 31.0)
    for _ in range(100):
        own = after_match(own, (1500, 30), 1)
    assert own[1] == LEAST_DEVIATION
    assert own[0] > 1550


@pytest.mark.parametrize(("side", "member_wins"), [(0, True), (1, False)])
def test_a_rated_match_moves_both_sides_once(side, member_wins, member, scripted):
    scripted(2)
    match = make_match(member, actions=ABOUT_TO_WIN[: 4 - side], side=side, **QUICK)
    action = 2 if side == 0 else 5  # of the second side: it goes on to lose
    match = make_move(match=match, user=member, action=action, ply=4 - side)
    assert match.outcome == 1
    own = Rating.objects.get(user=member)
    level = Rating.objects.get(agent="builtin:scripted", level="quick")
    assert (own.rating > 1500, level.rating > 1500) == (member_wins, not member_wins)
    assert (own.matches, level.matches, own.game, level.user) == (1, 1, "tic-tac-toe", None)
    assert own.rating - 1500 == pytest.approx(1500 - level.rating)


def test_a_level_begins_where_it_was_measured(member, scripted):
    scripted()
    resign(match=make_match(member, **SLOW), user=member)
    level = Rating.objects.get(level="slow")
    expected = after_match((1800, 30), (1500, 350), 1)
    assert (level.rating, level.deviation) == pytest.approx(expected)


def test_with_a_move_taken_back_or_tried_again_nobody_is_rated(member, scripted):
    scripted(0)
    match = make_match(member, actions=[4, 0], **QUICK)
    again = try_again(match=match, user=member, ply=2)
    take_back(match=match, user=member)
    for one in (match, again):
        resign(match=one, user=member)
    assert not Rating.objects.exists()


def test_each_game_has_a_ladder_of_its_own(member):
    for game in ("othello", "hex-7"):
        resign(match=make_match(member, game=game), user=member)
    ladder = Rating.objects.ladder("othello")
    assert [(row.name, row.matches) for row in ladder] == [
        ("Random moves, Random", 1),
        ("A member", 1),
    ]
    assert Rating.objects.count() == 4


def test_an_unfinished_match_rates_nobody(member):
    make_match(make_user())
    assert not Rating.objects.exists()
    assert Match.objects.active().count() == 1


def test_one_lucky_match_does_not_lead_the_ladder():
    lucky = Rating.objects.create(
        game="hex-7", user=make_user(), rating=1620, deviation=280, matches=1
    )
    proven = Rating.objects.create(
        game="hex-7", user=make_user(), rating=1590, deviation=40, matches=60
    )
    assert list(Rating.objects.ladder("hex-7")) == [proven, lucky]
