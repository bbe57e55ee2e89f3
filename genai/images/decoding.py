"""One image that a stranger sent → its plain pixels, upright, and nothing else of the file."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

import numpy as np
from PIL import Image, UnidentifiedImageError

from genai.images.headers import SUFFIXES, Header, read_header, refuse_disguised
from genai.images.refusals import Refused

MAX_BYTES = 20 << 20
MAX_PIXELS = 24_000_000  # decoded they must not take more than 300 MB with all that is beside
MAX_WEBP_PIXELS = 10_000_000  # its decoder holds each of them four times
MAX_SIDE = 16_384
MIN_SIDE = 8
ORIENTATION = 0x0112  # the EXIF tag
TURNS: dict[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def check(data: bytes, name: str) -> Header:
    """Format and size after every check that needs no decoding; Refused otherwise."""
    if not data or len(data) > MAX_BYTES:
        raise Refused("bytes", f"{len(data):,} bytes; 1 to {MAX_BYTES:,} are taken")
    header = read_header(data)
    named = SUFFIXES.get(PurePosixPath(name).suffix.lower())
    if named != header.format:
        raise Refused(
            "extension", f"is {header.format}, its name says {named or 'nothing of that'}"
        )
    width, height = header.size
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_SIDE:
        raise Refused("pixels", f"{width} x {height}; sides of {MIN_SIDE} to {MAX_SIDE} are taken")
    most = MAX_WEBP_PIXELS if header.format == "WEBP" else MAX_PIXELS
    if width * height > most:
        raise Refused("pixels", f"{width} x {height} are more than {most:,} pixels")
    refuse_disguised(data)
    return header


def decode(data: bytes, name: str, *, enough: int | None = None) -> Image.Image:
    """RGBA, upright, without metadata, colourless where nothing is seen; of a GIF the first frame.

    enough: pixels a side that suffice: a larger image comes smaller, but never below.
    """
    header = check(data, name)
    try:
        with Image.open(io.BytesIO(data), formats=[header.format]) as image:
            if image.size != header.size:
                raise Refused("damaged", "has two sizes")
            if enough is not None:
                image.draft(None, (enough, enough))
            image.load()  # first: reading EXIF may load as well, and hide what fails
            turn = _turn(image)
            plain = _plain(image, enough)
    except Refused:
        raise
    except UnidentifiedImageError as error:  # it says no more than the name of our buffer
        raise Refused("damaged", f"cannot be read as {header.format}") from error
    except Exception as error:  # a decoder that is fed anything may raise anything
        raise Refused("damaged", f"cannot be decoded as {header.format}: {error}") from error
    if turn is not None:
        plain = plain.transpose(turn)
    return _without_hidden_colours(plain)


def reencode(data: bytes, name: str, *, longest: int = MAX_SIDE) -> bytes:
    """The same picture as a PNG that we wrote ourselves, no side longer than that."""
    image = decode(data, name, enough=longest)
    image.thumbnail((longest, longest))
    if is_opaque(image):
        image = image.convert("RGB")
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def is_opaque(image: Image.Image) -> bool:
    """Whether nothing of an RGBA image shines through."""
    return image.getchannel("A").getextrema()[0] == 255


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What sets it upright; None when it is, or when its EXIF says nothing that can be read."""
    try:
        return TURNS.get(image.getexif().get(ORIENTATION, 1))
    except Exception:  # the same hostile bytes, of which the picture needs nothing
        return None


def _plain(image: Image.Image, enough: int | None) -> Image.Image:
    """RGBA, made smaller first where that spares memory."""
    if image.mode.startswith("I"):  # 16 bits of grey: else all above 255 would be white
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    elif image.mode not in ("L", "LA", "RGB", "RGBA"):
        image = image.convert("RGBA")
    factor = min(image.size) // enough if enough else 1
    return (image.reduce(factor) if factor > 1 else image).convert("RGBA")


def _without_hidden_colours(image: Image.Image) -> Image.Image:
    """Also a copy that shares no metadata with the file."""
    pixels = np.array(image)
    pixels[pixels[..., 3] == 0] = 0
    return Image.fromarray(pixels)
