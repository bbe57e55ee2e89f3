"""What was served and what became of it, on the dashboard."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from recommendations.models import Experiment
from tests.factories import make_event, make_experiment, make_served, make_titles, make_user
from tests.platform.recommendations.pages import text_of

pytestmark = pytest.mark.django_db
PAGE = "/dashboard/served/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def serve(user, titles, *, opened=0, ago=HOUR, **changes):
    at = timezone.now() - ago
    served = make_served(user, titles, at=at, **changes)
    for place, title in enumerate(titles):
        kind = "click" if place < opened else "impression"
        make_event(user, title, kind, list_id=served.list_id, now=at)
    return served


@pytest.fixture
def titles():
    return make_titles(4)


def test_the_headline_says_how_much_members_open_and_how_sure_that_is(staff_client, titles):
    for opened in (1, 1, 0, 0):
        serve(make_user(), titles, opened=opened)
    page = text_of(staff_client, PAGE)
    assert "People open 12.5 % of the titles they see." in page
    assert "95 % interval" in page
    assert "4 lists in the last 7 days, to 4 people" in page


def test_shelves_rungs_and_artifacts_are_named_as_people_read_them(staff_client, titles):
    serve(make_user(), titles)
    serve(make_user(), titles, shelf="genre-drama", rung="popular", artifact="")
    serve(make_user(), titles, surface="list", shelf="", rung="new-rung")
    page = text_of(staff_client, PAGE)
    for words in ["Home: Picked for you", "Home: Drama", ">List<", ">Personal<", ">Popular<",
                  "new-rung", ">first<", "No model"]:  # fmt: skip
        assert words in page, words


@pytest.mark.parametrize(("days", "shown"), [("7", 0), ("30", 1), ("90", 1), ("x", 0), ("", 0)])
def test_the_period_is_chosen(days, shown, staff_client, titles):
    serve(make_user(), titles, ago=20 * DAY)
    page = text_of(staff_client, f"{PAGE}?days={days}")
    assert ("No lists in this period" not in page) is bool(shown)


def test_before_anything_is_served_the_page_says_what_will_be_here(staff_client):
    page = text_of(staff_client, PAGE)
    assert "Nothing was served in the last 7 days." in page
    assert "No lists in this period" in page
    assert "Newest lists" not in page


def test_lists_that_nobody_was_seen_to_look_at_have_no_rate(staff_client, titles):
    make_served(None, titles, at=timezone.now() - HOUR, visitor="f00d")
    page = text_of(staff_client, PAGE)
    assert "nobody has been seen to look at one" in page
    assert "nothing seen" in page


def test_the_newest_fifty_lists_say_for_whom_and_of_which_arm(staff_client, titles):
    running = make_experiment(name="Wider", state=Experiment.State.RUNNING)
    for _ in range(51):
        make_served(None, titles, at=timezone.now() - DAY)
    make_served(make_user(name="Ada"), titles, at=timezone.now(), experiment=running, arm="B")
    page = text_of(staff_client, PAGE)
    assert page.count("a visitor") == 49
    assert "Ada" in page
    assert "Wider, B" in page


def test_arms_are_told_apart_when_an_experiment_has_run(staff_client, titles):
    serve(make_user(), titles)
    assert "By arm" not in text_of(staff_client, PAGE)
    wider = make_experiment(name="Wider")
    for arm, opened in (("B", 2), ("A", 0)):
        serve(make_user(), titles, opened=opened, experiment=wider, arm=arm)
    page = text_of(staff_client, PAGE)
    assert "By arm" in page
    assert 0 < page.index(">Wider, A<") < page.index(">Wider, B<")


def test_a_period_is_no_promise_to_forget_on_the_day(staff_client):
    assert "Every list is kept for at least 90 days." in text_of(staff_client, PAGE)


@pytest.mark.parametrize("count", [2, 20])
def test_the_page_takes_the_same_queries_for_any_number_of_lists(
    count, staff_client, titles, django_assert_max_num_queries
):
    for number in range(count):
        of_arm = {"experiment": make_experiment(), "arm": "A"}
        make_served(make_user(), titles, at=timezone.now(), shelf=f"shelf-{number}", **of_arm)
    with django_assert_max_num_queries(7):
        staff_client.get(PAGE)


def test_staff_come_in_members_find_nothing_and_visitors_log_in(member_client, staff_client):
    assert staff_client.get(PAGE).status_code == 200
    assert member_client.get(PAGE).status_code == 404
    assert "login" in Client().get(PAGE)["Location"]
