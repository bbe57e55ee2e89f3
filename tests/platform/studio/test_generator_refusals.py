"""A generator's training that cannot be begun, and the reason in words."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest

from config.media import media_path
from genai.errors import DataError
from genai.images.evaluate import FEWEST_SAMPLES
from genai.images.gan import PRESETS
from genai.images.imageset import HELD_OUT, ImageSet
from genai.images.recipe import SIZES, check_trainable
from jobs.models import Job
from studio import training_models
from studio.training_models import FEWEST_IMAGES, GeneratorRun, why_unfit
from studio.training_services import (
    StudioRefused,
    queue_generator_run,
)
from tests.factories import make_user
from tests.genai.images.toy import make_images
from tests.platform.studio.training import ENOUGH, make_dataset, make_run, work_on

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_training"),
]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [("gone", "The images of Halves are gone."), ("torn", "is damaged"), ("removed", "are gone")],
)
def test_data_that_cannot_be_read_are_a_reason_in_words(harm, reason):
    run = make_run()
    path = media_path(run.dataset.file)
    if harm == "gone":
        path.unlink()
    elif harm == "torn":
        path.write_bytes(path.read_bytes()[:100])
    else:
        type(run.dataset).objects.update(is_removed=True)
    run = work_on(run)
    assert run.job.state == Job.State.FAILED
    assert reason in run.job.error


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_run_is_refused_before_it_waits_exactly_where_its_training_would_be(preset, size):
    refused = nullcontext()
    if why_unfit(preset, size):
        refused = pytest.raises(DataError, match="cannot be halved")
    with refused:
        check_trainable(make_images(4, size=size), PRESETS[preset])


def too_few() -> ImageSet:
    """One below the least, all of one class: 49 are held out."""
    images = make_images(FEWEST_IMAGES - 1)
    return replace(images, labels=np.zeros_like(images.labels), label_names=("half",))


def test_fewer_images_than_measuring_needs_are_refused_before_the_training():
    with pytest.raises(StudioRefused, match=r"of its 333 only 49 .* Send at least 334"):
        make_run(make_dataset(too_few()))
    assert not GeneratorRun.objects.exists()
    one_more = make_images(FEWEST_IMAGES)
    one_class = replace(one_more, labels=np.zeros_like(one_more.labels), label_names=("half",))
    assert make_run(make_dataset(one_class, name="Enough"))


def test_images_that_are_drawings_of_few_things_are_refused_whatever_their_number():
    images = make_images(ENOUGH)
    alike = replace(images, families=np.full(len(images), "one thing"))
    with pytest.raises(StudioRefused, match="of its 400 only 0 are left out"):
        make_run(make_dataset(alike))


def test_what_is_enough_is_what_measuring_and_the_split_of_a_training_take_for_enough():
    assert (training_models.HELD_OUT, training_models.FEWEST_HELD_OUT) == (HELD_OUT, FEWEST_SAMPLES)


def test_a_set_that_lost_its_images_after_it_was_queued_says_what_is_missing():
    run = make_run()
    images = make_images().take(np.arange(1))
    images.save(media_path(run.dataset.file))
    run = work_on(run)
    assert run.job.state == Job.State.FAILED
    assert "too few to hold out" in run.job.error


def test_one_key_starts_one_run_and_data_that_are_not_read_start_none():
    staff, dataset = make_user(is_staff=True), make_dataset()
    wish = {"owner": staff, "dataset": dataset, "preset": "tiny", "minutes": 1, "key": "once"}
    assert queue_generator_run(**wish) == queue_generator_run(**wish)
    dataset.file = ""
    dataset.save()
    assert queue_generator_run(**wish)  # it is known already
    with pytest.raises(StudioRefused, match="has no images"):
        queue_generator_run(**wish | {"key": "twice"})
    never = make_dataset(make_images(ENOUGH + 1), name="Never used")
    type(never).objects.filter(pk=never.pk).delete()
    with pytest.raises(StudioRefused, match="has no images"):
        queue_generator_run(**wish | {"key": "thrice", "dataset": never})
    assert GeneratorRun.objects.count() == 1
