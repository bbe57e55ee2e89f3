from celery import shared_task
from django.utils import timezone

from jobs.holding import claimed


@shared_task
def think(job_id: int) -> None:
    from arcade import work

    with claimed(job_id) as hold:
        if hold:
            work.think(hold)


@shared_task
def play_tournament(job_id: int) -> None:
    from arcade import tournament_work

    with claimed(job_id) as hold:
        if hold:
            tournament_work.play(hold)


@shared_task
def end_forgotten() -> None:
    from arcade.settling import end_forgotten

    end_forgotten(now=timezone.now())


@shared_task
def train_agent(job_id: int) -> None:
    from arcade import training_work  # loads torch: only the worker does

    with claimed(job_id) as hold:
        if hold:
            training_work.train(hold)


@shared_task
def rate_agent(job_id: int) -> None:
    from arcade import measuring_work

    with claimed(job_id) as hold:
        if hold:
            measuring_work.rate(hold)
