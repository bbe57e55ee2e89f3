"""kill -9 of the process that draws, again and again: no job is lost, no image is half there."""

import os
import random
import subprocess
import sys
import time
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from PIL import Image as Pillow

from config.media import media_path
from jobs.models import Job
from studio.models import Generator, Image, ImageJob
from studio.services import publish_generator
from tests.factories import make_user
from tests.platform.studio.drawing import make_drawing, work_off

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[3]
KILLS = 10
JOBS, IMAGES = 5, 40  # of one member; images of each job
DRAWING = """
import time
from datetime import timedelta
import django
django.setup()
from django.conf import settings
from jobs.models import Job
from studio.work import take_turn
settings.JOB_LEASE = timedelta(seconds=1)
while Job.objects.unfinished().exists():
    take_turn()
    time.sleep(0.05)
"""


@pytest.fixture
def generator(artifact: Path, settings, tmp_path: Path) -> Generator:
    """Where a process with this state folder finds it."""
    settings.ARTIFACTS_DIR, settings.MEDIA_ROOT = tmp_path / "artifacts", tmp_path / "media"
    settings.JOB_MAX_ATTEMPTS = 2 * KILLS
    return publish_generator(folder=artifact, name="Sprites")


def start_drawing(state: Path) -> subprocess.Popen:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path="/" + connection.settings_dict["NAME"])
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "platform"),
        "DATABASE_URL": urlunsplit(url),
        "MARQUEE_STATE": str(state),
        "MARQUEE_EMBEDDED": "",
    }
    return subprocess.Popen([sys.executable, "-c", DRAWING], cwd=ROOT, env=environment)


def test_ten_kills_cost_no_job_and_leave_no_half_image(generator: Generator, tmp_path: Path):
    chance = random.Random(0)
    drawings = [make_drawing(make_user(), generator, count=IMAGES, seed=n) for n in range(JOBS)]
    killed = 0
    while Job.objects.unfinished().exists():
        process = start_drawing(tmp_path)
        wanted = Image.objects.count() + chance.randint(1, JOBS * IMAGES // KILLS - 1)
        while killed < KILLS and Image.objects.count() < wanted and process.poll() is None:
            time.sleep(chance.random() / 100)
        if killed < KILLS and process.poll() is None:
            process.kill()
            killed += 1
        process.wait(60)

    assert killed == KILLS
    for drawing in drawings:
        drawing.job.refresh_from_db()
        assert drawing.job.state == Job.State.DONE
        numbers = drawing.images.order_by("number").values_list("number", flat=True)
        assert list(numbers) == list(range(IMAGES))
    for image in Image.objects.all():
        content = media_path(image.file).read_bytes()
        assert sha256(content).hexdigest() == image.sha256
        Pillow.open(BytesIO(content)).load()
    assert_same_as_unbroken(drawings[0], generator)


def assert_same_as_unbroken(drawing: ImageJob, generator: Generator) -> None:
    again = make_drawing(make_user(), generator, count=IMAGES, seed=drawing.seed)
    work_off()
    pairs = zip(drawing.images.order_by("number"), again.images.order_by("number"), strict=True)
    assert all(pixels_of(one) == pixels_of(other) for one, other in pairs)


def pixels_of(image: Image) -> bytes:
    with Pillow.open(media_path(image.file)) as found:
        return found.tobytes()
