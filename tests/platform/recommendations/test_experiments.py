"""Who gets which arm, and what starting and stopping an experiment does."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from recommendations import experiments
from recommendations.experiment_services import (
    ExperimentRefused,
    create_experiment,
    start_experiment,
    stop_experiment,
)
from recommendations.experiments import ArmSettings, arm_of, place_of
from recommendations.models import Experiment
from tests.factories import make_experiment, make_user
from tests.platform.recommendations.running import DAY, HOUR, NOW, make_running
from tests.platform.recommendations.runs import make_artifact

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(experiments, "_kept", None)


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
