"""Format and size of an image by its first bytes, so that nothing hostile is ever decoded."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Literal, NamedTuple

from genai.images.refusals import Refused

Format = Literal["PNG", "JPEG", "GIF", "WEBP", "BMP"]
SUFFIXES: dict[str, Format] = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".gif": "GIF",
    ".webp": "WEBP",
    ".bmp": "BMP",
}
SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # markers of a JPEG that carry its size
SOS = 0xDA
MAX_SCANS = 64  # of a JPEG: each one goes through every pixel again
GIF_EXTENSION, GIF_IMAGE = 0x21, 0x2C
# what a browser, an unpacker or a server could take the same bytes for
OTHER_KINDS = re.compile(rb"<\?php|<script|<html|<svg|<!doctype|<!entity", re.IGNORECASE)
PDF_WITHIN = 1024  # bytes in which readers look for the head of a document
ZIP_END, ZIP_TAIL = b"PK\x05\x06", (1 << 16) + 22


class Header(NamedTuple):
    format: Format
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


def read_header(data: bytes) -> Header:
    """Refused when it is none of the five formats or its header is no header."""
    for signature, read in READERS.items():
        if data.startswith(signature):
            try:
                return read(data)
            except (struct.error, IndexError) as error:
                raise Refused("damaged", "ends within its header") from error
    start = data[:PDF_WITHIN].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        raise Refused("format", "SVG is a document with scripts, not an image")
    raise Refused("format", "its first bytes are those of no image format that is read")


def refuse_disguised(data: bytes) -> None:
    """Bytes that are an archive, a document or a script as well are nobody's photograph."""
    if ZIP_END in data[-ZIP_TAIL:] and b"PK\x01\x02" in data:
        raise Refused("disguised", "is a zip archive as well")
    if b"%PDF-" in data[:PDF_WITHIN]:
        raise Refused("disguised", "is a PDF as well")
    if found := OTHER_KINDS.search(data):
        raise Refused("disguised", f"holds {found.group().decode()!r}")


def _png(data: bytes) -> Header:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if (length, kind) != (13, b"IHDR"):
        raise Refused("damaged", "a PNG that does not begin with IHDR")
    return Header("PNG", width, height)


def _jpeg(data: bytes) -> Header:
    if data.count(bytes((0xFF, SOS))) > MAX_SCANS:
        raise Refused("pixels", f"a JPEG of more than {MAX_SCANS} scans")
    place = 2
    while True:
        if data[place] != 0xFF:
            raise Refused("damaged", "a JPEG without a size")
        marker = data[place + 1]
        if marker == 0xFF:  # filling
            place += 1
        elif marker in SOF:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return Header("JPEG", width, height)
        elif marker == SOS:
            raise Refused("damaged", "a JPEG without a size")
        else:
            (length,) = struct.unpack_from(">H", data, place + 2)
            place += 2 + length


def _gif(data: bytes) -> Header:
    """The first frame may lie outside of the screen, which then grows."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    place = 13 + _colours(flags)
    while data[place] == GIF_EXTENSION:
        place += 2
        while data[place]:
            place += 1 + data[place]
        place += 1
    if data[place] != GIF_IMAGE:
        raise Refused("damaged", "a GIF without an image")
    left, top, right, bottom = struct.unpack_from("<HHHH", data, place + 1)
    return Header("GIF", max(width, left + right), max(height, top + bottom))


def _colours(flags: int) -> int:
    """Bytes of the table of colours of a GIF."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _webp(data: bytes) -> Header:
    if data[8:12] != b"WEBP":
        raise Refused("format", "a RIFF file that is no WebP")
    kind = data[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    else:
        raise Refused("damaged", "a WebP without an image")
    return Header("WEBP", width, height)


def _bmp(data: bytes) -> Header:
    (length,) = struct.unpack_from("<I", data, 14)
    if length == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return Header("BMP", width, abs(height))  # below 0: stored from the top


READERS: dict[bytes, Callable[[bytes], Header]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"\xff\xd8\xff": _jpeg,
    b"GIF87a": _gif,
    b"GIF89a": _gif,
    b"RIFF": _webp,
    b"BM": _bmp,
}
