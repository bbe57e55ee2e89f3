"""Images as files: their parameters inside, and a name that no other image ever has."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from studio.models import Generator, Image, Walk
from studio.recipes import Recipe

FOLDER = "studio"
SOFTWARE = "Marquee studio"
# https://cv.iptc.org/newscodes/digitalsourcetype/: says to other programs that nobody drew this
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
FRAME_MILLISECONDS = 80
EXIF_DESCRIPTION, EXIF_SOFTWARE = 0x010E, 0x0131
AVATAR_SIZE = 128
UNCLAIMED = timedelta(days=1)  # a file may be older than its row, but not by so much


def folder_of(owner_id: int) -> str:
    return f"{FOLDER}/{owner_id}"


def provenance(generator: Generator, *recipes: Recipe) -> str:
    """What made it, as JSON: enough to make it again."""
    made = [recipe.to_json() for recipe in recipes]
    about = {
        "generator": generator.name,
        "generator_sha256": generator.sha256,
        "class": recipes[0].label,
    }
    return json.dumps(about | (made[0] if len(made) == 1 else {"start": made[0], "end": made[1]}))


def png_of(picture: Pillow.Image, about: str) -> bytes:
    """The same bytes for the same image."""
    info = PngInfo()
    info.add_text("Software", SOFTWARE)
    info.add_text("parameters", about)
    info.add_text("DigitalSourceType", SOURCE_TYPE)
    return _saved(picture, "PNG", pnginfo=info)


def plain_png_of(picture: Pillow.Image) -> bytes:
    """Of what no generator made: nothing but pixels."""
    return _saved(picture, "PNG")


def animation_of(frames: Sequence[Pillow.Image], kind: str, about: str) -> bytes:
    """There and back again, without end. kind: "gif" or "webp"."""
    rest = [*frames[1:], *frames[-2:0:-1]]
    options: dict[str, Any] = {
        "save_all": True,
        "append_images": rest,
        "duration": FRAME_MILLISECONDS,
        "loop": 0,
    }
    if kind == "gif":
        return _saved(frames[0], "GIF", **options, disposal=2, comment=about.encode())
    exif = Pillow.Exif()
    exif[EXIF_DESCRIPTION], exif[EXIF_SOFTWARE] = about, SOFTWARE
    return _saved(frames[0], "WEBP", **options, lossless=True, kmin=0, kmax=1, exif=exif)


def strip_of(frames: Sequence[Pillow.Image]) -> Pillow.Image:
    """All of them side by side."""
    width, height = frames[0].size
    strip = Pillow.new(frames[0].mode, (width * len(frames), height))
    for number, frame in enumerate(frames):
        strip.paste(frame, (number * width, 0))
    return strip


def enlarged(picture: Pillow.Image, least: int) -> Pillow.Image:
    """Every pixel a square, so that the sides are at least so long."""
    times = -(-least // min(picture.size))
    return picture.resize(
        (picture.width * times, picture.height * times), Pillow.Resampling.NEAREST
    )


def avatar_of(path: Path) -> bytes:
    """Without its parameters: an avatar says nothing of how it was made."""
    with Pillow.open(path) as picture:
        return _saved(enlarged(picture.convert("RGBA"), AVATAR_SIZE), "PNG")


def _saved(picture: Pillow.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def clear_unclaimed(*, now: datetime) -> int:
    """Delete files that no row names: of killed workers and erased people. How many."""
    root = Path(settings.MEDIA_ROOT)
    before = (now - UNCLAIMED).timestamp()
    old = {
        str(path.relative_to(root)): path
        for path in (root / FOLDER).rglob("*")
        if path.is_file() and path.stat().st_mtime < before
    }
    claimed = set(Image.objects.filter(file__in=old).values_list("file", flat=True))
    for files in Walk.objects.values_list("files", flat=True).iterator():
        claimed.update(files.values())
    unclaimed = old.keys() - claimed
    for name in unclaimed:
        old[name].unlink(missing_ok=True)
    return len(unclaimed)
