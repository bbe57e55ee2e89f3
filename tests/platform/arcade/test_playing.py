"""What a member does in a match: two tabs, a double click, take back, resign, play again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from arcade.models import Match, Rating
from arcade.results import TITLES
from arcade.services import (
    MAX_ACTIVE,
    MatchRefused,
    StaleMove,
    Wish,
    make_move,
    rematch,
    resign,
    start_match,
    take_back,
    try_again,
)
from arcade.settling import settle
from events.models import Event
from tests.factories import make_title, make_user
from tests.platform.arcade.matches import QUICK, RANDOM, make_match, nothing_changes

pytestmark = pytest.mark.django_db


def start(member, **changes) -> Match:
    fields = {"game": "tic-tac-toe", "side": 0} | QUICK | changes
    return start_match(owner=member, wish=Wish(**fields))


def test_a_move_is_answered_at_once_by_a_quick_agent(member, scripted):
    scripted(0)
    match = make_move(match=start(member), user=member, action=4, ply=0)
    assert match.actions == [4, 0]
    assert (match.to_move, match.thinking) == (0, None)
    thought = {"action": 0, "value": 0.25, "policy": {"0": 1.0}, "line": [0]}
    assert match.decisions == {"1": thought | {"simulations": 7, "milliseconds": 3.0}}


def test_an_agent_that_is_to_begin_has_begun(member, scripted):
    scripted(8)
    match = start(member, side=1)
    assert (match.actions, match.side_of(member), match.to_move) == ([8], 1, 1)


def test_who_does_not_care_is_given_a_side_by_chance(member, scripted):
    scripted()
    sides = {start(member, side=None).side_of(member) for _ in range(20)}
    assert sides == {0, 1}


def test_a_double_click_moves_once(member, scripted):
    scripted(0)
    match = start(member)
    made = make_move(match=match, user=member, action=4, ply=0)
    with nothing_changes(made), pytest.raises(StaleMove) as refused:
        make_move(match=match, user=member, action=4, ply=0)
    assert refused.value.is_repeat


def test_another_move_from_a_second_tab_is_refused(member, scripted):
    scripted(0)
    match = start(member)
    made = make_move(match=match, user=member, action=4, ply=0)
    with nothing_changes(made), pytest.raises(StaleMove) as refused:
        make_move(match=match, user=member, action=5, ply=0)
    assert not refused.value.is_repeat
    assert make_move(match=match, user=member, action=5, ply=2).actions[:3] == [4, 0, 5]


def test_the_agent_s_move_sent_by_a_member_is_no_repeat(member, scripted):
    scripted(0)
    match = make_move(match=start(member), user=member, action=4, ply=0)
    with pytest.raises(StaleMove) as refused:
        make_move(match=match, user=member, action=0, ply=1)
    assert not refused.value.is_repeat


def test_a_double_click_on_the_winning_move_is_a_repeat(member):
    match = make_match(member, actions=[0, 3, 1, 4])
    assert make_move(match=match, user=member, action=2, ply=4).outcome == 1
    with pytest.raises(StaleMove) as refused:
        make_move(match=match, user=member, action=2, ply=4)
    assert refused.value.is_repeat


@pytest.mark.parametrize("act", [make_move, take_back, resign, rematch, try_again])
def test_somebody_else_s_match_is_out_of_reach(act, member):
    match = make_match(make_user(), actions=[4, 0])
    given = {make_move: {"action": 1, "ply": 2}, try_again: {"ply": 0}}.get(act, {})
    with nothing_changes(match), pytest.raises(MatchRefused) as refused:
        act(match=match, user=member, **given)
    assert refused.value.code == "not-yours"


def test_taking_back_undoes_the_answer_too_and_the_match_is_not_rated(member, scripted):
    scripted(0, 1)
    match = start(member)
    for action, ply in ((4, 0), (8, 2)):
        match = make_move(match=match, user=member, action=action, ply=ply)
    match = take_back(match=match, user=member, ply=4)
    assert (match.actions, list(match.decisions), match.is_rated) == ([4, 0], ["1"], False)
    with pytest.raises(StaleMove):
        take_back(match=match, user=member, ply=4)  # the second click of two
    assert take_back(match=match, user=member).actions == []
    with pytest.raises(MatchRefused, match="You have made no move yet"):
        take_back(match=match, user=member)


def test_the_agent_s_first_move_is_not_taken_back(member, scripted):
    scripted(8)
    match = make_move(match=start(member, side=1), user=member, action=4, ply=1)
    assert take_back(match=match, user=member).actions == [8]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"game": "kuhn-poker", "actions": [0, 1, 0, 1]}, "cards"),
        ({"actions": [4, 0], "clock_minutes": 5, "remaining": [9000, 9000]}, "clock"),
        ({"state": "over", "ended_by": "time", "outcome": -1}, "over"),
    ],
)
def test_some_moves_stand(member, changes, code):
    match = make_match(member, **changes)
    with nothing_changes(match), pytest.raises(MatchRefused) as refused:
        take_back(match=match, user=member)
    assert refused.value.code == code


@pytest.mark.parametrize(("side", "outcome"), [(0, -1), (1, 1)])
def test_who_resigns_has_lost(side, outcome, member):
    match = resign(match=make_match(member, side=side), user=member)
    assert (match.state, match.ended_by, match.outcome) == ("over", "resignation", outcome)
    for act in (resign, take_back):
        with pytest.raises(MatchRefused, match="The game is over"):
            act(match=match, user=member)


def test_a_rematch_changes_sides_and_is_made_once(member, scripted):
    scripted(8)
    match = resign(match=start(member, clock_minutes=3), user=member)
    again = rematch(match=match, user=member)
    assert (again.side_of(member), again.actions, again.clock_minutes) == (1, [8], 3)
    assert rematch(match=match, user=member) == again
    with pytest.raises(MatchRefused) as refused:
        rematch(match=again, user=member)
    assert refused.value.code == "active"


def test_a_rematch_that_has_begun_is_found_though_its_agent_is_gone(member, scripted):
    scripted(8)
    match = resign(match=start(member), user=member)
    again = rematch(match=match, user=member)
    Match.objects.update(agent="agent-77")
    assert rematch(match=match, user=member) == again


def test_one_tries_again_from_a_move_on_without_being_rated(member, scripted):
    scripted(0, 1)
    match = start(member)
    for action, ply in ((4, 0), (8, 2)):
        match = make_move(match=match, user=member, action=action, ply=ply)
    again = try_again(match=match, user=member, ply=2)
    assert (again.actions, list(again.decisions), again.is_rated) == ([4, 0], ["1"], False)
    assert (again.tried_from, again.tried_ply, again.side_of(member)) == (match, 2, 0)
    assert Match.objects.get(pk=match.pk).actions == [4, 0, 8, 1]
    assert try_again(match=match, user=member, ply=1).to_move == 0  # the agent has answered


def test_until_a_move_is_made_in_it_trying_again_is_the_same_match(member, scripted):
    scripted(1, 2)
    match = make_match(member, actions=[4, 0], **QUICK)
    again = try_again(match=match, user=member, ply=2)
    assert try_again(match=match, user=member, ply=2) == again
    assert try_again(match=match, user=member, ply=0) != again
    make_move(match=again, user=member, action=8, ply=2)
    assert try_again(match=match, user=member, ply=2) != again


def test_what_a_tried_match_began_with_is_neither_taken_back_nor_a_finish(member, scripted):
    make_title(source=TITLES, source_id="tic-tac-toe")
    scripted(0, 1, 2)
    match = make_match(member, actions=[4, 0], **QUICK)
    again = try_again(match=match, user=member, ply=2)
    with pytest.raises(MatchRefused, match="You have made no move yet"):
        take_back(match=again, user=member)
    resign(match=again, user=member)
    assert not Event.objects.exists()
    played = make_move(
        match=try_again(match=match, user=member, ply=2), user=member, action=8, ply=2
    )
    resign(match=played, user=member)
    assert Event.objects.get().kind == Event.Kind.FINISH


def test_one_tries_again_only_from_where_there_is_a_move(member):
    match = make_match(member, actions=[0, 3, 1, 4])
    match = make_move(match=match, user=member, action=2, ply=4)
    for ply in (5, 6, -1):
        with pytest.raises(MatchRefused):
            try_again(match=match, user=member, ply=ply)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"game": "chess"}, "unknown-game"),
        ({"agent": "builtin:oracle"}, "unknown-agent"),
        ({"level": "godlike"}, "unknown-agent"),
        ({"clock_minutes": 0}, "clock"),
        ({"clock_minutes": 181}, "clock"),
    ],
)
def test_what_there_is_not_cannot_be_played(member, changes, code):
    with pytest.raises(MatchRefused) as refused:
        start(member, **RANDOM | changes)
    assert refused.value.code == code
    assert not Match.objects.exists()


def test_a_member_plays_so_many_matches_at_once(member):
    for _ in range(MAX_ACTIVE):
        make_match(member)
    with pytest.raises(MatchRefused) as refused:
        start(member, **RANDOM)
    assert refused.value.code == "too-many"
    resign(match=Match.objects.first(), user=member)
    assert start(member, **RANDOM).state == "active"


# ── Clocks ────────────────────────────────────────────────────────────────────────────────────────


def test_the_clocks_run_for_who_is_to_move(member, scripted):
    scripted(0)
    match = start(member, clock_minutes=1)
    later = match.moved_at + timedelta(seconds=10)
    match = make_move(match=match, user=member, action=4, ply=0, now=later)
    assert match.remaining == [50_000, 59_997]


@pytest.mark.parametrize(("side", "outcome"), [(0, -1), (1, 1)])
def test_a_move_after_the_time_is_refused_and_the_match_is_lost(side, outcome, member):
    actions = [4, 0, 3] if side else [4, 0]
    fields = {"actions": actions, "clock_minutes": 1, "remaining": [60_000, 60_000]}
    match = make_match(member, side=side, **fields)
    late = match.moved_at + timedelta(seconds=60)
    with pytest.raises(MatchRefused, match="Your time had run out") as refused:
        make_move(match=match, user=member, action=8, ply=len(actions), now=late)
    assert refused.value.code == "over"
    match.refresh_from_db()
    assert (match.actions, match.ended_by, match.outcome) == (actions, "time", outcome)
    assert match.remaining[side] == 0


def test_a_look_at_a_match_ends_it_once_the_time_is_over(member):
    match = make_match(member, actions=[4, 0], clock_minutes=1, remaining=[60_000, 60_000])
    before = match.moved_at + timedelta(seconds=59)
    assert settle(match=match, now=before).state == "active"
    assert settle(match=match, now=before + timedelta(seconds=1)).ended_by == "time"


def test_a_clock_that_runs_out_before_a_first_move_loses_nothing(member):
    match = make_match(member, side=1, actions=[4], clock_minutes=1, remaining=[60_000, 60_000])
    match = settle(match=match, now=match.moved_at + timedelta(seconds=60))
    assert (match.state, match.ended_by, match.outcome) == ("over", "abandoned", None)
    assert not Rating.objects.exists()


def test_an_agent_out_of_time_has_lost(member, scripted):
    scripted(0)
    match = make_match(member, clock_minutes=1, remaining=[60_000, 2], **QUICK)
    match = make_move(match=match, user=member, action=4, ply=0, now=timezone.now())
    assert (match.ended_by, match.outcome, match.actions) == ("time", 1, [4])
