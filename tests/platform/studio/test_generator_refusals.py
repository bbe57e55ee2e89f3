"""A generator's training that cannot be begun, and the reason in words."""

from contextlib import nullcontext

import numpy as np
import pytest

from config.media import media_path
from genai.errors import DataError
from genai.images.gan import PRESETS
from genai.images.recipe import SIZES, check_trainable
from jobs.models import Job
from studio.training_models import GeneratorRun, why_unfit
from studio.training_services import (
    StudioRefused,
    queue_generator_run,
)
from tests.factories import make_user
from tests.genai.images.toy import make_images
from tests.platform.studio.training import make_dataset, make_run, work_on

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


def test_too_few_images_are_a_reason_in_words():
    images = make_images().take(np.arange(1))
    run = work_on(make_run(make_dataset(images)))
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
    never = make_dataset(make_images(32), name="Never used")
    type(never).objects.filter(pk=never.pk).delete()
    with pytest.raises(StudioRefused, match="has no images"):
        queue_generator_run(**wish | {"key": "thrice", "dataset": never})
    assert GeneratorRun.objects.count() == 1
