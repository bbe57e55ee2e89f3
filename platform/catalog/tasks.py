from celery import shared_task


@shared_task
def forget_old_changes() -> None:
    from catalog.changes import forget_old_changes

    forget_old_changes()
