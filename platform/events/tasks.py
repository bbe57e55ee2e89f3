from celery import shared_task


@shared_task
def refresh_statistics() -> None:
    from events.services import refresh_statistics

    refresh_statistics()
