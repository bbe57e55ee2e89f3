"""Writes of the studio: what draws, and what is asked for. On images: image_services.py."""

import logging
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from jobs.models import Job
from jobs.services import queue_job
from studio.loading import GeneratorUnusable, generators_folder, read_facts
from studio.models import TASK, Generator, Image, ImageJob, Walk
from studio.recipes import MAX_STEPS

log = logging.getLogger(__name__)

MAX_UNFINISHED = 5  # jobs of one member
MAX_IMAGES = 64  # of one job
BIGGEST_SEED = 2**31 - 1
A_DAY = timedelta(days=1)
DRAWING, WALK = "drawing", "walk"  # kinds of work, each with keys of its own
SOON, LATER = 30, 3600  # seconds after which it makes sense to ask again


class StudioRefused(Exception):
    """This cannot be done now; the message says why."""


class QuotaReached(StudioRefused):
    """This member has as much as one may have; comes right by itself."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


@dataclass(frozen=True)
class Wish:
    """What somebody wants drawn."""

    generator: Generator
    label: str  # "": every class in turn
    count: int
    seed: int
    truncation: float


# ── Generators ────────────────────────────────────────────────────────────────────────────────────


def publish_generator(*, folder: Path, name: str, by: User | None = None) -> Generator:
    """A copy of the artifact draws under this name from now on; GeneratorUnusable if it cannot.

    The same artifact again is the same generator, whose files are made whole.
    """
    facts = read_facts(folder)
    kept_as = facts.sha256[:16]
    _copy_artifact(folder, generators_folder() / kept_as)
    with transaction.atomic():
        generator, is_new = Generator.objects.get_or_create(
            name=name,
            sha256=facts.sha256,
            defaults={
                "folder": kept_as,
                "data_sha256": facts.data_sha256,
                "labels": facts.labels,
                "size": facts.size,
                "metrics": facts.metrics,
                "is_current": False,
                "published_by": by,
                "published_at": timezone.now(),
            },
        )
        use_generator(generator)
    log.info("generator %s is published%s", generator, "" if is_new else " again")
    return generator


@transaction.atomic
def use_generator(generator: Generator) -> None:
    """It draws under its name; the one that did is kept, so going back is the same call."""
    namesakes = Generator.objects.select_for_update().filter(name=generator.name).order_by("pk")
    for other in namesakes:
        if other.is_current and other.pk != generator.pk:
            Generator.objects.filter(pk=other.pk).update(is_current=False)
    Generator.objects.filter(pk=generator.pk).update(is_current=True)
    generator.is_current = True


def withdraw_generator(generator: Generator) -> None:
    """Nothing new is drawn with it; what it has drawn stays, and what waits is still drawn."""
    Generator.objects.filter(pk=generator.pk).update(is_current=False)


def _copy_artifact(folder: Path, target: Path) -> None:
    if _is_whole(target):
        return
    part = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
    try:
        shutil.copytree(folder, part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)  # last: a worker never sees half of it
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _is_whole(folder: Path) -> bool:
    try:
        read_facts(folder)
    except GeneratorUnusable:
        return False
    return True


# ── Jobs ──────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def queue_drawing(*, owner: User, wish: Wish, key: str | None = None) -> ImageJob:
    """The same owner's same key gives the same job. QuotaReached, StudioRefused."""
    known = _known(owner, DRAWING, key)
    if known:
        return ImageJob.objects.get(job=known)
    _check_quota(owner, images=wish.count)
    job = queue_job(
        task=TASK, label=_label(wish.label, wish.count), owner=owner, key=_own(DRAWING, key)
    )
    return ImageJob.objects.create(
        job=job,
        generator=wish.generator,
        label=wish.label,
        count=wish.count,
        seed=wish.seed,
        truncation=wish.truncation,
    )


@transaction.atomic
def queue_variations(
    *, owner: User, image: Image, count: int, share: float, seed: int, key: str | None = None
) -> ImageJob:
    """Images that go a share of the way from this one to others, with the generator it is of."""
    known = _known(owner, DRAWING, key)
    if known:
        return ImageJob.objects.get(job=known)
    _check_not_withdrawn(image.generator)
    if len(image.steps) >= MAX_STEPS:
        raise StudioRefused(
            _("This is a variation of a variation, %(n)d deep: start from an earlier one.")
            % {"n": MAX_STEPS}
        )
    _check_quota(owner, images=count)
    label = ngettext("%(n)d variation of %(what)s", "%(n)d variations of %(what)s", count) % {
        "n": count,
        "what": image.label,
    }
    return ImageJob.objects.create(
        job=queue_job(task=TASK, label=label, owner=owner, key=_own(DRAWING, key)),
        generator=image.generator,
        label=image.label,
        count=count,
        seed=seed,
        truncation=image.truncation,
        varied={"seed": image.seed, "steps": image.steps},
        share=share,
    )


@transaction.atomic
def queue_walk(
    *, owner: User, start: Image, end: Image, frames: int, key: str | None = None
) -> Walk:
    """Between two images that one generator made of one class."""
    known = _known(owner, WALK, key)
    if known:
        return Walk.objects.get(job=known)
    if (start.generator_id, start.label) != (end.generator_id, end.label):
        raise StudioRefused(_("A walk goes between two images of one generator and one class."))
    _check_not_withdrawn(start.generator)
    if start.recipe == end.recipe:
        raise StudioRefused(_("Both ends are the same image: choose another."))
    _check_quota(owner, images=0)
    label = _("Walk between two images, %(what)s") % {"what": start.label}
    return Walk.objects.create(
        job=queue_job(task=TASK, label=label, owner=owner, key=_own(WALK, key)),
        generator=start.generator,
        label=start.label,
        start=start.recipe.to_json(),
        end=end.recipe.to_json(),
        frames=frames,
    )


def _check_not_withdrawn(generator: Generator) -> None:
    if generator.is_withdrawn:
        raise StudioRefused(
            _("Staff have withdrawn %(name)s: nothing new is drawn with it.")
            % {"name": generator.name}
        )


def _label(label: str, count: int) -> str:
    what = {"n": count, "what": label or _("of every class")}
    return ngettext("%(n)d image, %(what)s", "%(n)d images, %(what)s", count) % what


def _own(kind: str, key: str | None) -> str | None:
    """Keys of each kind of work are apart from those of others."""
    return f"{kind}:{key}" if key else None


def _known(owner: User, kind: str, key: str | None) -> Job | None:
    """The job of this key; holds the owner, so one request of theirs is looked at at a time."""
    User.objects.select_for_update().get(pk=owner.pk)
    return Job.objects.filter(owner=owner, key=_own(kind, key)).first() if key else None


def is_known(owner: User, kind: str, key: str | None) -> bool:
    """Whether this key has started a DRAWING or a WALK already."""
    return key is not None and Job.objects.filter(owner=owner, key=_own(kind, key)).exists()


def _check_quota(owner: User, *, images: int) -> None:
    mine = Job.objects.filter(owner=owner, task=TASK)
    if mine.unfinished().count() >= MAX_UNFINISHED:
        raise QuotaReached(
            _("You have %(n)d jobs here: wait until one is done, or cancel one.")
            % {"n": MAX_UNFINISHED},
            seconds=SOON,
        )
    left = images_left(owner)
    if images > left:
        raise QuotaReached(
            _("You can have %(most)d images in 24 hours, and %(left)d are left.")
            % {"most": settings.STUDIO_IMAGES_A_DAY, "left": left},
            seconds=LATER,
        )


def images_left(owner: User) -> int:
    """What may still be drawn for them today; what was cancelled before its turn costs nothing."""
    recent = ImageJob.objects.filter(job__owner=owner, job__created_at__gte=timezone.now() - A_DAY)
    never = Q(job__state=Job.State.CANCELLED, job__started_at=None)
    asked = recent.exclude(never).aggregate(sum=Sum("count"))["sum"] or 0
    return max(settings.STUDIO_IMAGES_A_DAY - asked, 0)
