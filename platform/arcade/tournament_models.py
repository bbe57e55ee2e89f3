"""Round robins between levels of agents, and what came of them."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse

from arcade.serving import GAMES
from jobs.models import Job


class TournamentQuerySet(models.QuerySet["Tournament"]):
    def visible_to(self, user: Any) -> Self:
        """Members see what is played and what was played to its end; staff see all."""
        if user.is_staff:
            return self
        waits = Q(job__state=Job.State.QUEUED, job__attempt__gt=0)  # makes room for other work
        return self.filter(waits | Q(job__state__in=[Job.State.RUNNING, Job.State.DONE]))

    def for_lists(self) -> Self:
        return self.select_related("job__owner").defer("job__log")


class Tournament(models.Model):
    """Everybody against everybody at one game, from openings that are played from both sides."""

    job = models.OneToOneField(Job, models.CASCADE, related_name="tournament")
    game = models.CharField(max_length=40)  # key of its rules
    contenders = models.JSONField()  # [{agent, level, name}], the name as it was then
    games = models.PositiveSmallIntegerField()  # of each pair, an even number
    opening = models.PositiveSmallIntegerField(default=2)  # random moves
    seed = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    played = models.PositiveIntegerField(default=0)  # games that the table tells of
    table = models.JSONField(default=dict)  # the arena's report; empty before each has played
    taken_over_at = models.DateTimeField(null=True)  # the ladder goes by it since then
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TournamentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"tournament {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("arcade_tournament", args=[self.pk])

    @property
    def game_name(self) -> str:
        return GAMES[self.game].name

    @property
    def all_games(self) -> int:
        return self.games * len(self.contenders) * (len(self.contenders) - 1) // 2

    @property
    def winner(self) -> str:
        """Who stands first so far; "" before there is a table."""
        rows = self.table.get("contenders")
        return self.name_of(rows[0]["name"]) if rows else ""

    def name_of(self, key: str) -> str:
        """For people, of what stands in the table."""
        return next(one["name"] for one in self.contenders if key_of(one) == key)


def key_of(contender: dict[str, str]) -> str:
    """agent/level, as forms and programs send it."""
    return f"{contender['agent']}/{contender['level']}"
