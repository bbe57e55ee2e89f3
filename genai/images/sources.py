"""The files of a folder or of a zip archive, one after the other, each with a bounded read.

Nothing is unpacked to the disk, no link is followed, and what is refused is refused by its entry.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from genai.errors import DataError
from genai.images.decoding import MAX_BYTES
from genai.images.refusals import Refused

MAX_FILES = 100_000
MAX_TOTAL_BYTES = 4 << 30  # of an archive, unpacked
MAX_RATIO = 200  # unpacked to packed, of an entry that is not small
SMALL_ENTRY = 1 << 20
LARGEST_DIRECTORY = 8 << 20  # bytes of an archive's list of entries
PACKED_AS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 0x1


class SourceFile(NamedTuple):
    name: str  # with slashes, below the folder or archive
    read: Callable[[], bytes]  # Refused when it may not be read


def files_of(path: Path) -> Iterator[SourceFile]:
    """In the order of their names. DataError when all of it is refused."""
    if path.is_dir():
        return _files_of_folder(path)
    if not path.is_file():
        raise DataError(f"{path}: there is no such folder or file")
    return _files_of_zip(path)


def _files_of_folder(folder: Path) -> Iterator[SourceFile]:
    count = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_machinery(name))
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        for name in sorted([*names, *links]):
            if _is_machinery(name):
                continue
            if (count := count + 1) > MAX_FILES:
                raise DataError(f"{folder}: has more than {MAX_FILES:,} files")
            file = Path(parent, name)
            yield SourceFile(file.relative_to(folder).as_posix(), _reader(file))


def _reader(file: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            # not followed, not waited for: a link or a pipe may have come since
            handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise Refused("link", f"cannot be opened: {error.strerror}") from error
        with os.fdopen(handle, "rb") as opened:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode):
                raise Refused("link", "is no regular file")
            if facts.st_size > MAX_BYTES:
                raise Refused("bytes", f"{facts.st_size:,} bytes; up to {MAX_BYTES:,} are taken")
            return opened.read(MAX_BYTES + 1)

    return read


def _files_of_zip(path: Path) -> Iterator[SourceFile]:
    try:
        with _Guarded(path) as file, zipfile.ZipFile(file) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            _refuse_bomb(path, entries)
            for entry in sorted(entries, key=lambda each: each.filename):
                if not _is_machinery(*PurePosixPath(entry.filename).parts):
                    yield SourceFile(entry.filename, _unpacker(archive, entry))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise DataError(f"{path}: is neither a folder nor a zip archive: {error}") from error


class _Guarded(FileIO):
    """A file of which nobody reads much at once: an archive says itself how long its list is."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size > LARGEST_DIRECTORY:
            raise DataError(f"{self.name}: has too long a list of entries")
        return super().read(size)


def _refuse_bomb(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_FILES:
        raise DataError(f"{path}: has more than {MAX_FILES:,} files")
    total = sum(each.file_size for each in entries)
    if total > MAX_TOTAL_BYTES:
        raise DataError(f"{path}: would unpack to {total:,} bytes")
    ends = sorted((each.header_offset, each.header_offset + each.compress_size) for each in entries)
    if any(end > start for (_, end), (start, _) in zip(ends, ends[1:], strict=False)):
        raise DataError(f"{path}: has entries that share their bytes")


def _unpacker(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        _refuse_entry(entry)
        try:
            with archive.open(entry) as opened:
                return opened.read(MAX_BYTES + 1)
        except Exception as error:  # an unpacker that is fed anything may raise anything
            raise Refused("damaged", f"cannot be unpacked: {error}") from error

    return read


def _refuse_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts:
        raise Refused("path", "its path leads out of the archive")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise Refused("link", "is no regular file")
    if entry.flag_bits & ENCRYPTED or entry.compress_type not in PACKED_AS:
        raise Refused("locked", "is encrypted or packed in an unknown way")
    if entry.file_size > MAX_BYTES:
        raise Refused("bytes", f"{entry.file_size:,} bytes; up to {MAX_BYTES:,} are taken")
    if entry.file_size > max(SMALL_ENTRY, MAX_RATIO * entry.compress_size):
        raise Refused("bytes", f"unpacks to more than {MAX_RATIO} times its size")


def _is_machinery(*parts: str) -> bool:
    """What systems leave in folders; nobody means it to be an image."""
    return any(
        (part.startswith(".") and not part.startswith(".."))
        or part in ("__MACOSX", "Thumbs.db", "desktop.ini")
        for part in parts
    )
