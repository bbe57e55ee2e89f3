"""What an experiment has shown: who is counted in which arm, and what is said of it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from recommendations.experiment_results import Result, measure, result_of, verdict
from recommendations.experiment_services import stop_experiment
from recommendations.models import LoggedList
from tests.factories import make_event, make_experiment, make_served, make_titles, make_user
from tests.platform.recommendations.running import DAY, HOUR, NOW, make_running

pytestmark = pytest.mark.django_db


@pytest.fixture
def titles():
    return make_titles(4)


def serve(experiment, user, titles, arm, *, at=NOW - 10 * DAY, seen=4, opened=0, **changes):
    """A list whose first titles came into view, and the first of them were opened."""
    fields = {"experiment": experiment, "arm": arm} | changes
    served = make_served(user, titles, at=at, **fields)
    for place, title in enumerate(titles[:seen]):
        kind = "click" if place < opened else "impression"
        make_event(user, title, kind, list_id=served.list_id, now=at + HOUR)
    return served


def test_a_member_s_figure_is_the_share_opened_of_what_they_saw(titles):
    experiment = make_running()
    member = make_user()
    serve(experiment, member, titles, "A", seen=4, opened=1)
    serve(experiment, member, titles, "A", at=NOW - 9 * DAY, seen=1, opened=1)
    serve(experiment, make_user(), titles, "A", seen=2)
    serve(experiment, make_user(), titles, "B", seen=2, opened=1)
    result = measure(experiment, now=NOW)
    assert result.judged == (2, 1)
    assert result.means == pytest.approx((20.0, 50.0))  # (2 of 5 and 0 of 2), 1 of 2


def test_a_member_is_judged_once_their_days_are_over_and_by_those_days_only(titles):
    experiment = make_running(days=7)
    member = make_user()
    serve(experiment, member, titles, "A", at=NOW - 7 * DAY, opened=2)
    serve(experiment, member, titles, "A", at=NOW - HOUR, opened=4)  # after their days
    assert measure(experiment, now=NOW - timedelta(seconds=1)).judged == (0, 0)
    assert measure(experiment, now=NOW).means[0] == pytest.approx(50.0)


def test_lists_of_other_experiments_and_of_none_do_not_count(titles):
    experiment = make_running()
    member = make_user()
    serve(experiment, member, titles, "A", opened=1)
    serve(make_experiment(), member, titles, "B", opened=4)
    serve(None, member, titles, "", opened=4)
    assert measure(experiment, now=NOW).means[0] == pytest.approx(25.0)


def serve_many(experiment, n_a, n_b, **changes):
    LoggedList.objects.bulk_create(
        LoggedList(
            list_id=f"00000000-0000-0000-0000-{number:012d}", served_at=NOW, visitor=f"{number}",
            surface="home", rung="popular", experiment=experiment, title_ids=[], scores=[],
            sources=[], arm="A" if number < n_a else "B", **changes,
        )
        for number in range(n_a + n_b)
    )  # fmt: skip


@pytest.mark.parametrize(("n_a", "n_b", "is_off"), [(600, 400, True), (510, 490, False)])
def test_a_split_of_three_to_two_is_flagged(n_a, n_b, is_off):
    experiment = make_running()
    serve_many(experiment, n_a, n_b)
    result = measure(experiment, now=NOW)
    assert result.served == (n_a, n_b)
    assert result.is_ratio_off is is_off
    assert ("no figure here is to be trusted" in verdict(result).text) is is_off


def test_lists_of_one_person_are_one_person():
    experiment = make_running()
    serve_many(experiment, 3, 0)
    LoggedList.objects.update(visitor="same")
    assert measure(experiment, now=NOW).served == (1, 0)


@pytest.mark.slow
def test_a_difference_is_shown_and_kept_when_the_lists_are_forgotten(titles):
    experiment = make_running()
    for number in range(204):
        arm = "AB"[number % 2]
        opened = number // 2 % 2 + (1 if arm == "B" else 0)
        serve(experiment, make_user(password=None), titles, arm, opened=opened)
    result = measure(experiment, now=NOW)
    assert verdict(result).tone == "good"
    assert verdict(result).text.startswith("B is better than A after 200 members: +25.00 points")
    stop_experiment(experiment=experiment, by=None, now=NOW)
    LoggedList.objects.all().delete()
    experiment.refresh_from_db()
    assert result_of(experiment, now=NOW) == result
    assert experiment.verdict == verdict(result).text


def test_with_too_few_who_opened_anything_no_verdict_is_given():
    """A quarter is in B: of 39 openers it would have 9¾, of 40 ten."""
    few = Result((600, 200), 0.5, (600, 200), (0.1, 0.2), (), openers=(30, 9))
    assert verdict(few).tone == "warn"
    assert "Too few events yet to judge: 39 of 800 members opened" in verdict(few).text
    assert "which makes 9.8 for the smaller arm" in verdict(few).text
    assert "Too early to say" in verdict(replace(few, openers=(30, 10))).text  # the next hundred
    assert "Too early to say" in verdict(replace(few, judged=(600, 99), openers=(0, 0))).text


def test_members_who_opened_anything_are_counted_by_arm(titles):
    experiment = make_running()
    for arm, opened in (("A", 0), ("A", 1), ("A", 4), ("B", 0), ("B", 2)):
        serve(experiment, make_user(), titles, arm, opened=opened)
    assert measure(experiment, now=NOW).openers == (2, 1)


@pytest.mark.parametrize("openers", [(1, 0), None])
def test_figures_are_read_back_from_json_as_they_were(openers):
    result = Result((3, 4), 0.5, (1, 2), (10.0, 12.5), (), openers=openers)
    assert Result.read(json.loads(json.dumps(result.kept()))) == result
