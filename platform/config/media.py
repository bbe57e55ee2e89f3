"""Files that the site makes for its members, below MEDIA_ROOT; served by views only."""

import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings


def media_path(name: str) -> Path:
    """name: relative, as a row keeps it."""
    return Path(settings.MEDIA_ROOT) / name


def keep_file(name: str, content: bytes) -> None:
    """There whole or not at all, down to the disk."""
    keep_chunks(name, [content])


def keep_upload(folder: str, chunks: Iterable[bytes]) -> str:
    """What somebody sent, by a name that tells nothing of it."""
    name = f"{folder}/{secrets.token_hex(16)}"
    keep_chunks(name, chunks)
    return name


def keep_chunks(name: str, chunks: Iterable[bytes]) -> None:
    path = media_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def remove_file(name: str) -> None:
    media_path(name).unlink(missing_ok=True)


def remove_folder(name: str) -> None:
    shutil.rmtree(media_path(name), ignore_errors=True)
