"""A zip that staff have sent becomes a set of images, or is refused with a reason."""

import os
import re
from datetime import timedelta

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image as Pillow

from config.media import keep_file, media_path
from genai.images import reading
from genai.images.imageset import ImageSet
from genai.images.refusals import WHAT
from jobs.models import Job
from jobs.services import cancel, retry
from studio import dataset_work
from studio.dataset_files import KEPT_UPLOAD
from studio.dataset_reports import REASONS, moderation_of
from studio.dataset_services import DatasetRefused, remove_dataset
from studio.tasks import clear_files, read_dataset
from studio.training_models import Dataset, GeneratorRun
from tests.factories import make_job
from tests.genai.images.hostile import encoded, make_hostile, make_picture, zip_of
from tests.genai.images.judges import write_judge
from tests.platform.studio.sets import (
    good_files,
    good_zip,
    has_upload,
    kept_files,
    make_set,
    read,
    send,
)

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = make_hostile()


def test_a_zip_becomes_a_set_with_a_class_for_each_folder():
    found = make_set(content=good_zip(20))
    assert found.job.state == Job.State.DONE, found.job.error
    assert found.job.result["url"] == found.get_absolute_url()
    assert (found.size, found.channels, found.counts) == (28, 3, {"cat": 20, "dog": 20})
    images = ImageSet.load(media_path(found.file))
    assert images.sha256 == found.sha256
    assert images.label_names == ("cat", "dog")
    assert np.bincount(images.labels).tolist() == [20, 20]
    assert found.report["read"] == 40
    folder = f"datasets/{found.pk}"
    assert kept_files() == [f"{folder}/{name}" for name in ("0.png", "1.png")] + [found.file]


def test_examples_do_not_say_that_a_generator_made_them():
    found = make_set()
    for number in range(2):
        with Pillow.open(media_path(f"datasets/{found.pk}/{number}.png")) as example:
            assert example.info == {}


def test_size_and_channels_are_as_asked():
    found = make_set(size=64, channels=1)
    assert (found.size, found.channels) == (64, 1)
    assert ImageSet.load(media_path(found.file)).images.shape == (6, 64, 64, 1)


def test_what_was_refused_is_told_with_names_and_the_rest_is_kept():
    files = good_files() | {"cat/half.png": HOSTILE["half.png"][1], "dog/a.svg": b"<svg/>"}
    files |= {f"dog/copy{n}.png": files["dog/0.png"] for n in range(5)}
    found = make_set(content=zip_of(files))
    assert found.images == 6
    told = {each["reason"]: each for each in found.report["reasons"]}
    assert {reason: each["count"] for reason, each in told.items()} == {
        "copy": 5,
        "damaged": 1,
        "format": 1,
    }
    assert [each["name"] for each in told["copy"]["examples"]] == [
        f"dog/copy{n}.png" for n in range(3)
    ]
    assert "dog/0.png" in told["copy"]["examples"][0]["detail"]


def test_every_reason_of_the_library_has_words():
    assert REASONS.keys() == WHAT.keys()


def test_each_hostile_file_is_refused_with_its_reason_and_leaves_nothing():
    for name, (reason, data) in HOSTILE.items():
        found = read(send(zip_of({f"a/{name}": data}), name=name))
        assert found.job.state == Job.State.FAILED, name
        said = [each["reason"] for each in found.report["reasons"]]
        # what a zip packs too well is refused before it is unpacked
        assert said in ([reason], ["bytes"]), name
        assert "1 file was refused" in found.job.error
        assert kept_files() == []


def test_each_hostile_file_in_place_of_a_zip_is_refused_and_leaves_nothing():
    for name in HOSTILE.keys() - {"archive.zip"}:  # that one is a zip of images
        found = read(send(HOSTILE[name][1], name=name))
        assert found.job.state == Job.State.FAILED, name
        assert found.job.error
        assert "unexpected" not in found.job.error, name
        assert str(media_path("")) not in found.job.error
        assert kept_files() == []


def test_the_worker_reads_on_after_a_hostile_one():
    read(send(HOSTILE["noise.png"][1], name="Bad"))
    assert make_set().is_ready


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "neither a folder nor a zip"),
        (b"some text", "neither a folder nor a zip"),
        (zip_of({}), "no images in it"),
        (zip_of({"__MACOSX/a.png": b"x"}), "no images in it"),
        (zip_of({"a.txt": b"hello"}), "No image of it can be used"),
    ],
)
def test_what_is_no_zip_of_images_is_refused(content, said):
    found = read(send(content))
    assert (found.job.state, found.is_ready) == (Job.State.FAILED, False)
    assert said in found.job.error
    assert kept_files() == []


def test_more_images_than_memory_should_hold_are_a_reason(monkeypatch):
    monkeypatch.setattr(reading, "LARGEST_SET", 5 * 32 * 32 * 4)
    found = make_set(size=32)
    assert "more images than can be read at once: of 32 x 32 pixels up to 5;" in found.job.error
    assert str(media_path("")) not in found.job.error
    assert kept_files() == []


def test_too_many_classes_are_a_mistake(monkeypatch):
    monkeypatch.setattr(dataset_work, "MAX_CLASSES", 1)
    found = make_set()
    assert "2 subfolders" in found.job.error
    assert kept_files() == []


def test_names_that_no_terminal_takes_are_written_otherwise():
    name = "a\x07b/\x1b[31m.png"
    bell = {"\x07/0.png": encoded(make_picture(seed=77), "PNG")}
    found = make_set(content=zip_of(good_files() | bell | {name: b"x"}))
    assert found.is_ready, found.job.error
    assert list(found.counts) == ["?", "cat", "dog"]
    (told,) = found.report["reasons"]
    assert told["examples"][0]["name"] == "a?b/?[31m.png"


def test_the_same_images_are_kept_once():
    first = make_set()
    files = kept_files()
    again = make_set(name="More pets")
    assert again.job.state == Job.State.FAILED
    assert "images of Pets" in again.job.error
    assert kept_files() == files
    remove_dataset(dataset=first)
    assert make_set(name="Pets anew").is_ready


def test_a_cancelled_one_leaves_nothing_but_what_was_sent_and_can_be_tried_again(monkeypatch):
    dataset, check = send(good_zip()), dataset_work.Hold.check
    asked = []

    def cancelling(hold):
        asked.append(1)
        if len(asked) == 4:
            hold.cancelled.set()
        check(hold)

    monkeypatch.setattr(dataset_work.Hold, "check", cancelling)
    dataset = read(dataset)
    monkeypatch.setattr(dataset_work.Hold, "check", check)
    assert dataset.job.state == Job.State.CANCELLED
    assert kept_files() == [dataset.upload]
    retry(dataset.job)
    assert read(dataset).is_ready
    assert not has_upload(dataset)


@pytest.mark.parametrize("where", ["read_images", "keep_images", "refuse_twin"])
def test_a_worker_that_is_killed_leaves_a_job_that_goes_on(where, monkeypatch):
    dataset, whole = send(good_zip()), getattr(dataset_work, where)

    def dying(*given, **more):
        if where == "keep_images":
            keep_file(f"datasets/{dataset.pk}/.half.npz.part", b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset_work, where, dying)
    with pytest.raises(KeyboardInterrupt):
        read(dataset)
    assert not Dataset.objects.get(pk=dataset.pk).file
    monkeypatch.setattr(dataset_work, where, whole)
    found = read(dataset)
    assert found.is_ready
    assert kept_files() == [f"datasets/{found.pk}/{n}.png" for n in (0, 1)] + [found.file]


def test_a_worker_that_was_killed_when_all_was_kept_has_nothing_left_to_do(monkeypatch):
    dataset, drop = send(good_zip()), dataset_work.drop_upload

    def dying(row):
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset_work, "drop_upload", dying)
    with pytest.raises(KeyboardInterrupt):
        read(dataset)
    monkeypatch.setattr(dataset_work, "drop_upload", drop)
    monkeypatch.setattr(dataset_work, "read_upload", None)
    found = read(dataset)
    assert (found.is_ready, found.job.state) == (True, Job.State.DONE)
    assert not has_upload(found)


def test_a_stale_worker_takes_nothing_from_the_one_that_took_over(monkeypatch):
    dataset, keep = send(good_zip()), dataset_work.keep_images

    def overtaken(*given):
        fields = keep(*given)
        Job.objects.filter(pk=dataset.job_id).update(attempt=2)
        return fields

    monkeypatch.setattr(dataset_work, "keep_images", overtaken)
    found = read(dataset)
    assert not found.file  # the attempt that holds the job writes it
    assert has_upload(found)
    assert found.job.state == Job.State.RUNNING


def test_a_set_that_is_removed_while_it_is_read_does_not_come_back(monkeypatch):
    dataset, keep = send(good_zip()), dataset_work.keep_images

    def removed(*given):
        fields = keep(*given)
        remove_dataset(dataset=Dataset.objects.get(pk=dataset.pk))
        return fields

    monkeypatch.setattr(dataset_work, "keep_images", removed)
    found = read(dataset)
    assert (found.is_removed, found.file) == (True, "")
    assert found.job.is_finished
    assert kept_files() == []


def test_a_stale_worker_deletes_nothing_of_what_its_successor_has_kept(monkeypatch):
    dataset, begin = send(good_zip()), dataset_work.read_upload

    def overtaken(hold, row):
        monkeypatch.setattr(dataset_work, "read_upload", begin)
        Job.objects.filter(pk=row.job_id).update(lease_until=timezone.now() - timedelta(hours=1))
        read(dataset)
        begin(hold, row)

    monkeypatch.setattr(dataset_work, "read_upload", overtaken)
    found = read(dataset)
    assert (found.is_ready, found.job.state) == (True, Job.State.DONE)
    assert kept_files() == [f"datasets/{found.pk}/{n}.png" for n in (0, 1)] + [found.file]


def test_giving_up_locks_sets_before_jobs_as_removing_does():
    with CaptureQueriesContext(connection) as asked:
        found = read(send(b"some text"))
    assert found.job.state == Job.State.FAILED
    locked = [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]
    tables = [re.search(r'FROM "(\w+)"', sql)[1] for sql in locked]
    assert tables[-2:] == ["studio_dataset", "jobs_job"]


@pytest.mark.parametrize("where", ["begin_anew", "keep_images"])
def test_a_set_that_goes_for_good_while_it_is_read_is_a_reason_and_no_crash(where, monkeypatch):
    dataset, whole = send(good_zip()), getattr(dataset_work, where)

    def removed(*given):
        Dataset.objects.filter(pk=dataset.pk).delete()
        return whole(*given)

    monkeypatch.setattr(dataset_work, where, removed)
    read_dataset(dataset.job_id)
    job = Job.objects.get(pk=dataset.job_id)
    assert (job.state, job.error) == (Job.State.FAILED, "This set is gone.")
    assert kept_files() == []


def test_a_removal_that_is_taken_back_keeps_what_was_sent():
    dataset = send(good_zip())
    with transaction.atomic():
        remove_dataset(dataset=dataset)
        transaction.set_rollback(True)
    found = read(dataset)
    assert found.is_ready, found.job.error


def test_a_set_that_is_gone_is_removed_no_second_time():
    found = make_set()
    Dataset.objects.all().delete()
    with pytest.raises(DatasetRefused, match="is gone"):
        remove_dataset(dataset=found)


def test_a_set_that_a_run_needs_is_not_removed():
    found = make_set()
    run = GeneratorRun.objects.create(job=make_job(), dataset=found, minutes=1)
    with pytest.raises(DatasetRefused, match=f"Run {run.pk} learns from it"):
        remove_dataset(dataset=found)
    assert media_path(found.file).is_file()
    Job.objects.filter(pk=run.job_id).update(state=Job.State.DONE)
    remove_dataset(dataset=found)
    assert kept_files() == []
    assert GeneratorRun.objects.filter(pk=run.pk, dataset=found).exists()
    with pytest.raises(DatasetRefused, match="runs have learned from it"):
        send(good_zip())  # its name is that of what the run learned from


def test_the_name_of_a_removed_set_that_nothing_learned_from_is_free():
    remove_dataset(dataset=make_set())
    assert make_set().is_ready
    with pytest.raises(DatasetRefused, match="of this name"):
        send(good_zip(4))
    assert not [name for name in kept_files() if name.startswith("uploads")]


# ── Moderation ────────────────────────────────────────────────────────────────────────────────────


def bright_and_dark() -> bytes:
    bright = make_picture().point(lambda value: 245 + value // 32)
    return zip_of(good_files() | {"cat/bright.png": encoded(bright, "PNG")})


def test_without_a_model_the_report_says_that_somebody_must_look():
    found = make_set(content=bright_and_dark())
    assert found.images == 7
    told = moderation_of(found)
    assert told.is_open
    assert "No moderation model" in told.text


def test_with_a_model_what_it_finds_unfit_is_left_out(settings, tmp_path):
    settings.STUDIO_MODERATION_MODEL = str(write_judge(tmp_path))
    found = make_set(content=bright_and_dark())
    (told,) = found.report["reasons"]
    assert (found.images, told["reason"]) == (6, "moderated")
    assert [each["name"] for each in told["examples"]] == ["cat/bright.png"]
    assert "Brightness (CC0-1.0)" in moderation_of(found).text
    assert not moderation_of(found).is_open


def test_a_model_that_cannot_be_used_lets_nothing_pass(settings, tmp_path):
    settings.STUDIO_MODERATION_MODEL = str(tmp_path / "nowhere")
    found = make_set()
    assert (found.job.state, found.is_ready) == (Job.State.FAILED, False)
    assert "moderation model cannot be loaded" in found.job.error
    assert kept_files() == [found.upload]
    settings.STUDIO_MODERATION_MODEL = str(write_judge(tmp_path))
    retry(found.job)
    assert read(found).is_ready


# ── What is cleared ───────────────────────────────────────────────────────────────────────────────


def age(name: str, by: timedelta) -> None:
    moment = (timezone.now() - by).timestamp()
    os.utime(media_path(name), (moment, moment))


def test_files_that_no_job_can_need_are_cleared_after_a_time():
    ready, waiting = make_set(), send(good_zip(4), name="Waiting")
    failed, fresh = send(good_zip(5), name="Failed"), send(good_zip(6), name="Fresh")
    for dataset in (failed, fresh):
        cancel(dataset.job)
    keep_file("uploads/orphan", b"x")
    keep_file("datasets/999999/0.png", b"x")
    for name in ("uploads/orphan", "datasets/999999", waiting.upload, failed.upload, ready.file):
        age(name, KEPT_UPLOAD * 2)
    age(f"datasets/{ready.pk}", KEPT_UPLOAD * 2)
    clear_files()
    assert set(kept_files()) == {
        ready.file,
        *(f"datasets/{ready.pk}/{n}.png" for n in (0, 1)),
        waiting.upload,
        fresh.upload,
    }
    retry(failed.job)
    assert "no longer kept" in read(failed).job.error


# ── Without an upload ─────────────────────────────────────────────────────────────────────────────


def test_the_command_adds_a_folder_and_says_what_it_refused(tmp_path, capsys):
    for name, data in (good_files() | {"cat/a.svg": b"<svg/>"}).items():
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pets" / name).write_bytes(data)
    call_command("add_dataset", str(tmp_path / "pets"), name="Pets", size=32)
    assert "Pets: 6 images of 32 pixels, 2 classes, 1 files refused." in capsys.readouterr().out
    found = Dataset.objects.get()
    assert (found.is_ready, found.job, found.added_by) == (True, None, None)
    with pytest.raises(CommandError, match="of this name"):
        call_command("add_dataset", str(tmp_path / "pets"), name="Pets")
    with pytest.raises(CommandError, match="images of Pets"):
        call_command("add_dataset", str(tmp_path / "pets"), name="Others", size=32)
    with pytest.raises(CommandError, match="no such folder"):
        call_command("add_dataset", str(tmp_path / "nowhere"), name="Others")


def test_the_command_adds_a_prepared_set_as_it_is(tmp_path):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (4, 28, 28, 1), dtype=np.uint8)
    families = np.array(list("abcd"))
    images = ImageSet(pixels, np.array([0, 1, 1, 1]), ("seven", "one"), families)
    images.save(tmp_path / "digits.npz")
    call_command("add_dataset", str(tmp_path / "digits.npz"), name="Digits")
    found = Dataset.objects.get()
    assert (found.counts, found.sha256) == ({"one": 3, "seven": 1}, images.sha256)
    assert "came prepared" in moderation_of(found).text
    odd = ImageSet(pixels[:, :20], images.labels, images.label_names, families)
    odd.save(tmp_path / "odd.npz")
    with pytest.raises(CommandError, match="28 x 20 pixels"):
        call_command("add_dataset", str(tmp_path / "odd.npz"), name="Odd")
    (tmp_path / "torn.npz").write_bytes(b"torn")
    with pytest.raises(CommandError, match="no set of images"):
        call_command("add_dataset", str(tmp_path / "torn.npz"), name="Torn")


def test_the_shipped_images_are_added_once_and_stay_away_when_removed(tmp_path):
    prepare = {"folder": tmp_path / "absent"}
    call_command("prepare_studio", **prepare, images=tmp_path / "absent.npz")
    assert not Dataset.objects.exists()
    call_command("prepare_studio", **prepare)
    found = Dataset.objects.get()
    assert (found.name, found.images, len(found.counts)) == ("Sprites", 2880, 4)
    remove_dataset(dataset=found)
    call_command("prepare_studio", **prepare)
    assert not Dataset.objects.filter(is_removed=False).exists()
