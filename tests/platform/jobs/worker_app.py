"""The site's Celery app with tasks that only tests need.

Run it with `celery -A tests.platform.jobs.worker_app worker`.
"""

import os
import time

import django

import config.celery

django.setup()

from jobs.holding import claimed  # noqa: E402

app = config.celery.app

STEP_SECONDS = 0.2


@app.task(name="tests.count")
def count(job_id: int) -> None:
    """Counts to params["steps"], on from where an earlier attempt came."""
    with claimed(job_id) as hold:
        if hold:
            steps = hold.job.params["steps"]
            for step in range(int(hold.job.progress * steps), steps):
                hold.report(step / steps, f"step {step}")
                hold.note(f"step {step} pid {os.getpid()}")
                time.sleep(STEP_SECONDS)


@app.task(name="tests.die")
def die(job_id: int) -> None:
    """Takes its process with it, as an out-of-memory kill does."""
    with claimed(job_id) as hold:
        if hold:
            os.kill(os.getpid(), 9)
