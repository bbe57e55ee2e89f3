"""The pasts that served lists were made from."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class LoggedPast(models.Model):
    """What somebody had done when lists were made for them: one row while they do nothing.

    Of a visitor it goes with the first of the events that it came from (a trigger sees to that).
    """

    digest = models.UUIDField(primary_key=True)  # of whose it is and of all that it says
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="logged_pasts"
    )
    visitor = models.CharField(max_length=64, blank=True)  # as of a LoggedList
    entries = models.JSONField()  # of logged_pasts.py: history and fatigue
    last_served_at = models.DateTimeField()  # within a day

    class Meta:
        indexes = [
            models.Index(fields=["last_served_at"], name="logged_past_time"),
            models.Index(fields=["visitor"], condition=~Q(visitor=""), name="logged_past_visitor"),
        ]

    def __str__(self) -> str:
        return f"past of {self.user or 'a visitor'}, last served {self.last_served_at:%Y-%m-%d}"
