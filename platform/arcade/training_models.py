"""Agents that were published, and the trainings that they come from."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from arcade.loading import GAMES
from jobs.models import Job

LONGEST_NAME = 60


class AgentQuerySet(models.QuerySet["Agent"]):
    def current(self) -> Self:
        """Those that play now, one for each game at most."""
        return self.filter(state=Agent.State.CURRENT)

    def for_staff(self) -> Self:
        """All that were published, by game, the newest first, with who published them."""
        runs = AgentRun.objects.only("pk", "published")
        ordered = self.order_by("game", "-published_at").select_related("published_by")
        return ordered.prefetch_related(Prefetch("runs", runs))


class Agent(models.Model):
    """A published artifact of genai.games; of those of one game the current one plays."""

    class State(models.TextChoices):
        CURRENT = "current", _("plays now")
        KEPT = "kept", _("kept")  # another was published after it: going back leads here
        WITHDRAWN = "withdrawn", _("withdrawn")  # it still finishes its matches

    game = models.CharField(max_length=40)  # key of its rules
    name = models.CharField(max_length=LONGEST_NAME)  # what members choose it by
    sha256 = models.CharField(max_length=64)  # of its network
    facts = models.JSONField(default=dict)  # of its manifest: rounds, games, seconds, seed, bytes
    state = models.CharField(max_length=10, choices=State.choices, default=State.WITHDRAWN)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    published_at = models.DateTimeField()

    objects = AgentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["game"], condition=Q(state="current"), name="one_current_agent"
            ),
            models.UniqueConstraint(fields=["game", "sha256"], name="one_agent_per_network"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("arcade_agent", args=[self.game, self.key])

    @property
    def key(self) -> str:
        """What matches know it by, and the name of its folder."""
        return f"agent-{self.pk}"

    @property
    def is_current(self) -> bool:
        return self.state == self.State.CURRENT


class AgentRunQuerySet(models.QuerySet["AgentRun"]):
    def for_lists(self) -> Self:
        """With what a line shows, without what only its page does."""
        related = self.select_related("job__owner", "rating", "published")
        return related.defer("curve", "report", "job__log", "rating__log")

    def busy(self) -> Self:
        """That are trained or rated, now or later."""
        unfinished = Job.objects.unfinished().values("pk")
        return self.filter(Q(job__in=unfinished) | Q(rating__in=unfinished))


class AgentRun(models.Model):
    """One training of an agent by self-play, and how strong its levels were found to be."""

    class Preset(models.TextChoices):
        GAME = "game", _("The game's own: hours, to play well")
        TINY = "tiny", _("Tiny: seconds, to see that all works; it plays badly")

    job = models.OneToOneField(Job, models.CASCADE, related_name="agent_run")
    rating = models.OneToOneField(Job, models.SET_NULL, null=True, related_name="rated_agent_run")
    game = models.CharField(max_length=40)  # key of its rules
    preset = models.CharField(max_length=20, choices=Preset.choices, default=Preset.GAME)
    minutes = models.PositiveSmallIntegerField()  # of computing, at most, in all attempts
    seed = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    curve = models.JSONField(default=list)  # [{round, seconds, games_a_second, losses, rating?}]
    newest = models.JSONField(default=dict)  # the last point of it, and the last value kept
    facts = models.JSONField(default=dict)  # of its artifact's manifest
    report = models.JSONField(default=dict)  # of the games that rated it; empty until then
    published = models.ForeignKey(Agent, models.SET_NULL, null=True, related_name="runs")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AgentRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"agent run {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("agent_run", args=[self.pk])

    @property
    def game_name(self) -> str:
        return GAMES[self.game].name

    @property
    def minutes_done(self) -> float:
        """Of computing."""
        return float(self.newest.get("seconds", 0)) / 60

    @property
    def percent_kept(self) -> float | None:
        """Of positions with a known value; None where there are none, or it was not measured."""
        kept = self.newest.get("value_kept_64")
        return None if kept is None else 100 * kept

    @property
    def is_busy(self) -> bool:
        return not self.job.is_finished or bool(self.rating and not self.rating.is_finished)
