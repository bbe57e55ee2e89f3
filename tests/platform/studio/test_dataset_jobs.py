"""A zip that staff have sent becomes a set of images, or is refused with a reason."""

import numpy as np
import pytest
from PIL import Image as Pillow

from config.media import media_path
from genai.images import reading
from genai.images.imageset import ImageSet
from genai.images.refusals import WHAT
from jobs.models import Job
from studio import dataset_work
from studio.dataset_reports import REASONS
from studio.dataset_services import remove_dataset
from tests.genai.images.hostile import encoded, make_hostile, make_picture, zip_of
from tests.platform.studio.sets import (
    good_files,
    good_zip,
    kept_files,
    make_set,
    read,
    send,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
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
    assert found.held_out == len(images.split()[1]) == 6
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
