"""The site's Celery app, whose lease is short and whose tiny trainings are long and often saved.

Run it with `celery -A tests.platform.studio.worker_app worker`.
"""

import os
from dataclasses import replace
from datetime import timedelta

from django.conf import settings

from tests.platform.jobs.worker_app import app  # noqa: F401  # sets Django up

settings.JOB_LEASE = timedelta(seconds=float(os.environ["TEST_LEASE"]))

from genai.images import snapshots, training  # noqa: E402
from genai.images.gan import PRESETS  # noqa: E402

PRESETS["tiny"] = replace(PRESETS["tiny"], steps=int(os.environ["TEST_STEPS"]))
training.CHECKPOINT_SECONDS = 0.0
training.PREVIEW_SECONDS = 0.5
snapshots.N_SNAPSHOTS = 1
