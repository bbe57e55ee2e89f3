"""Members who ask the studio for something, and a worker that takes one turn after another."""

from typing import Any

from accounts.models import User
from jobs.models import Job
from studio.models import TASK, Generator, Image, ImageJob, Walk
from studio.services import Wish, queue_drawing, queue_walk
from studio.work import take_turn


def make_drawing(owner: User, generator: Generator, **changes: Any) -> ImageJob:
    key = changes.pop("key", None)
    fields = {"label": "monster", "count": 2, "seed": 7, "truncation": 0.8} | changes
    return queue_drawing(owner=owner, wish=Wish(generator, **fields), key=key)


def work_off() -> None:
    """As many turns as jobs are waiting."""
    for _ in range(Job.objects.filter(task=TASK).unfinished().count()):
        take_turn()


def make_image(owner: User, generator: Generator, **changes: Any) -> Image:
    """Drawn by a worker; `visibility` sets what else it is."""
    visibility = changes.pop("visibility", Image.Visibility.OWN)
    drawing = make_drawing(owner, generator, **{"count": 1} | changes)
    work_off()
    Image.objects.filter(drawing=drawing).update(visibility=visibility)
    return Image.objects.get(drawing=drawing)


def make_walk(owner: User, generator: Generator) -> Walk:
    ends = [make_image(owner, generator, seed=seed) for seed in (1, 2)]
    return queue_walk(owner=owner, start=ends[0], end=ends[1], frames=12)
