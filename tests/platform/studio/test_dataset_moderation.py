"""Images that are sent are judged where an operator has installed a model."""

import pytest

from jobs.models import Job
from jobs.services import retry
from studio.dataset_reports import moderation_of
from tests.genai.images.hostile import encoded, make_picture, zip_of
from tests.genai.images.judges import write_judge
from tests.platform.studio.sets import (
    good_files,
    kept_files,
    make_set,
    read,
)

pytestmark = pytest.mark.django_db(transaction=True)


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
