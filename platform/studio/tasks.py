from celery import shared_task
from django.utils import timezone


@shared_task
def next_turn(job_id: int) -> None:
    """A wake-up for one job more: worked on is the one whose turn it is, maybe another."""
    from studio import work  # loads ONNX Runtime

    work.take_turn()


@shared_task
def clear_files() -> None:
    from studio.pictures import clear_unclaimed

    clear_unclaimed(now=timezone.now())
