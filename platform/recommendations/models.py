"""Training runs, the artifacts they leave, and which of them serves."""

from typing import Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Title
from jobs.models import Job

FIRST_MODEL = "first model"  # the note of the run that the first start makes


class Artifact(models.Model):
    """A folder under ARTIFACTS_DIR, written whole by a run."""

    name = models.CharField(max_length=80, unique=True)  # also the folder's name
    format = models.PositiveSmallIntegerField()
    data_sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    report = models.JSONField(default=dict)  # recsys evaluate's report on this run's own split
    pruned_at = models.DateTimeField(null=True)  # the folder is gone, the figures stay
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    class Preset(models.TextChoices):
        TINY = "tiny", _("Tiny: about a minute, for a look")
        SMALL = "small", _("Small: about three minutes")
        BASE = "base", _("Base: about twenty minutes")
        LARGE = "large", _("Large: hours, or a GPU")

    class Origin(models.TextChoices):
        STAFF = "staff", _("staff")
        SCHEDULE = "schedule", _("the schedule")
        FIRST_START = "first start", _("the first start")

    job = models.OneToOneField(Job, models.CASCADE, related_name="run")
    preset = models.CharField(max_length=10, choices=Preset.choices, default=Preset.SMALL)
    note = models.CharField(max_length=200, blank=True)
    config = models.JSONField(null=True)  # fields of recsys' config; None: those of the preset
    seed = models.PositiveIntegerField(default=0)
    promote_when_better = models.BooleanField(default=False)
    curve = models.JSONField(default=list)  # [{epoch, loss, ndcg}]
    interactions = models.PositiveIntegerField(null=True)
    members = models.PositiveIntegerField(null=True)
    titles = models.PositiveIntegerField(null=True)
    artifact = models.OneToOneField(Artifact, models.SET_NULL, null=True, related_name="run")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("run", args=[self.pk])

    @property
    def origin(self) -> Origin:
        """Who asked for it; stays true when the account of whoever did is gone."""
        if "origin" in self.job.params:
            return self.Origin(self.job.params["origin"])
        if self.job.owner_id is None:  # from here on: a run of before this was written down
            if self.note == FIRST_MODEL:
                return self.Origin.FIRST_START
            if self.job.key:  # only the nightly ones had one and no owner
                return self.Origin.SCHEDULE
        return self.Origin.STAFF


class Evaluation(models.Model):
    """A measurement of every model on the events of its day; nothing of it is served."""

    class Split(models.TextChoices):
        AUTO = "auto", _("What suits the data")
        TEMPORAL = "temporal", _("Global time: everybody's newest rows")
        MEMBER_TIME = "member-time", _("Member time: the last fifth of each member")
        LEAVE_ONE_OUT = "leave-one-out", _("Leave one out: the last row of each member (leaky)")

    job = models.OneToOneField(Job, models.CASCADE, related_name="evaluation")
    split = models.CharField(max_length=20, choices=Split.choices, default=Split.AUTO)
    preset = models.CharField(max_length=10, choices=Run.Preset.choices, default=Run.Preset.SMALL)
    seed = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)  # recsys evaluate's; empty until it is done
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"measurement {self.pk}"

    def get_absolute_url(self) -> str:
        return f"{reverse('evaluation')}?of={self.key}"

    @property
    def key(self) -> str:
        """How the address of its page names it."""
        return f"measurement-{self.pk}"


class Tuning(models.Model):
    """A search for better settings than a preset's; goes on where it was when tried again."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="tuning")
    preset = models.CharField(max_length=10, choices=Run.Preset.choices, default=Run.Preset.SMALL)
    minutes = models.PositiveSmallIntegerField()  # of all attempts together
    seed = models.PositiveIntegerField(default=0)
    history = models.JSONField(default=list)  # a row per trial, as recsys' history.json has them
    best = models.JSONField(default=dict)  # as recsys' tuned.json; empty before the first result
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"search {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("tuning", args=[self.pk])


class PromotionQuerySet(models.QuerySet["Promotion"]):
    def newest_first(self) -> Self:
        return self.order_by("-id")

    def live(self) -> "Promotion | None":
        return self.newest_first().select_related("artifact", "promoted_by").first()


class Promotion(models.Model):
    """The log of what went live; its newest row serves. Rolling back adds a row too."""

    artifact = models.ForeignKey(Artifact, models.PROTECT, related_name="promotions")
    promoted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    override = models.CharField(max_length=500, blank=True)  # why, though the gate had blocked it
    is_rollback = models.BooleanField(default=False)
    promoted_at = models.DateTimeField(auto_now_add=True)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.artifact} at {self.promoted_at:%Y-%m-%d %H:%M}"


class ColdVector(models.Model):
    """A title that an artifact does not know, as that artifact's item tower sees it."""

    artifact = models.ForeignKey(Artifact, models.CASCADE, related_name="cold_vectors")
    title = models.ForeignKey(Title, models.CASCADE, related_name="cold_vectors")
    vector = models.BinaryField()  # (D,) float32, little endian

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["artifact", "title"], name="one_cold_vector")
        ]

    def __str__(self) -> str:
        return f"{self.title} for {self.artifact}"
