"""Matches of members against agents, and how strong either of them is."""

import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from arcade.serving import GAMES, agent_name, level_name, position_of
from arcade.serving import State as Position
from arcade.tournament_models import Tournament
from arcade.training_models import Agent, AgentRun  # noqa: F401  # found here by Django
from jobs.models import Job

FIRST_RATING, FIRST_DEVIATION = 1500.0, 350.0  # of whom nothing is known yet
SURE = 1.96  # deviations to either side that hold 95 %


def fresh_code() -> str:
    return secrets.token_urlsafe(12)


class MatchQuerySet(models.QuerySet["Match"]):
    def owned_by(self, user: Any) -> Self:
        """Those that this person plays; nobody's for a visitor."""
        if user.pk is None:
            return self.none()
        return self.filter(Q(first=user.pk) | Q(second=user.pk))

    def visible_to(self, user: Any) -> Self:
        """Whoever has its address may watch a match, unless cards are still hidden in it."""
        hidden = [game.key for game in GAMES.values() if game.is_hidden]
        watched = self.exclude(state=Match.State.ACTIVE, game__in=hidden)
        return watched | self.owned_by(user)

    def for_answers(self) -> Self:
        """With what the API tells of each, without a query per match."""
        return self.select_related("thinking", "rematch_of", "tried_from")

    def active(self) -> Self:
        return self.filter(state=Match.State.ACTIVE)


class Match(models.Model):
    """One game between a member and a level of an agent; its moves are the truth of it."""

    class State(models.TextChoices):
        ACTIVE = "active", gettext_lazy("being played")
        OVER = "over", gettext_lazy("over")

    class End(models.TextChoices):
        RULES = "rules", gettext_lazy("by the rules")
        RESIGNATION = "resignation", gettext_lazy("by resignation")
        TIME = "time", gettext_lazy("on time")
        ABANDONED = "abandoned", gettext_lazy("abandoned")

    code = models.CharField(max_length=16, unique=True, default=fresh_code)  # not to be guessed
    key = models.CharField(max_length=40, blank=True)  # its member's own: one key starts one match
    game = models.CharField(max_length=40)  # key of its rules
    first = models.ForeignKey(  # who has side 0; null: the agent
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+"
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+"
    )
    agent = models.CharField(max_length=80)
    level = models.CharField(max_length=40)
    actions = models.JSONField(default=list)  # of OpenSpiel, from the start, dealt cards included
    decisions = models.JSONField(default=dict)  # ply → what stood behind the agent's move there
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    outcome = models.SmallIntegerField(null=True)  # of side 0: 1 won, 0 draw, -1 lost; None: none
    ended_by = models.CharField(max_length=12, choices=End.choices, blank=True)
    is_rated = models.BooleanField(default=True)
    clock_minutes = models.PositiveSmallIntegerField(null=True)  # for each side; None: no clocks
    remaining = models.JSONField(default=list)  # milliseconds of either side; []: no clocks
    moved_at = models.DateTimeField(default=timezone.now)  # since then the next clock runs
    thinking = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="matches")
    rematch_of = models.OneToOneField("self", models.SET_NULL, null=True, related_name="rematch")
    tried_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="tries")
    tried_ply = models.PositiveSmallIntegerField(null=True)  # of that one: where this one begins
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = MatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "matches"
        constraints = [
            models.CheckConstraint(
                condition=Q(first=None) ^ Q(second=None), name="a_member_and_an_agent"
            ),
            models.CheckConstraint(
                condition=Q(state="active", ended_by="", outcome=None)
                | (Q(state="over") & ~Q(ended_by="")),
                name="ended_when_over",
            ),
        ]
        indexes = [
            models.Index(fields=["first", "-id"], name="matches_of_first"),
            models.Index(fields=["second", "-id"], name="matches_of_second"),
            models.Index(
                fields=["updated_at"], name="matches_being_played", condition=Q(state="active")
            ),
        ]

    def __str__(self) -> str:
        return f"{GAMES[self.game].name} {self.code}"

    def get_absolute_url(self) -> str:
        return reverse("arcade_match", args=[self.code])

    @property
    def member_id(self) -> int:
        return self.first_id or self.second_id  # type: ignore[return-value]  # one of them is there

    @property
    def agent_side(self) -> int:
        return 0 if self.first_id is None else 1

    def side_of(self, user: Any) -> int | None:
        """Which side this person has; None: they watch."""
        return 1 - self.agent_side if user.pk is not None and user.pk == self.member_id else None

    @property
    def ply(self) -> int:
        """Moves so far, dealt cards included."""
        return len(self.actions)

    @property
    def position(self) -> Position:
        """Replayed from the moves: ask once, and keep it."""
        return position_of(self.game, self.actions)

    @property
    def to_move(self) -> int | None:
        """The side whose turn it is; None once it is over."""
        return None if self.is_over else self.position.current_player()

    @property
    def is_agents_turn(self) -> bool:
        return self.to_move == self.agent_side

    @property
    def is_over(self) -> bool:
        return self.state == self.State.OVER

    @property
    def is_public(self) -> bool:
        """Whoever has its address may watch."""
        return self.is_over or not GAMES[self.game].is_hidden

    @property
    def is_thinking(self) -> bool:
        """A worker decides on the agent's move, or will."""
        return self.thinking is not None and not self.thinking.is_finished


class RatingQuerySet(models.QuerySet["Rating"]):
    def ladder(self, game: str) -> Self:
        """Everybody with a rated match in this game, and levels that a tournament measured, by what
        they surely are: one lucky match does not lead it."""
        is_rated = Q(matches__gt=0) | Q(measured_in__isnull=False)
        rated = self.filter(is_rated, game=game)
        return rated.select_related("user").order_by(-(F("rating") - SURE * F("deviation")), "pk")


class Rating(models.Model):
    """How strong a member, or a level of an agent, is in a game; on Glicko's scale."""

    game = models.CharField(max_length=40)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="arcade_ratings"
    )
    agent = models.CharField(max_length=80, blank=True)  # "" of a member
    level = models.CharField(max_length=40, blank=True)
    rating = models.FloatField(default=FIRST_RATING)
    deviation = models.FloatField(default=FIRST_DEVIATION)
    matches = models.PositiveIntegerField(default=0)
    measured_in = models.ForeignKey(  # it was taken over from there, last
        Tournament, models.SET_NULL, null=True, related_name="ratings"
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["game", "user", "agent", "level"],
                name="rated_once_per_game",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(user=None) ^ Q(agent=""), name="of_a_member_or_an_agent"
            ),
        ]
        indexes = [models.Index(fields=["game", "-rating"], name="ladder_of_a_game")]

    def __str__(self) -> str:
        return f"{self.rating:.0f} ± {SURE * self.deviation:.0f}"

    @property
    def name(self) -> str:
        """For everybody's eyes: never an email address."""
        if self.user is None:
            agent = agent_name(self.game, self.agent)
            level = level_name(self.game, self.agent, self.level)
            return agent if agent == level else f"{agent}, {level}"
        return self.user.name or _("A member")

    @property
    def low(self) -> float:
        return self.rating - SURE * self.deviation

    @property
    def high(self) -> float:
        return self.rating + SURE * self.deviation
