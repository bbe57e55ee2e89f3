"""The evaluation lab: a report taken apart, for every kind of report."""

import pytest
from django.utils import timezone

from jobs.models import Job
from recommendations import lab, lab_tables, lab_variety, slices
from recommendations.models import Evaluation, Promotion
from recommendations.services import folder_of, promote
from tests.factories import make_job
from tests.platform.recommendations.pages import text_of
from tests.platform.recommendations.runs import (
    make_artifact,
    make_report,
    make_tradeoff,
    make_whole_report,
)

pytestmark = pytest.mark.django_db
PAGE = "/dashboard/evaluation/"


def make_evaluation(*, state: str = Job.State.DONE, report=None, **changes) -> Evaluation:
    job = make_job(queue=Job.Queue.HEAVY, state=state, finished_at=timezone.now(), **changes)
    return Evaluation.objects.create(job=job, report=report or {})


def test_a_site_without_a_model_says_what_to_do(staff_client):
    page = text_of(staff_client, PAGE)
    assert "Nothing has been measured yet" in page
    assert "Measure again" in page


def test_the_live_artifact_is_shown_unless_another_is_asked_for(staff_client):
    promote(artifact=make_artifact("first", report=make_whole_report()))
    other = make_artifact("second", report=make_report())
    assert "<h1>first is ahead of every baseline for sure.</h1>" in text_of(staff_client, PAGE)
    assert "<h1>second is" in text_of(staff_client, f"{PAGE}?of=artifact-{other.pk}")


@pytest.mark.parametrize("of", ["artifact-999", "measurement-1", "artifact-x", "nonsense", "-1"])
def test_a_report_that_is_not_there_is_not_found(of, staff_client):
    make_artifact("first")
    assert staff_client.get(PAGE, {"of": of}).status_code == 404


def test_a_whole_report_shows_its_split_its_slices_and_its_checks(staff_client):
    promote(artifact=make_artifact("first", report=make_whole_report()))
    page = text_of(staff_client, PAGE)
    for words in (
        "Each member&#x27;s newest fifth",
        "671 of 700",
        "The live recipe, fitted anew",
        "Not separable",
        "By activity",
        "By age group",
        "own 20.0 %",
        "5.0 points more of the long tail",
        "passed by all 4 models",
    ):
        assert words in page, words
    assert "Leaky" not in page


def test_leave_one_out_wears_a_badge(staff_client):
    report = make_whole_report() | {"split": "leave-one-out", "leaky": True}
    make_artifact("first", report=report)
    assert "Leaky" in text_of(staff_client, PAGE)


def test_a_failed_check_is_named_with_the_model_and_what_was_found(staff_client):
    report = make_whole_report()
    report["checks"][0] |= {"passed": False, "detail": "3 places repeat an item"}
    make_artifact("first", report=report)
    page = text_of(staff_client, PAGE)
    assert "failed by 1 model" in page
    assert "All sources together: 3 places repeat an item" in page


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"models": {}, "paired": []},
        make_report(),
        make_whole_report() | {"slices": {}, "checks": [], "gaps": {}},
        make_whole_report() | {"slices": {"activity": [{"key": "low", "models": {}}]}},
        make_whole_report() | {"paired": []},
    ],
)
def test_reports_that_lack_something_break_nothing(report, staff_client):
    artifact = make_artifact("first", report=report)
    assert staff_client.get(PAGE).status_code == 200
    artifact.pruned_at = timezone.now()
    artifact.save()
    assert staff_client.get(PAGE).status_code == 200


def test_the_table_sorts_by_any_metric_best_first_and_turns_round():
    report = make_report(0.17, popularity=0.08)
    report["models"]["popularity"]["popularity_percentile"] = {"value": 99, "low": 98, "high": 99}
    report["models"]["blend"]["popularity_percentile"] = {"value": 90, "low": 89, "high": 91}

    def order(sort: str, *, is_reversed: bool = False) -> list[str]:
        table = lab_tables.table_of(report, "", sort=sort, is_reversed=is_reversed)
        return [row.name for row in table.rows]

    best_first = ["All sources together", "Most chosen of all time"]
    assert order("ndcg") == best_first
    assert order("nonsense") == best_first
    assert order("ndcg", is_reversed=True) == best_first[::-1]
    assert order("popularity_percentile") == best_first  # less is better


def test_a_heading_that_sorts_already_turns_the_order_round(staff_client):
    make_artifact("first")
    page = text_of(staff_client, f"{PAGE}?sort=coverage")
    assert "sort=coverage&amp;reverse=1" in page
    assert page.count('aria-sort="descending"') == 1


def test_a_source_of_no_weight_is_off_and_the_fade_is_no_source():
    blend = {"tower": 0.6, "neighbours": 0.0, "new_source": -0.2, "fade": 0.8, "name": "x"}
    found = {one.name: (one.weight, one.width, one.is_source) for one in lab.ingredients(blend)}
    assert found == {
        "Sequence model": (0.6, 75.0, True),
        "New source": (-0.2, 25.0, True),
        "Liked by the same people": (0.0, 0.0, True),
        "Fade, from a title to the one before": (0.8, 100.0, False),
    }


def test_the_manifest_says_what_the_blend_is_made_of(staff_client):
    artifact = make_artifact("first")
    manifest = '{"choices": {"blend": {"tower": 0.9, "followers": 0.0}}}'
    (folder_of(artifact) / "manifest.json").write_text(manifest)
    page = text_of(staff_client, PAGE)
    assert "Sequence model" in page
    assert "off</span>" in page


def test_slices_are_drawn_on_one_scale_from_nothing_and_small_ones_are_marked():
    report = make_whole_report()
    [activity, group] = slices.dimensions(report)
    assert (activity.key, group.key, group.has_exposure) == ("activity", "age_group", True)
    few, many = activity.slices
    assert (few.is_small, many.is_small) == (True, False)
    ours = few.lines[0]
    assert (ours.modifier, ours.score.value) == ("ours", 0.17)
    end = max(line.score.high for part in activity.slices for line in part.lines)
    assert ours.interval.dot == pytest.approx(8 + 224 * 0.17 / end, abs=0.1)


def test_measurements_are_listed_with_their_state_and_what_can_be_done(staff_client):
    make_evaluation(report=make_whole_report())
    make_evaluation(state=Job.State.FAILED, error="There are 3 interactions.")
    make_evaluation(state=Job.State.RUNNING, progress=0.4, message="epoch 4 of 8")
    page = text_of(staff_client, PAGE)
    assert "There are 3 interactions." in page
    assert "epoch 4 of 8" in page
    assert page.count("/cancel/") == 2  # a form and its htmx
    assert page.count("/retry/") == 1
    first = Evaluation.objects.last()
    assert f"The model of measurement {first.pk} is" in text_of(
        staff_client, first.get_absolute_url()
    )


@pytest.mark.parametrize("count", [1, 20])
def test_the_page_takes_the_same_queries_for_any_number_of_reports(
    count, staff_client, django_assert_max_num_queries
):
    for number in range(count):
        artifact = make_artifact(f"run-{number}", report=make_whole_report())
        make_evaluation(report=make_whole_report())
        make_evaluation(state=Job.State.RUNNING)
    Promotion.objects.create(artifact=artifact)
    with django_assert_max_num_queries(10):
        staff_client.get(PAGE)


def test_a_report_with_a_curve_of_variety_shows_what_it_costs(staff_client):
    report = make_whole_report() | {"tradeoff": make_tradeoff()}
    make_artifact("first", report=report)
    page = text_of(staff_client, PAGE)
    assert 'id="variety-data"' in page
    assert "Up to 50 % of the slider no loss of NDCG@10 is certain." in page
    assert "At 100 % it changes by −20.6 to −14.7 %." in page
    assert "calibration 0.25, diversity 0.25, novelty 0.25" in page
    assert "made before variety was measured" not in page


@pytest.mark.parametrize("tradeoff", [None, [], [{"slider": 0.1, "metrics": {}}]])
def test_a_report_without_a_curve_says_why_and_what_to_do(tradeoff, staff_client):
    report = make_whole_report()
    if tradeoff is not None:
        report["tradeoff"] = tradeoff
    make_artifact("first", report=report)
    page = text_of(staff_client, PAGE)
    assert "made before variety was measured" in page
    assert "variety-data" not in page


def test_the_curve_runs_from_little_diversity_to_much_with_the_band_of_the_change():
    points = make_tradeoff()
    chart = lab_variety.curve_of({"tradeoff": points[::-1]}).chart
    assert chart["x"] == pytest.approx([0.4, 0.5, 0.6])
    line, dots = chart["series"]
    assert line["y"] == dots["y"] == pytest.approx([0.17, 0.172, 0.14])
    assert line["low"] == pytest.approx([0.17, 0.167, 0.135])
    assert line["high"] == pytest.approx([0.17, 0.177, 0.145])
    assert chart["notes"][2] == ["slider at 100 %", "NDCG@10 0.140", "−20.6 to −14.7 %"]


@pytest.mark.parametrize(
    ("costs", "verdict"),
    [
        ((0.0, 0.001, 0.002), "No loss of NDCG@10 is certain anywhere on the slider."),
        ((0.0, 0.02, 0.03), "A loss of NDCG@10 is certain from 50 % of the slider on."),
        ((0.0, 0.001, 0.03), "Up to 50 % of the slider no loss of NDCG@10 is certain."),
    ],
)
def test_the_verdict_says_how_far_the_slider_goes_for_nothing(costs, verdict):
    curve = lab_variety.curve_of({"tradeoff": make_tradeoff(costs=costs)})
    assert curve.verdict.startswith(verdict)


def test_a_point_whose_ndcg_may_be_nothing_and_lacks_a_metric_is_still_shown(staff_client):
    points = make_tradeoff()
    points[1]["paired"] |= {"ratio": None, "low": None, "high": None}
    del points[1]["metrics"]["coverage"]
    make_artifact("first", report=make_whole_report() | {"tradeoff": points})
    page = text_of(staff_client, PAGE)
    assert 'id="variety-data"' in page
    assert "not measured" in page
