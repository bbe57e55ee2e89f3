"""Who gets which arm, and what starting and stopping an experiment does."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from recommendations import experiments
from recommendations.experiment_results import Result, measure, result_of, verdict
from recommendations.experiment_services import (
    ExperimentRefused,
    create_experiment,
    start_experiment,
    stop_experiment,
)
from recommendations.experiments import ArmSettings, arm_of, place_of
from recommendations.models import Experiment, LoggedList
from tests.factories import make_event, make_experiment, make_served, make_titles, make_user
from tests.platform.recommendations.runs import make_artifact

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(experiments, "_kept", None)


def make_running(**changes) -> Experiment:
    return make_experiment(state=Experiment.State.RUNNING, started_at=NOW - 30 * DAY, **changes)


# ── Who gets which arm ────────────────────────────────────────────────────────────────────────────


def test_while_nothing_runs_nobody_has_an_arm(member):
    make_experiment()
    make_experiment(state=Experiment.State.STOPPED)
    assert arm_of(member) is None


def test_an_arm_says_what_it_serves_with(member):
    experiment = make_running(share_b=0.999999, arm_b={"artifact": "second", "variety": 0.3})
    arm = arm_of(member)
    assert (arm.experiment_id, arm.name) == (experiment.pk, "B")
    assert (arm.artifact, arm.variety) == ("second", 0.3)
    experiments.forget()
    Experiment.objects.update(share_b=0.000001)
    arm = arm_of(member)
    assert (arm.name, arm.artifact, arm.variety) == ("A", "", None)


def test_the_same_person_has_the_same_arm_in_every_process():
    make_running()
    units = [*(make_user() for _ in range(10)), *(f"{n:064x}" for n in range(10))]
    before = [arm_of(unit) for unit in units]
    experiments.forget()
    assert [arm_of(unit) for unit in units] == before
    assert {arm.name for arm in before} == {"A", "B"}


def test_a_visitor_without_a_key_has_no_arm():
    make_running()
    assert arm_of(AnonymousUser()) is None
    assert arm_of("") is None


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_people_are_split_as_was_said_and_anew_in_every_experiment(share):
    names = [f"member {n}" for n in range(20_000)]
    one, other = make_experiment().key, make_experiment().key
    places = [[place_of(name, key=bytes.fromhex(key)) for name in names] for key in (one, other)]
    of_b = [{name for name, place in zip(names, found, strict=True) if place < share}
            for found in places]  # fmt: skip
    assert len(of_b[0]) / 20_000 == pytest.approx(share, abs=0.015)
    assert len(of_b[0] & of_b[1]) / len(of_b[0]) == pytest.approx(share, abs=0.03)


def test_what_runs_is_read_once_in_five_seconds(member, django_assert_num_queries, monkeypatch):
    make_running()
    with django_assert_num_queries(1):
        for _ in range(5):
            arm_of(member)
    clock = experiments.monotonic() + experiments.KEPT_SECONDS + 1
    monkeypatch.setattr(experiments, "monotonic", lambda: clock)
    with django_assert_num_queries(1):
        arm_of(member)


def test_settings_that_cannot_be_read_serve_nobody_and_are_logged(member, caplog):
    make_running(arm_b={"variety": 3})
    assert arm_of(member) is None
    assert "serves nobody" in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [{"variety": 1.5}, {"variety": -0.1}, {"variety": "0.3"}, {"variety": True}, {"artifact": 7},
     {"speed": 1}, ["variety"], None, {"variety": float("nan")}],
)  # fmt: skip
def test_an_arm_has_an_artifact_and_a_variety_from_0_to_1(wrong):
    with pytest.raises(ValueError, match=r"variety|name|settings"):
        ArmSettings.read(wrong)


def test_settings_are_kept_as_what_is_said():
    assert ArmSettings().kept() == {}
    for arm in (ArmSettings(), ArmSettings("first", 0.0), ArmSettings(variety=1)):
        assert ArmSettings.read(arm.kept()) == arm


# ── Starting and stopping ─────────────────────────────────────────────────────────────────────────


def test_an_experiment_leaves_a_trail(member):
    made = create_experiment(
        name="Wider", arm_a=ArmSettings(), arm_b=ArmSettings(variety=0.5), share_b=0.5, days=7,
        by=member, now=NOW,
    )  # fmt: skip
    start_experiment(experiment=made, by=member, now=NOW + HOUR)
    stop_experiment(experiment=made, by=member, note="Enough.", now=NOW + DAY)
    made.refresh_from_db()
    assert (made.state, made.started_at, made.stopped_at) == ("stopped", NOW + HOUR, NOW + DAY)
    assert made.verdict.startswith("Too early to say")
    trail = list(made.entries.values_list("action", "by", "at", "text"))
    assert trail == [
        ("stopped", member.pk, NOW + DAY, f"{made.verdict} Enough."),
        ("started", member.pk, NOW + HOUR, ""),
        ("created", member.pk, NOW, ""),
    ]


def test_the_trail_outlives_the_account_of_whoever_wrote_it(member):
    start_experiment(experiment=(made := make_experiment()), by=member, now=NOW)
    member.delete()
    assert made.entries.get().by is None


def test_a_second_experiment_does_not_start_beside_a_running_one(member):
    make_running()
    draft = make_experiment()
    with pytest.raises(ExperimentRefused, match="Another experiment runs"):
        start_experiment(experiment=draft, by=member, now=NOW)
    draft.refresh_from_db()
    assert (draft.state, draft.started_at) == ("draft", None)
    assert not draft.entries.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_running()


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_what_has_been_started_does_not_start_again(state, member):
    with pytest.raises(ExperimentRefused, match="already"):
        start_experiment(experiment=make_experiment(state=state), by=member, now=NOW)


@pytest.mark.parametrize(
    ("state", "words"), [("draft", "has not been started"), ("stopped", "is stopped already")]
)
def test_only_what_runs_is_stopped(state, words, member):
    with pytest.raises(ExperimentRefused, match=words):
        stop_experiment(experiment=make_experiment(state=state), by=member, now=NOW)


def test_an_artifact_without_files_does_not_start(member):
    make_artifact("here")
    for name, starts in [("gone", False), ("here", True)]:
        experiment = make_experiment(arm_b={"artifact": name})
        if starts:
            start_experiment(experiment=experiment, by=member, now=NOW)
        else:
            with pytest.raises(ExperimentRefused, match="gone"):
                start_experiment(experiment=experiment, by=member, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_stop_is_seen_at_once_by_the_process_that_stops(member):
    experiment = make_experiment()
    start_experiment(experiment=experiment, by=None, now=NOW)
    assert arm_of(member)
    stop_experiment(experiment=experiment, by=None, now=NOW)
    assert arm_of(member) is None


# ── What was shown ────────────────────────────────────────────────────────────────────────────────


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
