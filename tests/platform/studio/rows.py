"""Rows of the studio with their files, without a worker that draws them."""

from typing import Any

from django.utils import timezone
from PIL import Image as Pillow

from accounts.models import User
from config.media import keep_file
from studio.models import Generator, Image, ImageJob, Walk
from studio.pictures import png_of
from tests.factories import make_job


def make_generator() -> Generator:
    fields = {"folder": "x", "labels": ["monster"], "size": 28, "published_at": timezone.now()}
    known = {"name": "Sprites", "sha256": "a" * 64}
    return Generator.objects.get_or_create(**known, defaults=fields)[0]


def make_drawing(owner: User) -> ImageJob:
    return ImageJob.objects.create(
        job=make_job(owner=owner), generator=make_generator(), count=1, seed=0, truncation=1
    )


def make_image(owner: User, **changes: Any) -> Image:
    drawing = make_drawing(owner)
    name = f"studio/{owner.pk}/{drawing.pk}.png"
    content = png_of(Pillow.new("RGBA", (28, 28)), "")
    keep_file(name, content)
    fields = {"owner": owner, "drawing": drawing, "generator": drawing.generator, "number": 0}
    fields |= {"label": "monster", "seed": 0, "truncation": 1, "file": name, "sha256": "x"}
    return Image.objects.create(**fields | changes)


def make_walk(owner: User) -> Walk:
    end = {"seed": 1, "steps": [], "truncation": 1}
    name = f"studio/{owner.pk}/walk.png"
    keep_file(name, b"x")
    return Walk.objects.create(
        job=make_job(owner=owner),
        generator=make_generator(),
        label="monster",
        start=end | {"seed": 0},
        end=end,
        frames=3,
        files={"png": name},
    )
