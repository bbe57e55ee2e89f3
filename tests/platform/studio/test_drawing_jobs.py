"""What a worker does with a job of images: each is kept as soon as it is drawn."""

import json
from hashlib import sha256

import pytest
from PIL import Image as Pillow

from config.media import media_path
from jobs.models import Job
from jobs.services import cancel, retry, sweep
from studio import loading, work
from studio.loading import generators_folder
from studio.models import Image
from studio.services import (
    StudioRefused,
    publish_generator,
    queue_variations,
    queue_walk,
    withdraw_generator,
)
from tests.factories import make_user
from tests.platform.studio.drawing import make_drawing, make_image, make_walk, work_off

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class Killed(BaseException):
    """What kill -9 looks like from inside: nothing is caught, nothing is tidied up."""


def test_each_image_is_kept_with_what_made_it(member, generator):
    drawing = make_drawing(member, generator, count=3, seed=40)
    work_off()
    drawing.job.refresh_from_db()
    assert drawing.job.state == Job.State.DONE
    images = list(drawing.images.order_by("number"))
    assert [image.seed for image in images] == [40, 41, 42]
    for image in images:
        content = media_path(image.file).read_bytes()
        assert sha256(content).hexdigest() == image.sha256
        with Pillow.open(media_path(image.file)) as picture:
            assert picture.size == (28, 28)
            about = json.loads(picture.text["parameters"])
        assert about == {
            "generator": "Sprites",
            "generator_sha256": generator.sha256,
            "class": "monster",
            "seed": image.seed,
            "steps": [],
            "truncation": 0.8,
        }


def test_the_same_wish_draws_the_same_bytes(member, generator):
    first, second = (make_image(member, generator, seed=5) for _ in range(2))
    other = make_image(member, generator, seed=6)
    assert first.sha256 == second.sha256
    assert first.sha256 != other.sha256


def test_any_class_takes_them_in_turn(member, generator):
    drawing = make_drawing(member, generator, label="", count=4, seed=0)
    work_off()
    labels = drawing.images.order_by("number").values_list("label", flat=True)
    assert list(labels) == ["monster", "player"] * 2


def test_an_image_is_there_before_the_next_is_drawn(member, generator, monkeypatch):
    drawing = make_drawing(member, generator, count=4)
    there = []

    def draw(*args):
        there.append(drawing.images.count())
        return loading.draw(*args)

    monkeypatch.setattr(work, "draw", draw)
    work_off()
    assert there == [0, 1, 2, 3]


def test_a_killed_worker_leaves_whole_images_and_the_next_goes_on(member, generator, monkeypatch):
    drawing = make_drawing(member, generator, count=4)
    whole = work.keep_file
    written = []

    def die_at_the_third(name, content):
        written.append(name)
        if len(written) == 3:
            media_path(f"{name}.part").write_bytes(content[:20])
            raise Killed
        whole(name, content)

    monkeypatch.setattr(work, "keep_file", die_at_the_third)
    with pytest.raises(Killed):
        work.take_turn()
    assert drawing.images.count() == 2
    drawing.job.refresh_from_db()
    assert drawing.job.state == Job.State.RUNNING
    before = set(drawing.images.values_list("pk", flat=True))
    monkeypatch.setattr(work, "keep_file", whole)
    Job.objects.update(lease_until="2020-01-01T00:00Z")  # its lease runs out
    work_off()
    drawing.job.refresh_from_db()
    assert drawing.job.state == Job.State.DONE
    assert drawing.images.count() == 4
    assert before < set(drawing.images.values_list("pk", flat=True))
    for image in drawing.images.all():
        with Pillow.open(media_path(image.file)) as picture:
            picture.load()


def test_a_worker_that_was_taken_for_dead_keeps_nothing(member, generator, monkeypatch):
    drawing = make_drawing(member, generator, count=1)

    def draw(*args):
        Job.objects.filter(pk=drawing.job_id).update(attempt=9)  # somebody else has it
        return loading.draw(*args)

    monkeypatch.setattr(work, "draw", draw)
    work.take_turn()
    assert not Image.objects.exists()
    assert not [path for path in media_path("studio").rglob("*") if path.is_file()]


def test_cancelling_stops_between_two_images_and_keeps_what_is_there(
    member, generator, monkeypatch
):
    drawing = make_drawing(member, generator, count=50)
    holds = []
    report = work.Hold.report

    def draw(*args):
        if drawing.images.count() == 2:
            cancel(drawing.job)
            holds[0].beat()  # what its heartbeat does every two seconds
        return loading.draw(*args)

    monkeypatch.setattr(work, "draw", draw)
    monkeypatch.setattr(
        work.Hold, "report", lambda self, *told: (holds.append(self), report(self, *told))
    )
    work.take_turn()
    drawing.job.refresh_from_db()
    assert drawing.job.state == Job.State.CANCELLED
    assert drawing.images.count() == 3


def test_lost_files_are_a_reason_and_retry_works_when_they_are_back(member, generator):
    folder = generators_folder() / generator.folder
    away = folder.rename(folder.with_name("away"))
    drawing = make_drawing(member, generator)
    work_off()
    drawing.job.refresh_from_db()
    assert drawing.job.state == Job.State.FAILED
    assert "Sprites are missing or damaged" in drawing.job.error
    away.rename(folder)
    retry(drawing.job)
    work_off()
    drawing.job.refresh_from_db()
    assert drawing.job.state == Job.State.DONE


def test_a_withdrawn_generator_still_draws_what_waits(member, generator):
    drawing = make_drawing(member, generator)
    withdraw_generator(generator)
    work_off()
    assert drawing.images.count() == 2


def test_nothing_new_comes_of_a_withdrawn_generator_and_variations_of_a_replaced_one(
    member, generator, second_artifact
):
    images = [make_image(member, generator, seed=seed) for seed in (3, 4)]
    replacing = publish_generator(folder=second_artifact, name=generator.name)
    queue_variations(owner=member, image=images[0], count=1, share=0.3, seed=1)
    withdraw_generator(replacing)
    for image in images:
        image.refresh_from_db()
    with pytest.raises(StudioRefused, match="withdrawn"):
        queue_variations(owner=member, image=images[0], count=1, share=0.3, seed=2)
    with pytest.raises(StudioRefused, match="withdrawn"):
        queue_walk(owner=member, start=images[0], end=images[1], frames=12)


def test_variations_are_like_their_image_and_can_be_made_again(member, generator):
    image = make_image(member, generator, seed=3)
    drawings = [
        queue_variations(owner=member, image=image, count=2, share=share, seed=100)
        for share in (0.0, 0.3, 0.3)
    ]
    work_off()
    same, some, again = (list(drawing.images.order_by("number")) for drawing in drawings)
    pixels = [Pillow.open(media_path(one.file)).tobytes() for one in (image, same[0], some[0])]
    assert pixels[0] == pixels[1]
    assert pixels[0] != pixels[2]
    assert [one.sha256 for one in some] == [one.sha256 for one in again]
    assert some[1].steps == [[101, 0.3]]
    deeper = queue_variations(owner=member, image=some[1], count=1, share=0.2, seed=9)
    work_off()
    assert deeper.images.get().steps == [[101, 0.3], [9, 0.2]]
    assert deeper.images.get().seed == 3


def test_a_walk_begins_and_ends_with_its_images(member, generator):
    walk = make_walk(member, generator)
    work_off()
    walk.refresh_from_db()
    assert walk.job.result == {"url": walk.get_absolute_url()}
    strip = Pillow.open(media_path(walk.files["png"]))
    assert strip.size == (12 * 28, 28)
    images = Image.objects.order_by("pk")
    first, last = (Pillow.open(media_path(image.file)).tobytes() for image in images)
    assert strip.crop((0, 0, 28, 28)).tobytes() == first
    assert strip.crop((11 * 28, 0, 12 * 28, 28)).tobytes() == last
    for kind in ("gif", "webp"):
        with Pillow.open(media_path(walk.files[kind])) as animation:
            assert animation.n_frames == 22  # there and back
            assert animation.size == (280, 280)
            about = animation.info.get("comment", b"").decode() or animation.getexif()[0x010E]
        assert json.loads(about)["generator_sha256"] == generator.sha256


def test_a_job_whose_owner_is_gone_ends_quietly(generator, monkeypatch):
    from privacy.services import erase_user

    owner = make_user()
    make_drawing(owner, generator)

    def draw(*args):
        erase_user(owner)
        return loading.draw(*args)

    monkeypatch.setattr(work, "draw", draw)
    work.take_turn()
    assert not Image.objects.exists()
    assert not [path for path in media_path("studio").rglob("*") if path.is_file()]


def test_the_sweep_sends_for_the_studio_as_for_any_job(member, generator, monkeypatch):
    from django.utils import timezone

    from jobs import broker, services

    sent = []
    monkeypatch.setattr(broker, "waiting_wakeups", lambda queue: 0)
    monkeypatch.setattr(services, "send", lambda job: sent.append(job.task))
    make_drawing(member, generator)
    Job.objects.update(created_at="2020-01-01T00:00Z")
    assert sweep(now=timezone.now()) == 1
    assert sent == ["studio.tasks.next_turn"]
