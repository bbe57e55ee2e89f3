import shutil
from pathlib import Path

import pytest
from django.conf import settings

from recommendations.models import Artifact, Promotion, Run
from recommendations.services import queue_run
from recsys.artifacts import FORMAT
from tests.platform.recommendations.runs import make_whole_report


def make_artifact(name: str) -> Artifact:
    folder = Path(settings.ARTIFACTS_DIR, name)
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(f'{{"format": {FORMAT}, "files": {{}}}}')
    return Artifact.objects.create(name=name, format=FORMAT, data_sha256="0" * 64, bytes=1)


@pytest.fixture
def run(db) -> Run:
    run = queue_run(preset="tiny")
    run.artifact = make_artifact("first")
    run.save()
    return run


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "runs/"),
        ("post", "runs/"),
        ("get", "runs/{id}/"),
        ("post", "runs/{id}/promote/"),
        ("post", "artifacts/rollback/"),
    ],
)
def test_runs_are_for_staff(run, owner, anonymous, method, path):
    path = path.format(id=run.pk)

    assert getattr(anonymous, method)(path).status_code == 401
    assert getattr(owner, method)(path).status_code == 403
    assert Run.objects.count() == 1
    assert not Promotion.objects.exists()


def test_staff_start_a_run(staff):
    answer = staff.post("runs/", {"preset": "tiny", "note": "by hand", "seed": 7})

    assert answer.status_code == 201
    told = answer.json()
    assert (told["preset"], told["note"], told["job"]["state"]) == ("tiny", "by hand", "queued")
    run = Run.objects.get()
    assert (run.seed, run.job.owner, run.job.queue) == (7, staff.user, "heavy")
    assert staff.get(f"runs/{run.pk}/").json() == told
    assert staff.get("runs/").json()["results"] == [told]


def test_the_same_key_starts_one_run(staff):
    first, second = (staff.post("runs/", {"preset": "tiny", "key": "a"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("preset", "huge"),
        ("seed", -1),
        ("seed", 10**30),
        ("note", "n" * 201),
        ("note", "\0"),
        ("promote_when_better", "?"),
    ],
)
def test_a_run_with_a_wrong_value_is_not_started(staff, field, value):
    answer = staff.post("runs/", {"preset": "tiny", field: value})

    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [field]
    assert not Run.objects.exists()


def test_an_artifact_goes_live_and_back(staff, run):
    earlier = make_artifact("earlier")
    Promotion.objects.create(artifact=earlier)

    told = staff.post(f"runs/{run.pk}/promote/", {"reason": "better"}).json()
    assert (told["artifact"], told["reason"], told["is_rollback"]) == ("first", "better", False)
    assert Promotion.objects.live().promoted_by == staff.user

    told = staff.post("artifacts/rollback/").json()
    assert (told["artifact"], told["is_rollback"]) == ("earlier", True)


def test_what_cannot_go_live_is_a_conflict(staff, run):
    assert staff.post("artifacts/rollback/").status_code == 409
    assert staff.post(f"runs/{queue_run(preset='tiny').pk}/promote/").status_code == 409
    shutil.rmtree(Path(settings.ARTIFACTS_DIR, "first"))
    refused = staff.post(f"runs/{run.pk}/promote/")

    assert refused.status_code == 409
    assert refused["Content-Type"] == "application/problem+json"
    assert "train again" in refused.json()["detail"]


def test_a_blocked_artifact_is_a_conflict_until_a_reason_is_written(staff, run):
    Promotion.objects.create(artifact=make_artifact("live"))
    run.artifact.report = make_whole_report(live=(-0.009, -0.001))
    run.artifact.save()
    path = f"runs/{run.pk}/promote/"

    refused = staff.post(path, {"reason": "newer"})
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert "It is worse for sure." in refused.json()["detail"]
    assert staff.post(path, {"override": "too short"}).status_code == 400
    told = staff.post(path, {"override": "The live one lists what was taken down."}).json()
    assert (told["artifact"], told["override"]) == (
        "first",
        "The live one lists what was taken down.",
    )
