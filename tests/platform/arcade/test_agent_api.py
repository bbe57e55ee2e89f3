"""Trainings of agents and their cards as JSON."""

import pytest

from arcade.models import Rating
from arcade.serving import agents_of
from arcade.training_models import Agent, AgentRun
from arcade.training_services import queue_rating
from jobs.models import Job
from tests.factories import client_of, make_user
from tests.platform.arcade.matches import make_match
from tests.platform.arcade.training import GAME, make_agent, make_done_run, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_state"), pytest.mark.slow]
RUNS, AGENTS = "/api/v1/arcade/agent-runs/", "/api/v1/arcade/agents/"


def send(client, address: str, body: dict):
    return client.post(address, body, content_type="application/json")


def test_one_key_starts_one_run(staff_client):
    wish = {"game": GAME, "preset": "tiny", "minutes": 5, "key": "once"}
    first, second = (send(staff_client, RUNS, wish) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    run = AgentRun.objects.get()
    assert first.json()["job"]["state"] == "queued"
    assert (run.minutes, run.preset, run.job.queue) == (5, "tiny", Job.Queue.HEAVY)


def test_wrong_wishes_are_told_by_field(staff_client):
    wish = {"game": "leduc-poker", "preset": "huge", "minutes": 601, "seed": -1}
    answer = send(staff_client, RUNS, wish)
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"game", "preset", "minutes", "seed"}


def test_a_run_is_told_whole_and_in_a_line(staff_client, trained_agents):
    run = make_done_run(trained_agents[0])
    found = staff_client.get(f"{RUNS}{run.pk}/").json()
    assert [point["round"] for point in found["curve"]] == [1, 2, 3]
    assert found["facts"]["games"] == 48
    assert (found["report"], found["published"], found["rating"]) == ({}, None, None)
    (line,) = staff_client.get(RUNS).json()["results"]
    assert (line["id"], line["newest"]["round"]) == (run.pk, 3)
    assert not line.keys() & {"curve", "facts", "report"}  # only its own address has them


def test_a_run_is_cancelled_and_goes_on(staff_client):
    address = f"{RUNS}{make_run().pk}/"
    assert staff_client.post(f"{address}cancel/").json()["job"]["state"] == "cancelled"
    assert staff_client.post(f"{address}resume/").json()["job"]["state"] == "queued"


def test_a_rating_is_cancelled_and_goes_on_while_the_training_stays_done(
    staff_client, trained_agents
):
    run = make_done_run(trained_agents[0])
    queue_rating(run=run, owner=None)
    address = f"{RUNS}{run.pk}/"
    for verb, state in (("cancel", "cancelled"), ("resume", "queued")):
        found = staff_client.post(f"{address}{verb}/").json()
        assert (found["job"]["state"], found["rating"]["state"]) == ("done", state)


def test_publishing_and_rolling_back(staff_client, trained_agents):
    keys = []
    for artifact, name in zip(trained_agents, ("Ada", "Grace"), strict=True):
        run = make_done_run(artifact)
        found = send(staff_client, f"{RUNS}{run.pk}/publish/", {"name": name}).json()
        assert (found["name"], found["state"]) == (name, "current")
        keys.append(found["key"])
    newest, oldest = staff_client.get(AGENTS).json()["results"]
    assert (newest["key"], newest["state"]) == (keys[1], "current")
    assert (oldest["key"], oldest["state"]) == (keys[0], "kept")
    address = f"{AGENTS}{GAME}/roll-back/"
    assert staff_client.post(address).json() == {"key": keys[0], "name": "Ada"}
    assert staff_client.post(address).json() == {"key": "shipped", "name": "Minimax"}
    assert staff_client.post(address).status_code == 409
    assert staff_client.post(f"{AGENTS}chess/roll-back/").status_code == 404
    unfinished = f"{RUNS}{make_run().pk}/publish/"
    assert send(staff_client, unfinished, {"name": "Ada"}).status_code == 409
    assert send(staff_client, unfinished, {}).status_code == 400


def test_games_list_the_published_agent_first_and_a_match_with_it_begins(member, trained_agents):
    agent = make_agent(trained_agents[0])
    client = client_of(member)
    games = client.get("/api/v1/arcade/games/").json()["results"]
    (game,) = (game for game in games if game["key"] == GAME)
    assert (game["agents"][0]["key"], game["agents"][0]["name"]) == (agent.key, "Ada")
    wish = {"game": GAME, "agent": agent.key, "level": "beginner", "side": 1}
    match = send(client, "/api/v1/arcade/matches/", wish).json()
    assert len(match["actions"]) == 1


def test_everybody_may_read_the_card_of_an_agent(member, trained_agents):
    level = {"agent": "shipped", "level": "beginner"}
    make_match(member, state="over", ended_by="rules", outcome=-1, **level)
    Rating.objects.create(game=GAME, matches=1, rating=1480.0, deviation=50, **level)
    card = client_of(None).get(f"{AGENTS}{GAME}/shipped/").json()
    assert (card["name"], card["score"]) == ("Minimax", {"won": 1, "drawn": 0, "lost": 0})
    assert card["levels"][0]["ladder"]["rating"] == 1480.0
    agent = make_agent(trained_agents[0])
    card = client_of(None).get(f"{AGENTS}{GAME}/{agent.key}/").json()
    assert [point["round"] for point in card["curve"]] == [1, 2, 3]
    assert len(card["levels"]) == len(agents_of(GAME)[agent.key].levels)
    poker = client_of(None).get(f"{AGENTS}kuhn-poker/shipped/").json()
    assert poker["levels"][0]["exploitability"] > 0
    assert client_of(None).get(f"{AGENTS}{GAME}/agent-9/").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("visitor", 401)])
def test_others_are_refused(who, status, trained_agents):
    run = make_done_run(trained_agents[0])
    client = client_of(make_user() if who == "member" else None)
    address = f"{RUNS}{run.pk}/"
    for answer in (
        client.get(RUNS),
        send(client, RUNS, {"game": GAME, "minutes": 5}),
        client.get(address),
        send(client, f"{address}publish/", {"name": "Ada"}),
        client.post(f"{address}cancel/"),
        client.post(f"{address}resume/"),
        client.get(AGENTS),
        client.post(f"{AGENTS}{GAME}/roll-back/"),
    ):
        assert answer.status_code == status
    assert (AgentRun.objects.count(), Agent.objects.count()) == (1, 0)


def test_a_list_of_many_asks_as_often_as_a_list_of_few(staff_client, django_assert_max_num_queries):
    counts = []
    for number in (2, 18):
        for _ in range(number):
            make_run()
        with django_assert_max_num_queries(12) as asked:
            staff_client.get(RUNS)
        counts.append(len(asked))
    assert counts[0] == counts[1]
