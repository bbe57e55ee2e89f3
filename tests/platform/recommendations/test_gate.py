"""The gate: what keeps an artifact from going live, and how a person lets it past."""

import pytest

from recommendations.gate import verdict
from recommendations.models import Promotion
from recommendations.services import PromotionRefused, judge, promote, roll_back
from recommendations.work import promote_if_due
from tests.factories import make_user
from tests.platform.recommendations.pages import text_of
from tests.platform.recommendations.runs import (
    add_pair,
    make_artifact,
    make_report,
    make_run,
    make_whole_report,
)

AHEAD, EVEN, BEHIND = (0.002, 0.008), (-0.002, 0.006), (-0.009, -0.001)
WHY = "The old one shows titles that we may no longer show."


@pytest.mark.parametrize(
    ("live", "popular", "standing"),
    [
        (AHEAD, AHEAD, "good"),
        (EVEN, AHEAD, "warn"),
        (AHEAD, EVEN, "warn"),
        ((0.0, 0.0), AHEAD, "warn"),  # the same recipe
        (BEHIND, AHEAD, "bad"),
        (AHEAD, BEHIND, "bad"),
    ],
)
def test_only_an_interval_wholly_below_blocks_and_one_that_holds_nothing_warns(
    live, popular, standing
):
    report = add_pair(make_report(), "live", *live)
    report = add_pair(report, "recent-popularity", *popular)
    found = verdict(report)
    assert found.tone == standing
    assert found.is_good_enough is (standing != "bad")


def test_the_reason_says_the_interval_and_against_what():
    report = make_whole_report(live=BEHIND) | {"rival": "run-0007-1"}
    assert verdict(report).reason == (
        "Against the live model (run-0007-1), on the same 671 people: "
        "−0.005, between −0.009 and −0.001 NDCG@10. It is worse for sure."
    )


def test_popularity_of_all_time_is_the_bar_only_where_recent_popularity_was_not_measured():
    behind = add_pair(make_report(popularity=0.3), "live", *AHEAD)
    assert verdict(behind).is_blocked
    assert not verdict(add_pair(behind, "recent-popularity", *AHEAD)).is_blocked


def test_a_failed_check_blocks_also_when_nothing_serves():
    report = make_whole_report(live=AHEAD)
    report["checks"][1] |= {"passed": False, "detail": "it has seen rows that were held back."}
    assert "Rows planted among the held-out ones" in verdict(report).reason
    assert verdict(report).is_blocked
    assert verdict(report, is_first=True).is_blocked


def test_with_nothing_live_no_comparison_keeps_a_model_back():
    report = make_whole_report(live=BEHIND)
    assert verdict(report).is_blocked
    assert verdict(report, is_first=True).is_good_enough
    assert verdict({}, is_first=True).is_good_enough


def test_an_old_report_must_reach_the_lower_end_of_what_served_lately():
    good, short = make_report(0.17), make_report(0.164)
    assert not verdict(good, [good]).is_blocked
    assert verdict(short, [good, make_report(0.1)]).is_blocked
    assert verdict(make_report(0.06), []).is_blocked  # behind popularity


def test_an_empty_report_is_no_reason_to_go_live_by_itself():
    found = verdict({}, [make_report()])
    assert (found.is_blocked, found.is_good_enough, found.tone) == (False, False, "warn")


@pytest.fixture
def blocked(db):
    """A candidate that is surely worse than the live one."""
    promote(artifact=make_artifact("first"))
    return make_artifact("worse", report=make_whole_report(live=BEHIND))


def test_a_blocked_artifact_goes_live_only_with_the_written_reason_of_staff(blocked):
    staff = make_user(is_staff=True)
    for by, override, words in (
        (staff, "", "It is worse for sure."),
        (staff, "because", "at least 10 characters"),
        (None, WHY, "Only staff"),
        (make_user(), WHY, "Only staff"),
    ):
        with pytest.raises(PromotionRefused, match=words):
            promote(artifact=blocked, by=by, override=override)
    assert Promotion.objects.live().artifact.name == "first"
    promoted = promote(artifact=blocked, by=staff, override=WHY)
    assert (promoted.override, promoted.promoted_by) == (WHY, staff)


def test_a_paired_interval_counts_only_against_the_artifact_that_serves(blocked):
    blocked.report["rival"] = "one that served before"
    blocked.save()
    assert not judge(blocked).is_blocked
    blocked.report["rival"] = "first"
    blocked.save()
    assert judge(blocked).is_blocked


def test_what_was_not_blocked_is_not_written_down_as_let_past(db):
    promote(artifact=make_artifact("first"))
    promoted = promote(artifact=make_artifact("even"), by=make_user(is_staff=True), override=WHY)
    assert (promoted.override, promoted.reason) == ("", WHY)


def test_going_back_is_never_blocked(blocked):
    promote(artifact=blocked, by=make_user(is_staff=True), override=WHY)
    promote(artifact=make_artifact("third"))
    assert roll_back().artifact == blocked


@pytest.mark.parametrize(("live", "serves"), [(EVEN, "new"), (AHEAD, "new"), (BEHIND, "first")])
def test_a_run_that_may_promotes_what_is_not_blocked(live, serves, db):
    promote(artifact=make_artifact("first"))
    candidate = make_artifact("new", report=make_whole_report(live=live))
    promote_if_due(make_run(promote_when_better=True), candidate)
    assert Promotion.objects.live().artifact.name == serves


def test_a_first_artifact_with_a_failed_check_waits_for_a_person(db):
    report = make_whole_report()
    report["checks"][0]["passed"] = False
    promote_if_due(make_run(), make_artifact("leaky", report=report))
    assert Promotion.objects.live() is None


def test_the_page_of_a_blocked_one_asks_for_a_reason_and_the_log_keeps_it(blocked, staff_client):
    address = f"/dashboard/artifacts/{blocked.pk}/promote/"
    page = text_of(staff_client, address)
    assert "The gate keeps it back" in page
    assert 'name="override"' in page
    for given in ({}, {"override": "too short"}):
        assert staff_client.post(address, given).status_code == 409
    assert Promotion.objects.count() == 1
    assert staff_client.post(address, {"override": WHY}).status_code == 302
    page = text_of(staff_client)
    assert "Past the gate" in page
    assert WHY in page


def test_the_page_of_one_that_is_not_separable_warns_and_asks_for_nothing(db, staff_client):
    promote(artifact=make_artifact("first"))
    candidate = make_artifact("even", report=make_whole_report(live=EVEN))
    page = text_of(staff_client, f"/dashboard/artifacts/{candidate.pk}/promote/")
    assert "The two cannot be told apart." in page
    assert "not surely better" in page
    assert 'name="override"' not in page
