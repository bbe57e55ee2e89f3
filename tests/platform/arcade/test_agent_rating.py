"""The levels of a trained agent play for their ratings."""

import json

import pytest

from arcade import measuring_work
from arcade.opponents import level_choice
from arcade.training_models import AgentRun
from arcade.training_services import artifact_of, games_of, publish_run, queue_rating
from genai.games.serving import load_agent
from jobs.holding import Hold
from jobs.models import Job
from jobs.services import retry
from tests.factories import make_job
from tests.platform.arcade.training import GAME, make_done_run, rate

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_state"),
]
PAIRS = 10  # of three levels and two of OpenSpiel's search


@pytest.fixture
def run(trained_agents, monkeypatch) -> AgentRun:
    """Done, and about to be rated with few games."""
    monkeypatch.setattr(measuring_work, "GAMES_A_PAIR", 4)
    monkeypatch.setattr(measuring_work, "REPORT_SECONDS", 0.0)
    found = make_done_run(trained_agents[0])
    queue_rating(run=found, owner=found.job.owner)
    return found


def each_game(monkeypatch, act) -> None:
    """act(number) before every game that is played, counted over all attempts."""
    real, counted = measuring_work.Arena._play, iter(range(1, 10_000))

    def play(self, *given):
        act(next(counted))
        return real(self, *given)

    monkeypatch.setattr(measuring_work.Arena, "_play", play)


def ratings_of(folder) -> list[float | None]:
    return [level.rating for level in load_agent(folder).levels]


def test_levels_are_rated_against_each_other_and_openspiel_s_search(run):
    assert ratings_of(artifact_of(run)) == [None] * 3
    run = rate(run)
    assert run.rating.state == Job.State.DONE, run.rating.error
    names = {row["name"] for row in run.report["contenders"]}
    assert {"rollouts:beginner", "rollouts:medium"} < names
    assert len(names) == 5
    rated = {row["name"]: row["rating"] for row in run.report["contenders"]}
    levels = load_agent(artifact_of(run)).levels
    assert [level.rating for level in levels] == [rated[level.key] for level in levels]
    assert run.rating.result["url"] == run.get_absolute_url()


def test_members_see_the_ratings_of_an_agent_that_was_published_before_them(run):
    agent = publish_run(run=run, name="Ada")
    level = load_agent(artifact_of(run)).levels[0].key
    assert level_choice(GAME, agent.key, level).rating is None
    run = rate(run)
    assert level_choice(GAME, agent.key, level).rating == ratings_of(artifact_of(run))[0]


def test_a_rating_that_was_killed_goes_on_after_its_last_game(run, monkeypatch):
    played = []

    class Killed(BaseException):
        pass

    def die(number: int) -> None:
        played.append(number)
        if number == 7:
            raise Killed

    each_game(monkeypatch, die)
    with pytest.raises(Killed):
        rate(run)
    with games_of(run).open("a") as file:
        file.write('{"pair": [0, 1], "ga')  # cut off
    Job.objects.filter(pk=run.rating_id).update(lease_until="2026-01-01T00:00Z")
    run = rate(run)
    assert run.rating.state == Job.State.DONE, run.rating.error
    assert len(played) == 4 * PAIRS + 1
    assert len(games_of(run).read_text().splitlines()) == 4 * PAIRS + 1


def test_games_of_other_levels_are_played_anew(run):
    games_of(run).write_text(json.dumps({"game": GAME, "levels": {}}) + "\n")
    assert rate(run).rating.state == Job.State.DONE


def test_a_cancelled_rating_stops_before_the_next_game_and_goes_on_later(run, monkeypatch):
    holds, played = [], []
    real = Hold.__init__

    def remember(self, job) -> None:
        real(self, job)
        holds.append(self)

    monkeypatch.setattr(Hold, "__init__", remember)

    def cancel(number: int) -> None:
        played.append(number)
        if number == 5:
            Job.objects.filter(pk=run.rating_id).update(cancel_requested=True)
            holds[-1].beat()

    each_game(monkeypatch, cancel)
    found = rate(run)
    assert (found.rating.state, len(played)) == (Job.State.CANCELLED, 5)
    assert ratings_of(artifact_of(run)) == [None] * 3
    retry(found.rating)
    assert rate(run).rating.state == Job.State.DONE
    assert len(played) == 4 * PAIRS


def test_a_rating_makes_room_for_other_heavy_work(run, monkeypatch):
    waiting = []

    def ask(number: int) -> None:
        if number == 5:
            waiting.append(make_job(queue="heavy", task="studio.tasks.read_dataset"))

    each_game(monkeypatch, ask)
    found = rate(run)
    assert (found.rating.state, found.report) == (Job.State.QUEUED, {})
    Job.objects.filter(pk=waiting[0].pk).update(state=Job.State.DONE)
    assert rate(run).rating.state == Job.State.DONE


def test_one_job_rates_a_run(run):
    first = run.rating_id
    assert queue_rating(run=run, owner=None).pk == first
