from celery import shared_task
from django.utils import timezone


@shared_task
def sweep() -> None:
    from jobs.services import sweep

    sweep(now=timezone.now())
