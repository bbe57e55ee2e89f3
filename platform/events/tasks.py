from celery import shared_task


@shared_task
def forget_visitors() -> None:
    from events.visitors import forget_visitors

    forget_visitors()


@shared_task
def refresh_statistics() -> None:
    from events.services import refresh_statistics

    refresh_statistics()
