"""Training runs, the artifacts they leave, which of them serves, and what was served."""

import secrets
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Title
from jobs.models import Job
from recommendations.past_models import LoggedPast  # noqa: F401  # found here by Django
from recommendations.rule_models import Rule, RuleEntry  # noqa: F401

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


class Experiment(models.Model):
    """Two ways of making lists, each served to its share of people; one at a time runs."""

    class State(models.TextChoices):
        DRAFT = "draft", _("not started")
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")

    class Arm(models.TextChoices):
        A = "A"
        B = "B"

    name = models.CharField(max_length=80, unique=True)
    arm_a = models.JSONField(default=dict, blank=True)  # fields of experiments.ArmSettings
    arm_b = models.JSONField(default=dict, blank=True)
    share_b = models.FloatField(default=0.5)  # of people who get arm B
    days = models.PositiveSmallIntegerField(default=7)  # of each person's time that count
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    key = models.CharField(max_length=64, default=secrets.token_hex)  # who gets which arm
    verdict = models.TextField(blank=True)
    result = models.JSONField(default=dict)  # figures when it was stopped; the lists are forgotten
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_experiment_runs"
            ),
            models.CheckConstraint(
                condition=Q(share_b__gt=0, share_b__lt=1), name="both_arms_have_a_share"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("experiment", args=[self.pk])


class ExperimentEntry(models.Model):
    """A line of an experiment's audit trail; never changed."""

    class Action(models.TextChoices):
        CREATED = "created", _("written down")
        STARTED = "started", _("started")
        STOPPED = "stopped", _("stopped")

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="entries")
    action = models.CharField(max_length=10, choices=Action.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "experiment entries"

    def __str__(self) -> str:
        return f"{self.experiment}: {self.action}"


class SinglePrecision(models.FloatField):
    def db_type(self, connection: Any) -> str:
        return "real"


class LoggedList(models.Model):
    """A list as it was served; the table is cut by week (partitions.py) and forgets by itself."""

    pk = models.CompositePrimaryKey("list_id", "served_at")
    list_id = models.UUIDField()
    served_at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="logged_lists"
    )
    visitor = models.CharField(max_length=64, blank=True)  # keyed hash of a browser's session
    surface = models.CharField(max_length=20)  # the page or call: home, list, similar
    shelf = models.CharField(max_length=60, blank=True)
    rung = models.CharField(max_length=20)
    artifact = models.CharField(max_length=80, blank=True)  # its name; "": no model served
    experiment = models.ForeignKey(Experiment, models.SET_NULL, null=True, related_name="lists")
    arm = models.CharField(max_length=1, blank=True, choices=Experiment.Arm.choices)
    title_ids = ArrayField(models.BigIntegerField())  # as ranked, best first
    scores = ArrayField(SinglePrecision())
    sources = ArrayField(models.CharField(max_length=20))
    past = models.UUIDField(null=True)  # digest of a LoggedPast; None: no model read one
    recipe = models.JSONField(null=True)  # of recipes.py: how it came about, step by step

    class Meta:
        ordering = ["-served_at"]
        indexes = [
            models.Index(fields=["served_at"], name="served_list_time"),
            models.Index(fields=["user", "served_at"], name="served_list_user"),
            models.Index(
                fields=["experiment", "served_at"],
                condition=Q(experiment__isnull=False),
                name="served_list_experiment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.surface} {self.shelf} at {self.served_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("served_list", args=[self.list_id])
