"""Tournaments are played by a worker, stop and go on, and the ladder can go by them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from arcade import tournament_work
from arcade.ladder import LEAST_DEVIATION
from arcade.models import Rating
from arcade.serving import Decision
from arcade.tournament_models import Tournament
from arcade.tournament_services import TournamentRefused, Wish, folder_of, take_over
from genai.artifacts import read_manifest
from genai.errors import Stopped
from genai.games.minimax import MinimaxAgent
from jobs.models import Job
from jobs.services import cancel, retry
from tests.factories import make_user
from tests.platform.arcade.tournaments import (
    LEVELS,
    lines_of,
    make_played,
    make_tournament,
    set_state,
    work_on,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
RANDOM, EASY, MEDIUM = LEVELS


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)


@pytest.fixture
def at_move(monkeypatch):
    """act(number) before every move of Minimax."""
    real, made = MinimaxAgent.decide, [0]

    def put(act):
        def decide(self, *given) -> Decision:
            made[0] += 1
            act(made[0])
            return real(self, *given)

        monkeypatch.setattr(MinimaxAgent, "decide", decide)
        return made

    return put


def points_of(tournament: Tournament) -> dict[str, float]:
    """By level, all together."""
    names = [row["name"] for row in tournament.table["contenders"]]
    return {name: sum(row) for name, row in zip(names, tournament.table["points"], strict=True)}


def test_everybody_plays_everybody_and_the_table_says_who_is_strongest():
    found = work_on(make_tournament(games=8))
    assert found.job.state == Job.State.DONE, found.job.error
    assert (found.played, found.all_games) == (24, 24)
    names = [row["name"] for row in found.table["contenders"]]
    assert sorted(names) == sorted(LEVELS)
    assert names[-1] == RANDOM
    assert sum(points_of(found).values()) == 24
    assert found.table["games_played"] == [[0, 8, 8], [8, 0, 8], [8, 8, 0]]
    assert len(found.table["gaps"]) == 2
    assert found.job.result == {"url": found.get_absolute_url()}


def test_a_killed_worker_s_tournament_goes_on_with_the_games_there_are(at_move):
    class Killed(BaseException):
        pass

    def die(number):
        if number in (20, 30):
            raise Killed

    at_move(die)
    found = make_tournament()
    known: list[str] = []
    for _ in range(2):
        with pytest.raises(Killed):
            work_on(found)
        lines = lines_of(found)
        assert lines[: len(known)] == known
        known = lines
        Job.objects.filter(pk=found.job_id).update(lease_until="2026-01-01T00:00Z")  # it ran out
    assert 0 < len(known) < found.all_games
    found = work_on(found)
    assert (found.job.state, found.job.attempt) == (Job.State.DONE, 3), found.job.error
    assert lines_of(found)[: len(known)] == known
    assert len(lines_of(found)) == found.played == found.all_games


def test_a_cancelled_tournament_makes_no_move_more_and_can_go_on(at_move):
    found = make_tournament()

    def stop(number):
        if number == 15:
            cancel(found.job)
            tournament_work.Hold.beat(held[0])

    held = []
    real = tournament_work.arena_of
    made = at_move(stop)

    def arena_of(tournament, hold):
        held.append(hold)
        return real(tournament, hold)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tournament_work, "arena_of", arena_of)
        stopped = work_on(found)
    assert stopped.job.state == Job.State.CANCELLED
    assert made == [15]
    assert 0 < len(lines_of(found)) < found.all_games
    retry(stopped.job)
    assert work_on(found).played == found.all_games


def test_games_of_an_agent_that_was_replaced_meanwhile_are_played_anew(monkeypatch):
    found, agents = make_tournament(), Path(settings.ROOT) / "fixtures" / "agents"

    def comes_with(name):
        monkeypatch.setattr(tournament_work, "artifact_folder", lambda *_: agents / name)

    comes_with("connect-four")
    arena = tournament_work.arena_of(found, SimpleNamespace(check=lambda: None))
    with pytest.raises(Stopped):
        arena.play(is_cancelled=lambda: len(arena.rows) == 3)
    comes_with("hex-7")
    done = work_on(found)
    assert (done.job.state, len(lines_of(done))) == (Job.State.DONE, found.all_games)
    head = (folder_of(found) / "games.jsonl").read_text().splitlines()[0]
    assert read_manifest(agents / "hex-7")["files"]["network.onnx"]["sha256"] in head


def test_images_that_wait_to_be_read_go_first(monkeypatch):
    found = make_tournament()
    monkeypatch.setattr(tournament_work, "reading_waits", lambda now: True)
    assert work_on(found).job.state == Job.State.QUEUED
    monkeypatch.setattr(tournament_work, "reading_waits", lambda now: False)
    assert work_on(found).job.state == Job.State.DONE


def test_the_table_so_far_stands_while_it_is_played(at_move, monkeypatch):
    monkeypatch.setattr(tournament_work, "TABLE_SECONDS", 0.0)
    monkeypatch.setattr(tournament_work, "SHARE", 0)
    found = make_tournament()
    seen = []
    at_move(lambda number: seen.append(Tournament.objects.get(pk=found.pk)))
    work_on(found)
    assert [one.table for one in seen if one.played < 3] == [{}] * sum(
        one.played < 3 for one in seen
    )
    half = next(one for one in seen if one.played == 6)
    assert sum(points_of(half).values()) == 6


def test_a_level_that_is_gone_ends_it_with_a_reason():
    found = make_tournament()
    gone = [{"agent": "gone", "level": "x", "name": "Gone"}, *found.contenders[1:]]
    Tournament.objects.filter(pk=found.pk).update(contenders=gone)
    found = work_on(found)
    assert found.job.state == Job.State.FAILED
    assert found.job.error == "There is no agent gone any more."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"game": "leduc-poker"}, "game"),
        ({"game": "chess"}, "game"),
        ({"contenders": [RANDOM]}, "contenders"),
        ({"contenders": [RANDOM, RANDOM]}, "contenders"),
        ({"contenders": [RANDOM, "shipped/x"]}, "contenders"),
        ({"games": 3}, "games"),
        ({"games": 0}, "games"),
        ({"games": 202}, "games"),
        ({"opening": 9}, "opening"),
    ],
)
def test_what_cannot_be_played_is_refused_by_its_field(changes, field):
    wish = {"game": "tic-tac-toe", "contenders": [RANDOM, EASY]} | changes
    assert list(Wish(**wish).wrong) == [field]
    with pytest.raises(TournamentRefused):
        make_tournament(**wish)
    assert not Job.objects.exists()


def test_the_same_key_starts_one_tournament():
    owner = make_user(is_staff=True)
    first = make_tournament(owner=owner, key="a")
    assert make_tournament(owner=owner, key="a", games=8) == first
    assert make_tournament(owner=owner, key="a", games=3) == first  # sent again, whatever it says
    assert make_tournament(owner=owner, key="b") != first
    assert make_tournament(key="a") != first


def test_games_are_kept_until_the_table_stands():
    done, cancelled = work_on(make_tournament()), make_tournament()
    folder_of(cancelled).mkdir(parents=True)
    set_state(cancelled, Job.State.CANCELLED)
    left = folder_of(done).with_name("12345")
    left.mkdir()
    assert folder_of(done).is_dir()
    work_on(make_tournament())
    assert not folder_of(done).exists()
    assert not left.exists()
    assert folder_of(cancelled).is_dir()


def test_the_ladder_takes_ratings_over_with_the_mean_that_it_had(scripted_levels):
    """By hand: rows 1400 and 1700 have mean 1550; measured 1450 and 1550 have 1500: 50 more."""
    for level, rating in (("a", 1400), ("b", 1700)):
        row = {"agent": "builtin:scripted", "level": level}
        Rating.objects.create(game="othello", **row, rating=rating, deviation=200, matches=7)
    member = Rating.objects.create(game="othello", user=make_user(), rating=1620, matches=3)
    found = make_played(
        {
            "builtin:scripted/b": (1550, 1491.2, 1608.8),
            "builtin:scripted/c": (1500, 1499, 1501),
            "builtin:scripted/a": (1450, 1400, 1500),
        },
        game="othello",
    )
    take_over(tournament=found)
    rows = {row.level: row for row in Rating.objects.exclude(agent="")}
    assert {key: row.rating for key, row in rows.items()} == {"a": 1500, "b": 1600, "c": 1550}
    assert rows["b"].deviation == pytest.approx(30)
    assert rows["c"].deviation == LEAST_DEVIATION
    assert {key: row.matches for key, row in rows.items()} == {"a": 7, "b": 7, "c": 0}
    assert list(Rating.objects.ladder("othello")[:2]) == [rows["b"], rows["c"]]
    member.refresh_from_db()
    assert member.rating == 1620
    found.refresh_from_db()
    assert found.taken_over_at <= timezone.now()


def test_taken_over_twice_is_taken_over_once(scripted_levels):
    found = make_played(
        {"builtin:scripted/b": (1600, 1500, 1700), "builtin:scripted/a": (1400, 1300, 1500)},
        game="othello",
    )
    for _ in range(2):
        take_over(tournament=found)
        assert {row.level: row.rating for row in Rating.objects.all()} == {"a": 1400, "b": 1600}


def test_levels_with_a_measured_rating_count_for_the_mean(scripted):
    """The level slow was measured at 1800."""
    scripted()
    found = make_played(
        {"builtin:scripted/slow": (1550, 1500, 1600), "builtin:scripted/quick": (1450, 1400, 1500)},
        game="othello",
    )
    take_over(tournament=found)
    assert {row.level: row.rating for row in Rating.objects.all()} == {"slow": 1800, "quick": 1700}


def test_only_a_tournament_that_was_played_to_its_end_is_taken_over():
    found = make_played({MEDIUM: (1550, 1500, 1600), EASY: (1450, 1400, 1500)})
    set_state(found, Job.State.CANCELLED)
    with pytest.raises(TournamentRefused, match="played to its end"):
        take_over(tournament=found)
    assert not Rating.objects.exists()


def test_a_level_that_is_gone_is_not_taken_over(scripted_levels, monkeypatch):
    found = make_played(
        {"builtin:scripted/b": (1600, 1500, 1700), "builtin:scripted/a": (1400, 1300, 1500)},
        game="othello",
    )
    scripted_levels("b")
    take_over(tournament=found)
    assert [row.level for row in Rating.objects.all()] == ["b"]
    scripted_levels("x", "y")
    with pytest.raises(TournamentRefused, match="any more"):
        take_over(tournament=found)
