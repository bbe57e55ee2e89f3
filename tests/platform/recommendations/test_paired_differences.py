"""Reports of small sites: where a baseline scores nothing, the difference judges, not the ratio."""

from typing import Any

import pytest

from recommendations import comparison
from recommendations.gate import verdict
from recommendations.models import Promotion
from recommendations.reports import METRICS, lead_over
from recommendations.services import promote
from tests.platform.recommendations.pages import text_of
from tests.platform.recommendations.runs import make_artifact, make_report

pytestmark = pytest.mark.django_db


def make_small_report(low: float, high: float, *, popularity: float = 0.02) -> dict[str, Any]:
    """Nothing known of the ratio to popularity; the difference lies between low and high."""
    report = make_report(0.17)
    report["models"]["popularity"]["ndcg"]["value"] = popularity
    gap = {"difference": (low + high) / 2, "difference_low": low, "difference_high": high}
    report["paired"][0] |= {"ratio": None, "low": None, "high": None, **gap}
    return report


@pytest.mark.parametrize(
    ("low", "high", "is_worth"), [(0.01, 0.1, True), (-0.01, 0.1, True), (-0.1, -0.01, False)]
)
def test_only_a_difference_wholly_below_nothing_keeps_a_candidate_back(low, high, is_worth):
    assert verdict(make_small_report(low, high)).is_blocked is not is_worth
    both = make_small_report(low, high)
    both["paired"][0] |= {"ratio": 2.0, "low": 0.9, "high": 3.0}
    assert verdict(both).is_blocked is not is_worth


def test_a_lead_without_a_ratio_is_told_from_the_difference_and_the_measured_score():
    lead = lead_over(make_small_report(0.01, 0.03, popularity=0.02), "popularity")
    assert lead is not None
    assert lead.percent == pytest.approx(100)
    assert (lead.percent_low, lead.percent_high) == pytest.approx((50, 150))
    endless = lead_over(make_small_report(0.0, 0.03, popularity=0.0), "popularity")
    assert endless is not None
    assert (endless.percent, endless.percent_low) == (float("inf"), 0)
    assert not endless.is_sure


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.01, 0.1, "All is well"),
        (-0.01, 0.1, "no better than a list of popular titles"),
        (-0.1, -0.01, "behind a baseline"),
    ],
)
@pytest.mark.parametrize("popularity", [0.02, 0.0])
def test_the_training_page_judges_by_the_difference(low, high, words, popularity, staff_client):
    report = make_small_report(low, high, popularity=popularity)
    promote(artifact=make_artifact("small", report=report))
    page = text_of(staff_client)
    assert words in page
    assert "compares it with nothing" not in page


def delta_of_popularity() -> comparison.Delta:
    rows = comparison.rows(Promotion.objects.live(), METRICS[0])
    found = next(row.delta for row in rows if row.standing == "baseline")
    assert found is not None
    return found


def test_the_table_turns_the_difference_round(staff_client):
    promote(artifact=make_artifact("small", report=make_small_report(0.01, 0.3)))
    delta = delta_of_popularity()
    assert (delta.low, delta.high) == (-0.3, -0.01)
    assert delta.value == pytest.approx(-0.155)
    assert (delta.direction, delta.is_paired) == ("down", True)


def test_a_ratio_that_may_be_nothing_breaks_no_page(staff_client):
    report = make_report(0.17)
    report["paired"][0] |= {"low": 0.0, "high": 4.0}
    promote(artifact=make_artifact("old", report=report))
    assert staff_client.get("/dashboard/").status_code == 200
    assert not delta_of_popularity().is_paired
