"""The pages of tournaments: who sees which, what a live table shows, starting, taking over."""

import pytest
from celery import current_app
from django.urls import reverse

from arcade.models import Rating
from arcade.tournament_models import Tournament
from jobs.models import Job
from tests.factories import client_of, make_user
from tests.platform.arcade.tournaments import LEVELS, make_played, make_tournament, set_state
from tests.platform.studio.training import words_of

pytestmark = pytest.mark.django_db
RATINGS = {
    "shipped/medium": (1650, 1600, 1700),
    "shipped/beginner": (1500, 1450, 1550),
    "builtin:random/random": (1350, 1300, 1400),
}
HTMX = {"HX-Request": "true"}
START = "/dashboard/tournaments/start/?game=tic-tac-toe"
FORM = {"contenders": LEVELS, "games": "4", "opening": "2", "seed": "0", "note": "", "key": "k"}


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)


@pytest.fixture
def staff_client(db):
    return client_of(make_user(is_staff=True))


def test_a_finished_table_shows_ratings_gaps_and_points_of_each_pair(member_client):
    found = make_played(RATINGS, note="before the summer")
    words = words_of(member_client, found.get_absolute_url())
    assert "After 12 of 12 games" in words
    assert "before the summer" in words
    first, second = words.index("Minimax, Medium"), words.index("Minimax, Beginner")
    assert first < second < words.index("Random")
    assert "1650" in words
    assert "+150 [5, 90] surely stronger" in words
    assert words.count("2 / 4") == 6
    assert "Take these ratings over" not in words


def test_a_running_table_is_fetched_again_until_the_job_ends(member_client):
    found = make_tournament()
    set_state(found, Job.State.RUNNING)
    address = found.get_absolute_url()
    page = member_client.get(address).content.decode()
    assert f'hx-get="{address}?state=running"' in page
    assert "The table appears once everybody has played." in page
    panel = member_client.get(f"{address}?state=running", headers=HTMX)
    assert "<h1" not in panel.content.decode()
    assert "HX-Refresh" not in panel.headers
    set_state(found, Job.State.DONE)
    panel = member_client.get(f"{address}?state=running", headers=HTMX)
    assert panel.headers["HX-Refresh"] == "true"
    assert "hx-get" not in panel.content.decode()


def test_members_find_what_is_played_and_was_played(member_client, staff_client):
    found = {state: make_tournament(note=f"it is {state}") for state in Job.State.values}
    for state, one in found.items():
        set_state(one, state)
    listed = words_of(member_client, reverse("arcade_tournaments"))
    shown = {state for state in found if f"it is {state}" in listed}
    assert shown == {"running", "done"}
    assert member_client.get(found["failed"].get_absolute_url()).status_code == 404
    all_of_them = words_of(staff_client, reverse("tournament_list"))
    assert all(f"it is {state}" in all_of_them for state in found)


def test_the_list_asks_once_for_all_its_lines(member_client, django_assert_max_num_queries):
    for _ in range(12):
        make_played(RATINGS)
    with django_assert_max_num_queries(8):
        member_client.get(reverse("arcade_tournaments"))


def test_staff_start_a_tournament_of_the_chosen_game(staff_client):
    page = staff_client.get("/dashboard/tournaments/?game=tic-tac-toe").content.decode()
    assert 'value="shipped/beginner" checked' in page
    assert 'value="builtin:random/random">' in page
    answer = staff_client.post(START, FORM)
    found = Tournament.objects.get()
    assert answer.url == found.get_absolute_url()
    assert [one["name"] for one in found.contenders] == [
        *("Minimax, Beginner", "Minimax, Medium", "Random")
    ]
    assert staff_client.post(START, FORM).url == answer.url
    assert Tournament.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"contenders": LEVELS[:1]}, "Choose from 2 to 12 levels."),
        ({"contenders": []}, "Choose the levels that are to play."),
        ({"contenders": ["x/y"]}, "Choose levels that there are."),
        ({"games": "7"}, "An even number from 2 to 200."),
    ],
)
def test_a_wrong_choice_starts_nothing_and_stays_filled_in(staff_client, changes, why):
    answer = staff_client.post(START, FORM | {"note": "kept"} | changes)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert 'value="kept"' in answer.content.decode()
    assert not Tournament.objects.exists()


@pytest.mark.parametrize("game", ["leduc-poker", "chess"])
def test_there_is_no_tournament_of_a_game_that_is_not_rated(staff_client, game):
    assert staff_client.get(f"/dashboard/tournaments/?game={game}").status_code == 404
    assert staff_client.post(f"/dashboard/tournaments/start/?game={game}", FORM).status_code == 404


def test_ratings_are_taken_over_after_a_question(staff_client, member_client):
    Rating.objects.create(
        game="tic-tac-toe", agent="shipped", level="medium", rating=1450, matches=2
    )
    found = make_played(RATINGS)
    assert "Take these ratings over" in words_of(staff_client, found.get_absolute_url())
    address = reverse("tournament_take_over", args=[found.pk])
    question = words_of(staff_client, address)
    assert "Minimax, Medium 1450" in question
    assert Rating.objects.count() == 1
    assert staff_client.post(address).url == reverse("arcade_ladder", args=["tic-tac-toe"])
    assert Rating.objects.count() == 3
    ladder = member_client.get(reverse("arcade_ladder", args=["tic-tac-toe"])).content.decode()
    assert ladder.count(f'href="{found.get_absolute_url()}"') == 3
    assert "The ladder took these ratings over" in words_of(member_client, found.get_absolute_url())


def test_a_tournament_that_goes_on_asks_no_question(staff_client):
    found = make_tournament()
    address = reverse("tournament_take_over", args=[found.pk])
    assert staff_client.get(address).url == found.get_absolute_url()
    assert staff_client.post(address).url == found.get_absolute_url()
    assert not Rating.objects.exists()
