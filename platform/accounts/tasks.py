from celery import shared_task
from django.core.management import call_command


@shared_task
def clear_sessions() -> None:
    """Ended sessions stay in the database until somebody removes them."""
    call_command("clearsessions")
