"""Pages for staff that train agents, watch them learn, publish and roll back."""

import json
import re

import pytest
from django.urls import reverse

from arcade.serving import agents_of
from arcade.training_models import Agent, AgentRun
from jobs.models import Job
from tests.factories import make_user
from tests.platform.arcade.training import GAME, make_done_run, make_run
from tests.platform.studio.training import words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_state")]
LIST = "/dashboard/agents/"
HTMX = {"HX-Request": "true"}
FORM = {"game": GAME, "preset": "tiny", "minutes": "5", "seed": "7"}
POINT = {
    "round": 1,
    "seconds": 90.0,
    "games_a_second": 3.5,
    "policy_loss": 1.2,
    "value_loss": 0.8,
}
MEASURED = {"rating": 120.5, "value_kept_1": 0.5, "value_kept_64": 0.735}


def make_watched(*, state: str = "running", **changes) -> AgentRun:
    """After two rounds, the second of them measured."""
    run = make_run(game="connect-four", preset="game", minutes=100)
    curve = [POINT, {**POINT, **MEASURED, "round": 2, "seconds": 180.0}]
    newest = {"round": 2, "seconds": 180.0, "value_kept_64": 0.735}
    AgentRun.objects.filter(pk=run.pk).update(curve=curve, newest=newest, **changes)
    Job.objects.filter(pk=run.job_id).update(state=state, progress=0.5, message="Round 2 of 4")
    return AgentRun.objects.get(pk=run.pk)


def chart_of(page: str, name: str) -> dict:
    return json.loads(re.search(rf'<script id="{name}"[^>]*>(.*?)</script>', page)[1])


def test_starting_makes_one_run_however_often_the_button_is_pressed(staff_client):
    for _ in range(2):
        answer = staff_client.post(f"{LIST}start/", FORM | {"key": "a", "note": "a first one"})
    run = AgentRun.objects.get()
    assert answer.url == run.get_absolute_url()
    assert (run.game, run.preset, run.minutes, run.seed) == (GAME, "tiny", 5, 7)
    assert (run.job.queue, run.job.state) == (Job.Queue.HEAVY, Job.State.QUEUED)
    assert f"Run {run.pk} a first one" in words_of(staff_client, LIST)


@pytest.mark.parametrize(
    "wrong", [{"minutes": "601"}, {"minutes": "0"}, {"preset": "huge"}, {"game": "kuhn-poker"}]
)
def test_a_wrong_wish_is_told_and_kept(wrong, staff_client):
    answer = staff_client.post(f"{LIST}start/", FORM | {"note": "mine"} | wrong)
    assert answer.status_code == 422
    assert 'value="mine"' in answer.content.decode()
    assert not AgentRun.objects.exists()


def test_empty_pages_say_what_to_do(staff_client):
    assert "Train one below, then publish it" in words_of(staff_client, LIST)
    page = words_of(staff_client, make_run().get_absolute_url())
    assert "Curves appear after the first round" in page
    assert "Members play against it at once" not in page


def test_the_list_tells_how_far_runs_are(staff_client):
    run = make_watched()
    make_run()
    page = words_of(staff_client, LIST)
    assert f"Run {run.pk} Connect Four running, 50 % 2 3.0 of 100 73.5 %" in page
    assert "Tic-tac-toe tiny waiting 0 0.0 of 5 –" in page


def test_a_run_under_way_shows_its_curves(staff_client):
    run = make_watched()
    page = staff_client.get(run.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 5s"' in page
    assert chart_of(page, "losses")["x"] == [1, 2]
    assert chart_of(page, "speed")["series"][0]["y"] == [3.5, 3.5]
    assert chart_of(page, "rating") == {
        "x": [2],
        "counted": True,
        "series": [{"label": "Elo above the first network", "y": [120.5]}],
    }
    assert [line["y"] for line in chart_of(page, "kept")["series"]] == [[0.735], [0.5]]
    assert "Round 2 of 4" in page


def test_what_was_not_measured_has_no_chart(staff_client):
    run = make_watched()
    AgentRun.objects.update(curve=[POINT])
    page = staff_client.get(run.get_absolute_url()).content.decode()
    assert 'id="losses"' in page
    assert 'id="kept"' not in page
    assert 'id="rating"' not in page


def test_the_moving_part_comes_alone_and_the_page_anew_when_a_job_has_ended(staff_client):
    run = make_watched()
    address = reverse("agent_panel", args=[run.pk])
    answer = staff_client.get(f"{address}?state=running-", headers=HTMX)
    assert "HX-Refresh" not in answer
    assert "<h1" not in answer.content.decode()
    assert chart_of(answer.content.decode(), "losses")["x"] == [1, 2]
    Job.objects.filter(pk=run.job_id).update(state=Job.State.DONE)
    assert staff_client.get(f"{address}?state=running-", headers=HTMX)["HX-Refresh"] == "true"


def test_a_stopped_run_says_what_is_kept_and_goes_on_by_a_button(staff_client):
    run = make_watched(state="cancelled")
    assert "learnt in 2 rounds is kept" in words_of(staff_client, run.get_absolute_url())
    staff_client.post(reverse("job_retry", args=[run.job_id]))
    run.job.refresh_from_db()
    assert run.job.state == Job.State.QUEUED


def test_the_ratings_of_a_run_s_levels_stand_beside_openspiel_s(staff_client, trained_agents):
    run = make_done_run(trained_agents[0])
    row = {"rating": 1600.4, "low": 1550, "high": 1650, "score": 0.755}
    row |= {"milliseconds_median": 1.2, "milliseconds_p95": 3.4}
    contenders = [{"name": "medium", **row}, {"name": "rollouts:beginner", **row, "rating": 1400}]
    AgentRun.objects.update(report={"contenders": contenders, "games": 20})
    page = words_of(staff_client, run.get_absolute_url())
    assert "Medium 1600 1550 – 1650 76 % 1.2 / 3.4" in page
    assert "OpenSpiel's search, beginner 1400" in page


def test_staff_publish_and_roll_back(staff_client, trained_agents):
    runs = [make_done_run(artifact) for artifact in trained_agents]
    for run, name in zip(runs, "AB", strict=True):
        answer = staff_client.post(f"{run.get_absolute_url()}publish/", {"name": f"Ada {name}"})
        assert answer.url == run.get_absolute_url()
    assert "plays now as Ada B" in words_of(staff_client, runs[1].get_absolute_url())
    assert Agent.objects.current().get().published_by.is_staff
    page = words_of(staff_client, LIST)
    assert f"Ada B Tic-tac-toe plays now Run {runs[1].pk}" in page
    assert f"Ada A Tic-tac-toe kept Run {runs[0].pk}" in page
    for playing in ("Ada A plays now.", "Minimax plays now."):
        answer = staff_client.post(reverse("agent_roll_back", args=[GAME]), follow=True)
        assert playing in answer.content.decode()
    assert "Minimax Tic-tac-toe plays now the site itself" in words_of(staff_client, LIST)
    answer = staff_client.post(reverse("agent_roll_back", args=[GAME]), follow=True)
    assert "Nothing that was published plays" in answer.content.decode()


def test_a_wrong_publishing_is_told(staff_client, trained_agents):
    run = make_done_run(trained_agents[0])
    answer = staff_client.post(f"{run.get_absolute_url()}publish/", {"name": ""})
    assert answer.status_code == 422
    unfinished = make_watched()
    answer = staff_client.post(
        f"{unfinished.get_absolute_url()}publish/", {"name": "Ada"}, follow=True
    )
    assert "has not come to its end" in answer.content.decode()
    assert not Agent.objects.exists()


def test_a_list_of_many_asks_as_often_as_a_list_of_few(
    staff_client, trained_agents, django_assert_max_num_queries
):
    counts = []
    agents_of(GAME)  # this process knows which agents play
    for number in (2, 12):
        for _ in range(number):
            run = make_done_run(trained_agents[0], owner=make_user(is_staff=True))
            agent = Agent.objects.create(
                game=GAME, sha256=str(run.pk), name="A", published_at=run.created_at
            )
            AgentRun.objects.filter(pk=run.pk).update(published=agent)
        with django_assert_max_num_queries(30) as asked:
            staff_client.get(LIST)
        counts.append(len(asked))
    assert counts[0] == counts[1]
