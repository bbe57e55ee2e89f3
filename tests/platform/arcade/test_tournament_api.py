"""Tournaments over the API: members look, staff start, go on and take ratings over."""

import pytest
from celery import current_app

from arcade.models import Rating
from arcade.tournament_models import Tournament
from jobs.models import Job
from tests.factories import make_user
from tests.platform.api.conftest import Api
from tests.platform.arcade.tournaments import (
    LEVELS,
    fresh,
    make_played,
    make_tournament,
    set_state,
)

pytestmark = pytest.mark.django_db
RATINGS = {"shipped/medium": (1600, 1500, 1700), "builtin:random/random": (1400, 1300, 1500)}
PATH = "arcade/tournaments/"
BODY = {"game": "tic-tac-toe", "contenders": LEVELS, "games": 4, "key": "a"}


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path, monkeypatch):
    settings.STATE_DIR = tmp_path
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)


@pytest.fixture
def staff(db) -> Api:
    return Api(make_user(is_staff=True))


def test_staff_start_one_and_the_same_key_starts_no_other(staff):
    begun = staff.post(PATH, BODY)
    assert begun.status_code == 201, begun.json()
    shown = begun.json()
    assert (shown["game"], shown["contenders"]) == ("tic-tac-toe", [*LEVELS[1:], LEVELS[0]])
    assert (shown["all_games"], shown["played"], shown["table"]) == (12, 0, {})
    assert shown["job"]["state"] == "queued"
    again = staff.post(PATH, BODY)
    assert (again.status_code, again.json()["id"]) == (200, shown["id"])
    assert Tournament.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"game": "kuhn-poker"}, "game"),
        ({"contenders": ["x/y", *LEVELS]}, "contenders"),
        ({"contenders": LEVELS[:1]}, "contenders"),
        ({"games": 5}, "games"),
        ({"opening": -1}, "opening"),
    ],
)
def test_a_wrong_field_is_named(staff, changes, field):
    answer = staff.post(PATH, BODY | changes)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Tournament.objects.exists()


def test_members_see_what_is_played_and_was_played_only(owner, staff):
    found = {state: make_tournament() for state in Job.State.values}
    for state, one in found.items():
        set_state(one, state)
    seen = {row["id"] for row in owner.get(PATH).json()["results"]}
    assert seen == {found["running"].pk, found["done"].pk}
    assert len(staff.get(PATH).json()["results"]) == 5
    for state, one in found.items():
        expected = 200 if state in ("running", "done") else 404
        assert owner.get(f"{PATH}{one.pk}/").status_code == expected
        assert staff.get(f"{PATH}{one.pk}/").status_code == 200


def test_one_that_makes_room_for_other_work_stays_in_sight(owner):
    found = make_tournament()
    Job.objects.filter(pk=found.job_id).update(attempt=1)
    assert owner.get(f"{PATH}{found.pk}/").json()["job"]["state"] == "queued"


def test_the_table_is_told(owner):
    table = owner.get(f"{PATH}{make_played(RATINGS).pk}/").json()["table"]
    assert [row["name"] for row in table["contenders"]] == list(RATINGS)
    assert table["contenders"][0]["rating"] == 1600


def test_members_start_and_change_nothing(owner):
    played = make_played(RATINGS)
    for path in (PATH, f"{PATH}{played.pk}/retry/", f"{PATH}{played.pk}/take-over/"):
        assert owner.post(path, BODY).status_code == 403
    assert Tournament.objects.count() == 1
    assert not Rating.objects.exists()


def test_ratings_are_taken_over_and_the_ladder_tells_where_from(staff):
    played = make_played(RATINGS)
    taken = staff.post(f"{PATH}{played.pk}/take-over/").json()["results"]
    assert [(row["agent"], row["level"]) for row in taken] == [
        ("shipped", "medium"),
        ("builtin:random", "random"),
    ]
    ladder = staff.get("arcade/ladder/tic-tac-toe/").json()["results"]
    assert [(row["measured_in"], row["matches"]) for row in ladder] == [(played.pk, 0)] * 2


def test_what_was_not_played_to_its_end_is_not_taken_over_but_goes_on(staff):
    stopped = make_tournament()
    set_state(stopped, Job.State.CANCELLED)
    assert staff.post(f"{PATH}{stopped.pk}/take-over/").status_code == 409
    assert staff.post(f"{PATH}{stopped.pk}/retry/").json()["job"]["state"] == "queued"
    assert fresh(stopped).job.state == Job.State.QUEUED


@pytest.mark.parametrize("path", [PATH, f"{PATH}1/"])
def test_visitors_see_none(anonymous, path):
    assert anonymous.get(path).status_code == 401
