"""Where image data is kept below MEDIA_ROOT, and what of it is cleared by itself."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from config.media import media_path, remove_file, remove_folder
from jobs.models import Job
from studio.training_models import Dataset

FOLDER, UPLOADS = "datasets", "uploads"
IN_A_STRIP = 12  # of each class, side by side in one file
KEPT_UPLOAD = timedelta(days=7)  # of a job that failed or was cancelled: it can be tried again
UNCLAIMED = timedelta(days=1)  # a file may be older than its row, but not by so much


def folder_of(dataset_id: int) -> str:
    return f"{FOLDER}/{dataset_id}"


def set_file_of(dataset_id: int, sha256: str) -> str:
    return f"{folder_of(dataset_id)}/{sha256}.npz"


def examples_of(dataset_id: int, number: int) -> str:
    """A strip of images of the class of that place among the names in order."""
    return f"{folder_of(dataset_id)}/{number}.png"


def most_bytes() -> int:
    """Of an upload."""
    return settings.STUDIO_UPLOAD_MB << 20


def drop_upload(dataset: Dataset) -> None:
    """Its row names it no more; the file goes once that is sure."""
    file, dataset.upload = dataset.upload, ""
    Dataset.objects.filter(pk=dataset.pk).update(upload="")
    if file:
        transaction.on_commit(lambda: remove_file(file))


def clear_dataset_files(*, now: datetime) -> None:
    """Delete what no job can need any more: old uploads, and what killed workers left."""
    unfinished = Job.objects.unfinished().values("pk")
    for dataset in Dataset.objects.exclude(upload="").exclude(job__in=unfinished):
        if is_older(media_path(dataset.upload), now - KEPT_UPLOAD):
            drop_upload(dataset)
    claimed = set(Dataset.objects.exclude(upload="").values_list("upload", flat=True))
    for path in inside(UPLOADS):
        if f"{UPLOADS}/{path.name}" not in claimed and is_older(path, now - UNCLAIMED):
            path.unlink(missing_ok=True)
    kept = Dataset.objects.ready()
    in_use = {*kept.values_list("pk", flat=True)}
    in_use |= {*Dataset.objects.filter(job__in=unfinished).values_list("pk", flat=True)}
    for path in inside(FOLDER):
        if path.name not in {str(pk) for pk in in_use} and is_older(path, now - UNCLAIMED):
            remove_folder(f"{FOLDER}/{path.name}")


def inside(folder: str) -> Iterable[Path]:
    path = media_path(folder)
    return list(path.iterdir()) if path.is_dir() else []


def is_older(path: Path, moment: datetime) -> bool:
    """Also when it is gone."""
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return True
