"""Generators that draw, what members asked them for, and what came of it."""

from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.models import Job
from studio.recipes import Recipe, Variation
from studio.training_models import Dataset, GeneratorRun  # noqa: F401  # found here by Django

JUST_ENDED = timedelta(hours=12)
TASK = "studio.tasks.next_turn"


class GeneratorQuerySet(models.QuerySet["Generator"]):
    def current(self) -> Self:
        """Those that draw now, one for each name."""
        return self.filter(is_current=True).order_by("name")

    def for_staff(self) -> Self:
        """All that were published, by name, what draws first, with who published them and why."""
        ordered = self.order_by("name", "-is_current", "-published_at")
        runs = GeneratorRun.objects.only("pk", "published")
        return ordered.select_related("published_by").prefetch_related(Prefetch("runs", runs))


class Generator(models.Model):
    """A published artifact of genai.images; of those with one name the current one draws."""

    name = models.CharField(max_length=60)  # what members call it
    folder = models.CharField(max_length=100)  # below the folder of generators
    sha256 = models.CharField(max_length=64)  # of what draws: its ONNX file
    data_sha256 = models.CharField(max_length=64)  # of the images that it learned from
    labels = models.JSONField()  # names of its classes, in the order of its rows
    size = models.PositiveSmallIntegerField()  # pixels, of each side
    metrics = models.JSONField(default=dict)  # as its manifest has them
    is_current = models.BooleanField(default=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    published_at = models.DateTimeField()

    objects = GeneratorQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(is_current=True), name="one_current_generator"
            ),
            models.UniqueConstraint(fields=["name", "sha256"], name="one_generator_per_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def version(self) -> str:
        """Short, for people; the whole of it is sha256."""
        return self.sha256[:8]

    @property
    def is_withdrawn(self) -> bool:
        """Neither it nor another of its name draws."""
        return not (self.is_current or Generator.objects.current().filter(name=self.name).exists())


class ImageJobQuerySet(models.QuerySet["ImageJob"]):
    def owned_by(self, user: Any) -> Self:
        return self.filter(job__owner=user.pk)

    def for_cards(self) -> Self:
        """With what a card shows, without a query per card."""
        return self.select_related("job", "generator").prefetch_related("images")


class ImageJob(models.Model):
    """Images that somebody asked for, with all that decides what they look like."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="drawing")
    generator = models.ForeignKey(Generator, models.PROTECT, related_name="jobs")
    label = models.CharField(max_length=60, blank=True)  # "": every class in turn
    count = models.PositiveSmallIntegerField()
    seed = models.PositiveBigIntegerField()  # of the first; the next have the next
    truncation = models.FloatField()  # 0 the average of its class .. 1 all its variety
    varied = models.JSONField(null=True)  # {seed, steps} of what the images vary; None: nothing
    share = models.FloatField(default=0)  # 0..1, of the way to another image that a variation goes

    objects = ImageJobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(truncation__gte=0, truncation__lte=1, share__gte=0, share__lte=1),
                name="truncation_and_share_0_to_1",
            )
        ]

    def __str__(self) -> str:
        return str(self.job.label)

    def get_absolute_url(self) -> str:
        return reverse("studio_drawing", args=[self.pk])

    def recipe(self, number: int) -> Recipe:
        """Of its image of that number, from 0 on."""
        seed = self.seed + number
        labels = self.generator.labels
        label = self.label or labels[seed % len(labels)]
        if self.varied is None:
            return Recipe(seed, (), label, self.truncation)
        steps = [Variation(*step) for step in self.varied["steps"]]
        steps.append(Variation(seed, self.share))
        return Recipe(self.varied["seed"], tuple(steps), label, self.truncation)

    @property
    def kept(self) -> list["Image"]:
        """What is there of it, in order; prefetched by `for_cards`."""
        return sorted(self.images.all(), key=lambda image: image.number)

    @property
    def places(self) -> range:
        """One for each image that is not there yet."""
        return range(self.count - len(self.kept)) if not self.job.is_finished else range(0)


class ImageQuerySet(models.QuerySet["Image"]):
    def visible_to(self, user: Any) -> Self:
        """One's own, and what is published; staff see what is hidden too, to judge it."""
        mine = Q(owner=user.pk)
        seen = [Image.Visibility.PUBLISHED, *([Image.Visibility.HIDDEN] if user.is_staff else [])]
        found = mine | Q(visibility__in=seen)
        return self.filter(found | is_reported() if user.is_staff else found)

    def owned_by(self, user: Any) -> Self:
        return self.filter(owner=user.pk)

    def published(self) -> Self:
        return self.filter(visibility=Image.Visibility.PUBLISHED)

    def in_gallery_of(self, user: Any) -> Self:
        """One's own and what is published."""
        shown = Q(owner=user.pk) | Q(visibility=Image.Visibility.PUBLISHED)
        return self.filter(shown)

    def to_judge(self) -> Self:
        """For staff: what is reported, and what is hidden."""
        return self.filter(is_reported() | Q(visibility=Image.Visibility.HIDDEN))

    def reported(self) -> Self:
        """What somebody has reported and staff have not judged."""
        return self.filter(is_reported())


class Image(models.Model):
    """One drawn image: a PNG that carries its parameters, and the same in this row."""

    class Visibility(models.TextChoices):
        OWN = "own", gettext_lazy("only you")
        PUBLISHED = "published", gettext_lazy("all members")
        HIDDEN = "hidden", gettext_lazy("hidden by staff")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="images")
    drawing = models.ForeignKey(ImageJob, models.CASCADE, related_name="images")
    number = models.PositiveSmallIntegerField()  # among those of its job, from 0 on
    generator = models.ForeignKey(Generator, models.PROTECT, related_name="images")
    label = models.CharField(max_length=60)
    seed = models.PositiveBigIntegerField()
    steps = models.JSONField(default=list)  # of a variation: [[seed, share]], first one first
    truncation = models.FloatField()
    file = models.CharField(max_length=200)  # below MEDIA_ROOT
    sha256 = models.CharField(max_length=64)  # of the file
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.OWN)
    hidden_because = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ImageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["drawing", "number"], name="one_image_per_number")
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="images_of_an_owner"),
            models.Index(
                fields=["-id"], name="published_images", condition=Q(visibility="published")
            ),
        ]

    def __str__(self) -> str:
        return _("%(label)s, seed %(seed)d") % {"label": self.label, "seed": self.seed}

    def get_absolute_url(self) -> str:
        return reverse("studio_image", args=[self.pk])

    @property
    def file_url(self) -> str:
        """Where the PNG is, for whoever may see it; another file has another address."""
        return reverse("studio_file", args=[self.pk, self.sha256[:16]])

    @property
    def recipe(self) -> Recipe:
        steps = tuple(Variation(*step) for step in self.steps)
        return Recipe(self.seed, steps, self.label, self.truncation)

    @property
    def is_published(self) -> bool:
        return self.visibility == self.Visibility.PUBLISHED

    @property
    def is_hidden(self) -> bool:
        return self.visibility == self.Visibility.HIDDEN

    @property
    def is_variation(self) -> bool:
        return bool(self.steps)


class Report(models.Model):
    """Somebody thinks that a published image should not be seen."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="reports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)  # staff have hidden it, or let it stand

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["image", "by"], name="one_report_per_member")
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"


def is_reported() -> Q:
    """Of an image: somebody has reported it, and staff have not judged."""
    return Q(Exists(Report.objects.filter(image=OuterRef("pk"), settled_at=None)))


class WalkQuerySet(models.QuerySet["Walk"]):
    def owned_by(self, user: Any) -> Self:
        return self.filter(job__owner=user.pk).select_related("job", "generator")


class Walk(models.Model):
    """The way from one image to another of the same generator and class, as frames."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="walk")
    generator = models.ForeignKey(Generator, models.PROTECT, related_name="walks")
    label = models.CharField(max_length=60)
    start = models.JSONField()  # a recipe without its label: {seed, steps, truncation}
    end = models.JSONField()
    frames = models.PositiveSmallIntegerField()
    files = models.JSONField(
        default=dict
    )  # png (a strip of all frames), gif, webp, below MEDIA_ROOT

    objects = WalkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.job.label)

    def get_absolute_url(self) -> str:
        return reverse("studio_walk", args=[self.pk])

    @property
    def ends(self) -> tuple[Recipe, Recipe]:
        return (
            Recipe.from_json(self.start, self.label),
            Recipe.from_json(self.end, self.label),
        )

    @property
    def last_frame(self) -> int:
        return self.frames - 1
