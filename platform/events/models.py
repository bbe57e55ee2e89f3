"""What happened to titles, and the states that follow from it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Title


class EventQuerySet(models.QuerySet["Event"]):
    def standing(self) -> Self:
        """Not undone."""
        return self.filter(undone_at__isnull=True)

    def of(self, user: Any) -> Self:
        return self.filter(user=user.pk)


class Event(models.Model):
    class Kind(models.TextChoices):
        IMPRESSION = "impression", _("shown")
        CLICK = "click", _("opened")
        PLAY = "play", _("played")
        FINISH = "finish", _("seen")
        RATE = "rate", _("rated")
        SAVE = "save", _("saved")
        DISLIKE = "dislike", _("not interested")
        HIDE = "hide", _("hidden")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="events")
    title = models.ForeignKey(Title, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.FloatField(null=True)  # stars 0.5..5 of a rating, else None
    shelf = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(null=True)
    list_id = models.UUIDField(null=True)
    key = models.CharField(max_length=64, null=True)  # noqa: DJ001  # the client's idempotency key; NULLs differ
    happened_at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="one_event_per_key"),
            models.CheckConstraint(
                condition=Q(kind="rate", value__gte=0.5, value__lte=5)
                | (~Q(kind="rate") & Q(value=None)),
                name="stars_only_on_ratings",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-happened_at", "-id"], name="event_history"),
            models.Index(fields=["title", "kind"], name="event_title_kind"),
            models.Index(name="event_list", fields=["list_id"], condition=Q(list_id__isnull=False)),
            # what was shown outnumbers what was done: each is read without the other
            models.Index(
                name="event_said",
                fields=["user", "happened_at", "id"],
                include=["title", "kind", "value"],
                condition=Q(undone_at=None) & ~Q(kind="impression"),
            ),
            models.Index(
                name="event_shown",
                fields=["user", "-happened_at", "-id"],
                include=["title", "list_id", "position"],
                condition=Q(undone_at=None, kind="impression"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.kind} {self.title}"


class VisitorEvent(models.Model):
    """What a browser session did before anybody logged in; moved to the account at log-in.

    Kept for 30 days; the log of served lists has the same hash for as long. Its numbers are those
    of events, so that none ever means two things.
    """

    value = None  # stars need an account

    id = models.BigIntegerField(
        primary_key=True, db_default=Func(Value("events_event_id_seq"), function="nextval")
    )
    visitor = models.CharField(max_length=64)  # keyed hash of the session's key
    title = models.ForeignKey(Title, models.CASCADE, related_name="visitor_events")
    kind = models.CharField(max_length=10, choices=Event.Kind.choices)
    shelf = models.CharField(max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(null=True)
    list_id = models.UUIDField(null=True)
    key = models.CharField(max_length=64, null=True)  # noqa: DJ001  # as of an event
    happened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["visitor", "key"], name="one_visitor_event_per_key"),
            models.CheckConstraint(condition=~Q(kind="rate"), name="visitors_do_not_rate"),
        ]
        indexes = [
            models.Index(fields=["visitor", "-happened_at", "-id"], name="visitor_history"),
            models.Index(fields=["happened_at"], name="visitor_age"),
        ]

    def __str__(self) -> str:
        return f"a visitor {self.kind} {self.title}"


class Rating(models.Model):
    """The stars that stand: those of the latest rating that was not undone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ratings")
    title = models.ForeignKey(Title, models.CASCADE, related_name="ratings")
    stars = models.FloatField()
    rated_at = models.DateTimeField()

    class Meta:
        ordering = ["-rated_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "title"], name="rated_once"),
            models.CheckConstraint(
                condition=Q(stars__gte=0.5, stars__lte=5), name="half_to_five_stars"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.stars} by {self.user}"


class Saved(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved")
    title = models.ForeignKey(Title, models.CASCADE, related_name="saved_by")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "title"], name="saved_once")]

    def __str__(self) -> str:
        return f"{self.title} saved by {self.user}"


class TasteVersion(models.Model):
    """Moves with whatever a member did or took back; written by triggers (taste_version.py)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.user}: {self.version}"
