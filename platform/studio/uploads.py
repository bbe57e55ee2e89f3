"""Bodies that are larger than the site takes: looked at before they are read."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from studio.dataset_files import most_bytes

ROOM = 64 << 10  # bytes of a form beside its file


class Unread(FileUploadHandler):
    """Passes over the file, so that the sender, who reads no answer before, gets one."""

    def new_file(self, *args: Any, **more: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


def is_too_large(request: HttpRequest) -> bool:
    """By what it says of itself; nobody reads more than that. If so, its file is not kept."""
    said = request.META.get("CONTENT_LENGTH") or ""
    found = said.isdecimal() and int(said) > most_bytes() + ROOM
    if found:
        request.upload_handlers = [Unread(request)]
    return found
