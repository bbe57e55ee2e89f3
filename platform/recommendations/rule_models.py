"""Rules of the people who run the site, and who changed them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class ShelfKind(models.TextChoices):
    """Where a list stands; a rule holds on some of them, or on all."""

    LIST = "list", _("The list of recommendations (API)")
    PICKED = "picked", _("Picked for you")
    BECAUSE = "because", _("Because you liked …")
    POPULAR = "popular", _("Popular now")
    NEW = "new", _("New here")
    GENRE = "genre", _("Shelves of a genre")
    SIMILAR = "similar", _("Similar titles")


class RuleQuerySet(models.QuerySet["Rule"]):
    def kept(self) -> Self:
        return self.filter(removed_at=None)

    def in_force(self, now: datetime) -> Self:
        """Switched on and within their time; oldest first."""
        begun = Q(starts_at=None) | Q(starts_at__lte=now)
        lasting = Q(ends_at=None) | Q(ends_at__gt=now)
        return self.kept().filter(begun, lasting, is_on=True).order_by("pk")

    def pinning(self, title_id: int, place: float) -> Self:
        """Switched on; whenever and wherever they hold."""
        pins = self.kept().filter(effect=Rule.Effect.PIN, amount=place, is_on=True)
        return pins.filter(condition__titles=[title_id]).order_by("pk")

    def within(self, starts_at: datetime | None, ends_at: datetime | None) -> Self:
        """That hold some time between the two; None: from ever, or for ever."""
        found = self
        if ends_at is not None:
            found = found.filter(Q(starts_at=None) | Q(starts_at__lt=ends_at))
        if starts_at is not None:
            found = found.filter(Q(ends_at=None) | Q(ends_at__gt=starts_at))
        return found

    def on_any_of(self, shelves: Collection[str]) -> Self:
        """None named: of all of them."""
        if not shelves:
            return self
        return self.filter(Q(shelves=[]) | Q(shelves__overlap=list(shelves)))


class Rule(models.Model):
    """One thing that lists obey. Which titles it speaks of is a `rule_conditions.Condition`."""

    class Effect(models.TextChoices):
        ONLY = "only", _("Only these titles")
        LEAVE_OUT = "leave_out", _("Leave these titles out")
        BOOST = "boost", _("Raise or lower these titles")
        PIN = "pin", _("Pin a title to a place")
        CAP = "cap", _("At most so many of one group")
        EXPLORE = "explore", _("Keep a share for these titles")
        VARIETY = "variety", _("Variety")

    class Group(models.TextChoices):
        PERSON = "person", _("person")
        FRANCHISE = "franchise", _("franchise")
        GENRE = "genre", _("genre")

    name = models.CharField(max_length=80)
    effect = models.CharField(max_length=10, choices=Effect.choices)
    condition = models.JSONField(default=dict, blank=True)
    # boost: -3..3 spreads of the score; pin: the place, 1 = first; cap: how many;
    # explore: 0..1 of the list; variety: 0..1 of the slider
    amount = models.FloatField(null=True, blank=True)
    group = models.CharField(max_length=10, choices=Group.choices, blank=True)  # of a cap
    within = models.PositiveSmallIntegerField(null=True, blank=True)  # of a cap: titles in a row
    shelves = ArrayField(models.CharField(max_length=10), default=list, blank=True)  # []: all
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)  # kept for the lists that it was obeyed in

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_at=None)
                | Q(ends_at=None)
                | Q(ends_at__gt=models.F("starts_at")),
                name="a_rule_ends_after_its_start",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("rule", args=[self.pk])

    def holds_on(self, shelf: str) -> bool:
        if shelf in WITHOUT.get(self.effect, ()):
            return False
        return not self.shelves or shelf in self.shelves

    def kept_settings(self) -> dict[str, Any]:
        """What an entry of the audit trail writes down."""
        times = {"starts_at": self.starts_at, "ends_at": self.ends_at}
        return {
            "name": self.name,
            "effect": self.effect,
            "condition": self.condition,
            "amount": self.amount,
            "group": self.group,
            "within": self.within,
            "shelves": self.shelves,
            "is_on": self.is_on,
            **{name: at.isoformat() if at else None for name, at in times.items()},
        }


# where an effect has nothing to work on: no score, or an order that is one thing's own
WITHOUT: dict[str, tuple[str, ...]] = {
    Rule.Effect.BOOST: (ShelfKind.NEW,),
    Rule.Effect.VARIETY: (
        ShelfKind.BECAUSE,
        ShelfKind.POPULAR,
        ShelfKind.NEW,
        ShelfKind.SIMILAR,
    ),
}


class RuleEntry(models.Model):
    """A line of the audit trail of the rules; never changed."""

    class Action(models.TextChoices):
        CREATED = "created", _("written down")
        CHANGED = "changed", _("changed")
        SWITCHED_ON = "on", _("switched on")
        SWITCHED_OFF = "off", _("switched off")
        REMOVED = "removed", _("removed")

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="entries")
    action = models.CharField(max_length=10, choices=Action.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    settings = models.JSONField()  # of the rule from then on
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "rule entries"

    def __str__(self) -> str:
        return f"{self.rule}: {self.action}"
