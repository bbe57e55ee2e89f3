"""Images that generators learn from, and the runs that train them."""

import math
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jobs.models import Job

LONGEST_NAME = 60  # of a set
# as genai has them, where the web process does not look
HELD_OUT = 0.15  # of the images, at most
FEWEST_HELD_OUT = 50  # images that measuring makes sense from
FEWEST_IMAGES = math.ceil(FEWEST_HELD_OUT / HELD_OUT)


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def present(self) -> Self:
        """Those that are there or are being read."""
        return self.filter(is_removed=False)

    def ready(self) -> Self:
        """With images to learn from."""
        return self.present().exclude(file="")

    def twins_of(self, sha256: str, *, besides: int | None = None) -> Self:
        """Others that hold exactly this."""
        twins = self.ready().filter(sha256=sha256)
        return twins.exclude(pk=besides) if besides else twins

    def forgettable(self) -> Self:
        """Removed, and no run has learned from them: their names are free."""
        return self.filter(is_removed=True, runs=None)

    def started_by(self, owner: Any, key: str) -> Self:
        """What this key of a job of theirs has started."""
        return self.filter(job__owner=owner, job__key=key)


class Dataset(models.Model):
    """Images of one size, read and re-encoded, each with a class; the file is an .npz."""

    name = models.CharField(max_length=LONGEST_NAME, unique=True)
    job = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="dataset")
    upload = models.CharField(max_length=200, blank=True)  # below MEDIA_ROOT, until it is read
    file = models.CharField(max_length=200, blank=True)  # below MEDIA_ROOT; "": not read yet
    sha256 = models.CharField(max_length=64, blank=True)  # of everything in it, however stored
    size = models.PositiveSmallIntegerField(null=True)  # pixels, of each side
    channels = models.PositiveSmallIntegerField(null=True)  # 1 grey, 3 RGB, 4 RGBA
    counts = models.JSONField(default=dict)  # images of each class, by its name
    held_out = models.PositiveIntegerField(default=0)  # images that only measuring will see
    report = models.JSONField(default=dict)  # what was refused, how often and why
    is_removed = models.BooleanField(default=False)  # its runs stay, its file is gone
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("dataset", args=[self.pk])

    @property
    def is_ready(self) -> bool:
        return bool(self.file) and not self.is_removed

    @property
    def images(self) -> int:
        return sum(self.counts.values())

    @property
    def too_few(self) -> str:
        """What keeps generators from learning it, as none could be measured; "" when nothing."""
        if self.held_out >= FEWEST_HELD_OUT:
            return ""
        return gettext(
            "%(name)s is too small to measure a generator by: that takes %(least)d images which no "
            "training has seen, and of its %(n)d only %(held_out)d are left out. Send at least "
            "%(images)d, more where many are drawings of one thing."
        ) % {
            "name": self.name,
            "n": self.images,
            "held_out": self.held_out,
            "least": FEWEST_HELD_OUT,
            "images": FEWEST_IMAGES,
        }


# preset → how often its generator doubles what it begins with; genai's recipes, which load torch
DOUBLINGS = {"sprites": 3, "digits": 2, "small": 2, "tiny": 2}


def why_unfit(preset: str, size: int | None) -> str:
    """What keeps this preset from learning images of such a side; "" when nothing does."""
    step = 2 ** DOUBLINGS[preset]
    if not size or size % step == 0:
        return ""
    return gettext(
        "“%(preset)s” needs images whose side is a multiple of %(step)d pixels; "
        "these have %(size)d. Choose another size of training."
    ) % {"preset": preset, "step": step, "size": size}


class GeneratorRunQuerySet(models.QuerySet["GeneratorRun"]):
    def for_lists(self) -> Self:
        """With what a line shows, without what only its page does."""
        related = self.select_related("job__owner", "measuring", "dataset", "published")
        return related.defer("curve", "previews", "job__log", "measuring__log")

    def busy(self) -> Self:
        """That are trained or measured, now or later: they read their images."""
        unfinished = Job.objects.unfinished().values("pk")
        return self.filter(models.Q(job__in=unfinished) | models.Q(measuring__in=unfinished))


class GeneratorRun(models.Model):
    """One training of a generator, and what was measured of it afterwards."""

    class Preset(models.TextChoices):
        SPRITES = "sprites", _("Sprites: drawings of 32 or 64 pixels, on a clear ground")
        DIGITS = "digits", _("Digits: 28 pixels, grey")
        SMALL = "small", _("Small: a few hundred images of any kind")
        TINY = "tiny", _("Tiny: seconds, to see that all works; it draws noise")

    job = models.OneToOneField(Job, models.CASCADE, related_name="generator_run")
    measuring = models.OneToOneField(
        Job, models.SET_NULL, null=True, related_name="measured_generator_run"
    )
    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="runs")
    preset = models.CharField(max_length=20, choices=Preset.choices, default=Preset.SPRITES)
    minutes = models.PositiveSmallIntegerField()  # of computing, at most
    seed = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    curve = models.JSONField(default=list)  # [{step, seconds, losses, margin}]
    previews = models.JSONField(default=list)  # steps that a grid of images is kept of
    facts = models.JSONField(default=dict)  # of its artifact's manifest: steps, seconds, rollbacks
    report = models.JSONField(default=dict)  # of the measuring; empty until it is done
    published = models.ForeignKey(
        "studio.Generator", models.SET_NULL, null=True, related_name="runs"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GeneratorRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"generator run {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("generator_run", args=[self.pk])

    @property
    def is_measurable(self) -> bool:
        """Its images are there, and no job measures it now."""
        return self.dataset.is_ready and (self.measuring is None or self.measuring.is_finished)

    @property
    def newest_preview(self) -> Any:
        return self.previews[-1] if self.previews else None
