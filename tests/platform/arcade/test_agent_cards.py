"""The page of an agent, for everybody."""

import pytest
from django.urls import reverse

from arcade.models import Rating
from arcade.serving import agents_of
from arcade.training_services import roll_back
from genai.games.rules import GAMES
from tests.factories import client_of, make_user
from tests.platform.arcade.matches import make_match
from tests.platform.arcade.training import GAME, make_agent
from tests.platform.studio.training import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_state"), pytest.mark.slow]


def address(game: str, key: str) -> str:
    return reverse("arcade_agent", args=[game, key])


@pytest.mark.parametrize("game", GAMES)
def test_every_agent_that_can_be_chosen_has_a_page_for_everybody(game, member):
    for key, agent in agents_of(game).items():
        for client in (client_of(None), client_of(member)):
            page = words_of(client, address(game, key))
            assert agent.name in page
            assert all(level.name in page for level in agent.levels)


@pytest.mark.parametrize(
    ("game", "key"),
    [("chess", "shipped"), (GAME, "agent-1"), (GAME, "shipped-2"), ("othello", "builtin:minimax")],
)
def test_what_cannot_be_chosen_has_none(game, key):
    assert client_of(None).get(address(game, key)).status_code == 404


def test_a_published_agent_tells_how_it_learnt(trained_agents):
    agent = make_agent(trained_agents[0])
    answer = client_of(None).get(agent.get_absolute_url())
    page = words_of(client_of(None), agent.get_absolute_url())
    assert "learnt by playing against itself" in page
    assert "Rounds of self-play 3" in page
    assert "Games against itself 48" in page
    assert "CPU-second" in page
    assert len(answer.context["card"].charts["rating"]["x"]) == 3
    roll_back(game=GAME)
    assert client_of(None).get(agent.get_absolute_url()).status_code == 404


def test_poker_levels_tell_how_far_they_can_be_exploited():
    page = words_of(client_of(None), address("leduc-poker", "shipped"))
    assert "Exploitable by" in page
    assert "1.7935" in page
    assert "14 CPU-seconds" in page


def test_measured_and_ladder_ratings_and_the_score_against_members(member):
    level = {"agent": "shipped", "level": "beginner"}
    over = {"state": "over", "ended_by": "rules"} | level
    for outcome in (1, 1, 0, -1):
        make_match(member, outcome=outcome, **over)  # the member is side 0
    make_match(member, side=1, outcome=1, **over)
    make_match(member, outcome=-1, is_rated=False, **over)
    make_match(member, **level)
    Rating.objects.create(game=GAME, matches=5, rating=1480.2, deviation=50, **level)
    page = words_of(client_of(None), address(GAME, "shipped"))
    assert "Won 2 Drawn 1 Lost 2 Score 50 %" in page
    measured = agents_of(GAME)["shipped"].levels[0]
    spread = (measured.high - measured.low) / 2
    assert f"{measured.rating:.0f} ± {spread:.0f} 1480 ± 98 2 / 1 / 2" in page


def test_the_choice_of_a_level_and_the_ladder_lead_to_it(member):
    client = client_of(member)
    link = f'href="{address(GAME, "shipped")}"'
    assert link in client.get(f"{reverse('arcade_new')}?game={GAME}").content.decode()
    Rating.objects.create(game=GAME, agent="shipped", level="beginner", matches=1)
    assert link in client.get(reverse("arcade_ladder", args=[GAME])).content.decode()


def test_no_name_of_a_member_is_on_it():
    member = make_user(name="Zebedee")
    make_match(member, state="over", ended_by="rules", outcome=1, agent="shipped", level="beginner")
    page = client_of(None).get(address(GAME, "shipped")).content.decode()
    assert "Zebedee" not in page
    assert member.email not in page
