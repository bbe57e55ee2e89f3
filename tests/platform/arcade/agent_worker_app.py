"""The site's Celery app, whose lease is short and whose tiny trainings have more rounds.

Run it with `celery -A tests.platform.arcade.agent_worker_app worker`.
"""

import os
from dataclasses import replace
from datetime import timedelta

from django.conf import settings

from tests.platform.jobs.worker_app import app  # noqa: F401  # sets Django up

settings.JOB_LEASE = timedelta(seconds=float(os.environ["TEST_LEASE"]))

from arcade import measuring_work  # noqa: E402
from genai.games import presets  # noqa: E402

presets.TINY = replace(presets.TINY, rounds=int(os.environ["TEST_ROUNDS"]))
measuring_work.GAMES_A_PAIR = 2
