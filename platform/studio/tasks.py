from celery import shared_task
from django.utils import timezone

from jobs.holding import claimed


@shared_task
def next_turn(job_id: int) -> None:
    """A wake-up for one job more: worked on is the one whose turn it is, maybe another."""
    from studio import work  # loads ONNX Runtime

    work.take_turn()


@shared_task
def train_generator(job_id: int) -> None:
    from studio import training_work  # loads torch: only the worker does

    with claimed(job_id) as hold:
        if hold:
            training_work.train(hold)


@shared_task
def measure_generator(job_id: int) -> None:
    from studio import measuring_work  # loads torch: only the worker does

    with claimed(job_id) as hold:
        if hold:
            measuring_work.measure(hold)


@shared_task
def read_dataset(job_id: int) -> None:
    from studio import dataset_work  # loads ONNX Runtime

    with claimed(job_id) as hold:
        if hold:
            dataset_work.read_dataset(hold)


@shared_task
def clear_files() -> None:
    from studio.dataset_files import clear_dataset_files
    from studio.pictures import clear_unclaimed

    clear_unclaimed(now=timezone.now())
    clear_dataset_files(now=timezone.now())
