"""What a training left plays against members, is rolled back, and finishes what it began."""

import shutil

import pytest
from django.urls import reverse

from arcade import serving
from arcade.loading import agents_folder
from arcade.models import Match
from arcade.opponents import opponents_of
from arcade.services import MatchRefused, Wish, make_move, rematch, resign, start_match
from arcade.serving import agent_name, agents_of
from arcade.training_models import Agent
from arcade.training_services import (
    AgentRefused,
    artifact_of,
    publish_run,
    published_folder,
    roll_back,
)
from jobs.models import Job
from tests.factories import client_of
from tests.platform.arcade.training import GAME, make_agent, make_done_run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_state"), pytest.mark.slow]
SHIPPED = ["shipped", "builtin:rollouts", "builtin:random"]


def test_a_published_agent_is_chosen_first_under_its_name(trained_agents, member):
    assert list(agents_of(GAME)) == SHIPPED
    agent = make_agent(trained_agents[0], " Ada ")
    assert list(agents_of(GAME)) == [agent.key, *SHIPPED]
    assert opponents_of(GAME)[0].name == "Ada"
    page = client_of(member).get(f"{reverse('arcade_new')}?game={GAME}").content.decode()
    assert page.index("Ada") < page.index("Minimax")
    assert list(agents_of("othello"))[0] != agent.key


def test_publishing_replaces_and_rolling_back_leads_to_the_one_before(trained_agents):
    first, second = (
        make_agent(artifact, name) for artifact, name in zip(trained_agents, "AB", strict=True)
    )
    assert list(agents_of(GAME))[0] == second.key
    assert roll_back(game=GAME) == first
    assert list(agents_of(GAME))[0] == first.key
    assert roll_back(game=GAME) is None
    assert list(agents_of(GAME)) == SHIPPED
    with pytest.raises(AgentRefused, match="Nothing that was published plays"):
        roll_back(game=GAME)
    assert {agent.state for agent in Agent.objects.all()} == {Agent.State.WITHDRAWN}


def test_a_withdrawn_agent_is_no_stop_on_the_way_back(trained_agents):
    run = make_done_run(trained_agents[0])
    publish_run(run=run, name="A")
    roll_back(game=GAME)
    make_agent(trained_agents[1], "B")
    assert roll_back(game=GAME) is None


def test_one_whose_files_are_gone_is_passed_over(trained_agents):
    first = make_agent(trained_agents[0], "A")
    make_agent(trained_agents[1], "B")
    shutil.rmtree(published_folder(first))
    assert roll_back(game=GAME) is None
    assert list(agents_of(GAME)) == SHIPPED


def test_the_same_network_again_is_the_same_agent_made_whole(trained_agents):
    run = make_done_run(trained_agents[0])
    first = publish_run(run=run, name="Ada")
    shutil.rmtree(published_folder(first))
    assert list(agents_of(GAME)) == SHIPPED
    again = publish_run(run=run, name="Grace")
    assert (again, Agent.objects.count()) == (first, 1)
    assert agent_name(GAME, first.key) == "Grace"


def test_a_process_learns_from_the_database_which_agent_plays(trained_agents, monkeypatch):
    """Another process has published; nobody tells this one."""
    agent = make_agent(trained_agents[0])
    assert list(agents_of(GAME))[0] == agent.key
    Agent.objects.update(state=Agent.State.WITHDRAWN)
    assert list(agents_of(GAME))[0] == agent.key  # it looks once a second
    monkeypatch.setattr(serving, "POLL_SECONDS", 0.0)
    assert list(agents_of(GAME)) == SHIPPED


def test_a_withdrawn_agent_finishes_its_match_and_begins_no_other(trained_agents, member):
    agent = make_agent(trained_agents[0])
    wish = Wish(GAME, agent.key, "medium", side=0)
    match = start_match(owner=member, wish=wish)
    roll_back(game=GAME)
    match = make_move(match=match, user=member, action=4, ply=0)
    assert match.ply == 2  # it has answered
    page = client_of(member).get(match.get_absolute_url()).context["page"]
    assert page.level_name == "Medium"
    with pytest.raises(MatchRefused, match="no agent"):
        start_match(owner=member, wish=wish)
    match = resign(match=match, user=member)
    with pytest.raises(MatchRefused, match="no agent"):
        rematch(match=match, user=member)
    assert Match.objects.count() == 1


@pytest.mark.parametrize("key", ["agent-0", "agent-999999", "other", "../agents/other"])
def test_a_key_that_is_none_loads_nothing(key, trained_agents):
    shutil.copytree(trained_agents[0], agents_folder() / "other")
    assert agent_name(GAME, key) == key


def test_a_published_agent_plays_no_other_game(trained_agents):
    agent = make_agent(trained_agents[0])
    assert agent_name("connect-four", agent.key) == agent.key


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        ("nameless", "need a name"),
        ("unfinished", "has not come to its end"),
        ("gone", "missing or damaged"),
        ("altered", "missing or damaged"),
    ],
)
def test_what_cannot_play_is_refused(trained_agents, harm, reason):
    run = make_done_run(trained_agents[0])
    if harm == "unfinished":
        run.job.state = Job.State.RUNNING
    if harm == "gone":
        shutil.rmtree(artifact_of(run))
    if harm == "altered":
        (artifact_of(run) / "network.onnx").write_bytes(b"x")
    with pytest.raises(AgentRefused, match=reason):
        publish_run(run=run, name=" " if harm == "nameless" else "Ada")
    assert not Agent.objects.exists()
    assert list(agents_of(GAME)) == SHIPPED
