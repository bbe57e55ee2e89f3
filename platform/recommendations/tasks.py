from celery import shared_task
from django.utils import timezone

from jobs.holding import claimed


@shared_task
def train(job_id: int) -> None:
    from recommendations import work  # loads torch: only the worker does

    with claimed(job_id) as hold:
        if hold:
            work.train(hold)


@shared_task
def evaluate(job_id: int) -> None:
    from recommendations import measuring_work  # loads torch: only the worker does

    with claimed(job_id) as hold:
        if hold:
            measuring_work.evaluate(hold)


@shared_task
def tune(job_id: int) -> None:
    from recommendations import tuning_work  # loads torch: only the worker does

    with claimed(job_id) as hold:
        if hold:
            tuning_work.tune(hold)


@shared_task
def encode_new_titles() -> None:
    from recommendations import cold

    cold.encode_new_titles()


@shared_task
def keep_served_log() -> None:
    from recommendations import partitions

    partitions.keep_up(now=timezone.now())


@shared_task
def nightly() -> None:
    """What the nightly schedule starts; at most one run a day however often it is delivered."""
    from recommendations.models import Run
    from recommendations.services import queue_run

    queue_run(
        note="nightly",
        promote_when_better=True,
        origin=Run.Origin.SCHEDULE,
        key=f"nightly-{timezone.now():%Y-%m-%d}",
    )
