"""Images that staff send, and a worker that reads them."""

from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import User
from config.media import media_path
from studio.dataset_services import Sent, queue_dataset
from studio.tasks import read_dataset
from studio.training_models import Dataset
from tests.factories import make_user
from tests.genai.images.hostile import encoded, make_picture, zip_of


def good_files(count: int = 3) -> dict[str, bytes]:
    """As many pictures of cats as of dogs."""
    return {
        f"{label}/{number}.png": encoded(make_picture(seed=1000 * place + number), "PNG")
        for place, label in enumerate(("cat", "dog"))
        for number in range(count)
    }


def good_zip(count: int = 3) -> bytes:
    return zip_of(good_files(count))


def send(content: bytes, *, owner: User | None = None, **changes: Any) -> Dataset:
    fields = {"name": "Pets", "chunks": [content], "size": None, "channels": None} | changes
    return queue_dataset(owner=owner or make_user(is_staff=True), sent=Sent(**fields))


def read(dataset: Dataset) -> Dataset:
    """As a worker that the job wakes."""
    read_dataset(dataset.job_id)
    return Dataset.objects.select_related("job").get(pk=dataset.pk)


def make_set(name: str = "Pets", **changes: Any) -> Dataset:
    return read(send(changes.pop("content", None) or good_zip(), name=name, **changes))


def kept_files() -> list[str]:
    """All that lies below MEDIA_ROOT."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def has_upload(dataset: Dataset) -> bool:
    return bool(dataset.upload) and media_path(dataset.upload).is_file()
