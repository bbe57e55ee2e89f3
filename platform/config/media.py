"""Files that the site makes for its members, below MEDIA_ROOT; served by views only."""

import os
import secrets
import shutil
from pathlib import Path

from django.conf import settings


def media_path(name: str) -> Path:
    """name: relative, as a row keeps it."""
    return Path(settings.MEDIA_ROOT) / name


def keep_file(name: str, content: bytes) -> None:
    """There whole or not at all, down to the disk."""
    path = media_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def remove_file(name: str) -> None:
    media_path(name).unlink(missing_ok=True)


def remove_folder(name: str) -> None:
    shutil.rmtree(media_path(name), ignore_errors=True)
