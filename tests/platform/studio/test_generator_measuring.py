"""What is measured of a trained generator, and beside what."""

import shutil

import pytest
from celery import current_app

from config.media import media_path
from genai.artifacts import WEIGHTS, read_manifest
from genai.vision.classifier import PRESETS
from jobs.holding import Hold
from jobs.models import Job
from jobs.services import retry
from studio import measuring_work
from studio.collapse import WATCHED
from studio.loading import generators_folder
from studio.tasks import measure_generator, train_generator
from studio.training_figures import EXTRACTORS, SPACES, contenders_of
from studio.training_models import GeneratorRun
from studio.training_services import (
    artifact_of,
    baseline_file,
    classifier_folder,
    publish_run,
    queue_measuring,
)
from tests.genai.images.toy import make_images
from tests.platform.studio.training import ENOUGH, make_dataset, make_done_run, make_run

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path, monkeypatch):
    """A baseline of half a second, a classifier of an epoch."""
    settings.STATE_DIR = tmp_path
    settings.ARTIFACTS_DIR = tmp_path / "artifacts"
    settings.CELERY_BROKER_URL = "memory://"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **more: None)
    monkeypatch.setattr(measuring_work, "BASELINE_MINUTES", 0.005)
    monkeypatch.setattr("genai.vision.classifier.config_for", lambda *_: PRESETS["tiny"])


@pytest.fixture
def run(trained) -> GeneratorRun:
    return make_done_run(trained, dataset=make_dataset())


def measure(run: GeneratorRun) -> GeneratorRun:
    job = queue_measuring(run=run, owner=run.job.owner)
    measure_generator(job.pk)
    return GeneratorRun.objects.select_related("job", "measuring", "dataset").get(pk=run.pk)


def test_every_figure_of_the_page_is_measured(run):
    found = measure(run)
    assert found.measuring.state == Job.State.DONE, found.measuring.error
    assert found.measuring.result["url"] == run.get_absolute_url()
    report = found.report
    assert report["published"] is None
    contenders = contenders_of(found)
    assert len(contenders) == 5
    for contender in contenders:
        for extractor in EXTRACTORS:
            measures = contender.measures(extractor)
            assert {
                "frechet_distance", "kernel_distance", "precision", "recall", "density", "coverage",
                "spectrum",
            } <= set(measures)  # fmt: skip
            assert measures["kernel_distance"]["standard_error"] >= 0
    assert set(report["run"]["labels"]["by_label"]) == {"left", "right"}
    assert set(SPACES) <= set(report["run"]["neighbours"])
    assert [each["step"] for each in report["steps"]] == [30, 60]
    assert all(set(WATCHED) | {"frechet_distance"} <= set(each) for each in report["steps"])
    assert report["mlp"]["minutes"] == 0.005
    metrics = read_manifest(artifact_of(run))["metrics"]
    assert metrics["recall"] == report["run"]["measures"]["classifier"]["generator"]["recall"]


def test_what_draws_now_is_measured_beside_it(run, trained):
    publish_run(run=run, name="Halves")
    other = make_done_run(trained, dataset=run.dataset)
    assert measure(other).report["published"] is None  # the same bytes: nothing to compare with
    snapshot = publish_run(run=run, name="Halves", step=30)
    rival = measure(other).report["published"]
    assert (rival["name"], rival["version"]) == ("Halves", snapshot.version)
    assert len(contenders_of(GeneratorRun.objects.get(pk=other.pk))) == 6


def test_what_was_published_before_it_was_measured_says_how_good_it_is_too(run):
    generator, other = publish_run(run=run, name="Halves"), publish_run(run=run, name="H", step=30)
    assert generator.metrics == {}
    recall = measure(run).report["run"]["measures"]["classifier"]["generator"]["recall"]
    generator.refresh_from_db()
    assert generator.metrics["recall"] == recall
    kept = read_manifest(generators_folder() / generator.folder)
    assert kept["metrics"]["recall"] == recall
    other.refresh_from_db()
    assert other.metrics == {}


def test_the_classifier_and_the_baseline_of_a_data_set_are_trained_once(run, trained, monkeypatch):
    measure(run)
    assert classifier_folder(run.dataset).is_dir()
    assert baseline_file(run.dataset, 0.005).is_file()
    for what in ("genai.images.mlp.train_mlp", "genai.vision.training.train_classifier"):
        monkeypatch.setattr(what, lambda *args, **more: pytest.fail("trained again"))
    second = measure(make_done_run(trained, dataset=run.dataset))
    assert second.measuring.state == Job.State.DONE, second.measuring.error


def test_a_damaged_classifier_and_baseline_are_trained_anew(run, trained):
    assert measure(run).measuring.state == Job.State.DONE
    for path in (classifier_folder(run.dataset) / WEIGHTS, baseline_file(run.dataset, 0.005)):
        path.write_bytes(path.read_bytes()[:-100])
    second = measure(make_done_run(trained, dataset=run.dataset))
    assert second.measuring.state == Job.State.DONE, second.measuring.error
    assert read_manifest(classifier_folder(run.dataset))


def test_points_of_snapshots_that_are_gone_stay_when_it_is_measured_again(run):
    before = measure(run).report["steps"]
    shutil.rmtree(artifact_of(run, 30))
    after = measure(run).report["steps"]
    assert [point["step"] for point in after] == [30, 60]
    assert after[0] == before[0]


def test_a_job_that_another_has_followed_measures_nothing(run):
    job = queue_measuring(run=run, owner=None)
    GeneratorRun.objects.update(measuring=None)
    measure_generator(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "Another job measures this run by now.")


def test_a_cancelled_measuring_ends_between_its_parts_and_can_be_tried_again(run, monkeypatch):
    job = queue_measuring(run=run, owner=None)
    real, parts = measuring_work.to, []

    def to(hold: Hold, part: str):
        parts.append(part)
        if part == "run":
            Job.objects.filter(pk=job.pk).update(cancel_requested=True)
            hold.beat()
        return real(hold, part)

    monkeypatch.setattr(measuring_work, "to", to)
    measure_generator(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert parts == ["classifier", "baseline", "run"]
    assert GeneratorRun.objects.get(pk=run.pk).report == {}
    monkeypatch.setattr(measuring_work, "to", real)
    retry(job)
    measure_generator(job.pk)
    assert GeneratorRun.objects.get(pk=run.pk).report


@pytest.mark.parametrize("harm", ["few", "other", "gone", "removed"])
def test_what_cannot_be_measured_is_a_reason_in_words(trained, harm):
    reasons = {
        "few": "8 images are held out; measuring makes sense from 50.",
        "other": "The images are not those that it was trained on.",
        "gone": "The images of Halves are gone.",
        "removed": "is not an artifact",
    }
    images = make_images(64 if harm == "few" else ENOUGH)
    dataset = make_dataset(images)
    dataset.held_out = ENOUGH  # as an earlier version may have thought
    run = make_done_run(trained, dataset=dataset)
    if harm == "few":
        manifest = read_manifest(artifact_of(run))
        text = (artifact_of(run) / "manifest.json").read_text()
        changed = text.replace(manifest["data_sha256"], images.sha256)
        (artifact_of(run) / "manifest.json").write_text(changed)
    elif harm == "other":
        make_images(390).save(media_path(run.dataset.file))
    elif harm == "gone":
        media_path(run.dataset.file).unlink()
    job = queue_measuring(run=run, owner=None)
    if harm == "removed":
        shutil.rmtree(artifact_of(run))
    measure_generator(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert reasons[harm] in job.error


def test_a_measuring_makes_room_for_a_training_that_waits_and_goes_on_after_it(run, monkeypatch):
    monkeypatch.setattr(measuring_work, "REPORT_SECONDS", 0.0)
    job = queue_measuring(run=run, owner=run.job.owner)
    other = make_run(run.dataset)
    measure_generator(job.pk)
    job.refresh_from_db()
    assert (job.state, job.worker) == (Job.State.QUEUED, "")
    assert job.max_attempts - job.attempt == 3

    train_generator(other.job_id)
    queue_measuring(run=other, owner=None)  # another measuring that waits makes no room
    measure_generator(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
