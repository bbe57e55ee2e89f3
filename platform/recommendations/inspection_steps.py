"""What a title has to pass before it is ranked for somebody, in the true order, each step told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import NO_AGE_LIMIT
from catalog.models import Hidden, Title
from events.models import Event, VisitorEvent
from events.weights import KINDS
from recommendations.rule_models import Rule, ShelfKind
from recommendations.rulebook import Orders
from recommendations.taste import Taste

BELOW_OTHERS = {ShelfKind.POPULAR}  # of the shelves that can be inspected
Outcome = Literal["passed", "moved", "dropped"]
StepName = Literal[
    "published",
    "age",
    "hidden",
    "kind",
    "seen",
    "not_interested",
    "shelf_above",
    "filters",
    "rung",
    "proposed",
    "scored",
    "ranked",
    "varied",
    "arranged",
    "posters",
    "listed",
]
LABELS: dict[StepName, Any] = {
    "published": gettext_lazy("Published"),
    "age": gettext_lazy("Age limit"),
    "hidden": gettext_lazy("Hidden by them"),
    "kind": gettext_lazy("Kind asked for"),
    "seen": gettext_lazy("Already known to them"),
    "not_interested": gettext_lazy("Not interested"),
    "shelf_above": gettext_lazy("Shelves above"),
    "filters": gettext_lazy("Rules that leave out"),
    "rung": gettext_lazy("What serves them"),
    "proposed": gettext_lazy("Proposed"),
    "scored": gettext_lazy("Score"),
    "ranked": gettext_lazy("Rank by score"),
    "varied": gettext_lazy("After variety"),
    "arranged": gettext_lazy("After pins, caps and shares"),
    "posters": gettext_lazy("Posters set apart"),
    "listed": gettext_lazy("On the list"),
}
SAID: dict[str, Any] = {
    Event.Kind.PLAY: gettext_lazy("Played on %(day)s."),
    Event.Kind.FINISH: gettext_lazy("Seen on %(day)s."),
    Event.Kind.RATE: gettext_lazy("Rated on %(day)s."),
    Event.Kind.SAVE: gettext_lazy("Saved on %(day)s."),
}


@dataclass(frozen=True)
class Step:
    """One step of the pipeline and what it did with the title. text: for staff."""

    name: StepName
    outcome: Outcome
    text: str
    rules: tuple[Rule, ...] = ()  # that had a say

    @property
    def label(self) -> str:
        return str(LABELS[self.name])

    @property
    def rule_ids(self) -> list[int]:
        return [rule.pk for rule in self.rules]


@dataclass(frozen=True)
class Question:
    """Why is this title on this shelf of somebody, or not?"""

    user: Any
    title: Title
    taste: Taste
    shelf: str  # a `ShelfKind`
    limit: int
    kind: str | None = None
    above: Mapping[int, str] = field(default_factory=dict)  # titles of shelves above → heading

    @cached_property
    def row(self) -> int | None:
        """Of the title in the census; None: it is not published."""
        places = self.taste.census.places([self.title.pk])
        return int(places[0]) if len(places) else None

    @property
    def orders(self) -> Orders:
        return self.taste.orders(self.shelf)

    @cached_property
    def said(self) -> QuerySet[Any] | None:
        """What they said of the title, newest first; None: nothing is known of them."""
        events: QuerySet[Any]
        if self.user.is_authenticated:
            events = Event.objects.of(self.user).standing()
        elif self.taste.visitor:
            events = VisitorEvent.objects.filter(visitor=self.taste.visitor)
        else:
            return None
        found = events.filter(title=self.title, kind__in=KINDS)
        return found.order_by("-happened_at", "-id")

    def latest(self, *kinds: str) -> Any:
        """The newest event of these kinds on the title; None without one."""
        return None if self.said is None else self.said.filter(kind__in=kinds).first()


def gates(asked: Question) -> list[Step]:
    """Every one is asked, also after one that drops the title."""
    steps = [gate(asked) for gate in GATES]
    return [step for step in steps if step.name != "shelf_above" or asked.shelf in BELOW_OTHERS]


def dropped(steps: list[Step]) -> Step | None:
    """The first step that dropped the title."""
    return next((step for step in steps if step.outcome == "dropped"), None)


def day_of(moment: datetime) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")


def _published(asked: Question) -> Step:
    if asked.row is None:
        return Step("published", "dropped", _("Not published: nobody is shown it."))
    return Step("published", "passed", _("Published."))


def _age(asked: Question) -> Step:
    limit = asked.user.age_limit if asked.user.is_authenticated else NO_AGE_LIMIT
    age = asked.title.minimum_age
    if limit >= NO_AGE_LIMIT:
        return Step("age", "passed", _("No age limit."))
    if age is None:
        text = _("For which age it is, nobody knows; with a limit of %(limit)d it is not shown.")
        return Step("age", "dropped", text % {"limit": limit})
    said = {"age": age, "limit": limit}
    if age > limit:
        return Step("age", "dropped", _("From %(age)d years; their limit is %(limit)d.") % said)
    return Step("age", "passed", _("From %(age)d years, within their limit of %(limit)d.") % said)


def _hidden(asked: Question) -> Step:
    found: Any = asked.latest(Event.Kind.HIDE)
    moment = found.happened_at if found else None
    if moment is None and asked.user.is_authenticated:
        row = Hidden.objects.filter(user=asked.user.pk, title=asked.title).first()
        moment = row.created_at if row else None
    if moment is None:
        return Step("hidden", "passed", _("They have not hidden it."))
    return Step("hidden", "dropped", _("They hid it on %(day)s.") % {"day": day_of(moment)})


def _kind(asked: Question) -> Step:
    if asked.kind is None:
        return Step("kind", "passed", _("Every kind was asked for."))
    said = {"is": asked.title.get_kind_display(), "asked": Title.Kind(asked.kind).label}
    if asked.title.kind == asked.kind:
        return Step("kind", "passed", _("“%(asked)s” was asked for.") % said)
    text = _("It is of the kind “%(is)s”; “%(asked)s” was asked for.")
    return Step("kind", "dropped", text % said)


def _seen(asked: Question) -> Step:
    found = asked.latest(*SAID)
    if found is None:
        return Step("seen", "passed", _("They have not played, seen, rated or saved it."))
    text = str(SAID[found.kind]) % {"day": day_of(found.happened_at)}
    return Step("seen", "dropped", _("%(event)s Not recommended again.") % {"event": text})


def _not_interested(asked: Question) -> Step:
    found = asked.latest(Event.Kind.DISLIKE)
    if found is None:
        return Step("not_interested", "passed", _("They have not turned it down."))
    text = _("They said “not interested” on %(day)s.") % {"day": day_of(found.happened_at)}
    return Step("not_interested", "dropped", text)


def _shelf_above(asked: Question) -> Step:
    heading = asked.above.get(asked.title.pk)
    if heading is None:
        return Step("shelf_above", "passed", _("On no shelf above this one."))
    text = _("It stands on “%(heading)s” above; no title is on two shelves.")
    return Step("shelf_above", "dropped", text % {"heading": heading})


def _filters(asked: Question) -> Step:
    found = asked.orders.of(Rule.Effect.ONLY, Rule.Effect.LEAVE_OUT)
    row = asked.row
    if not found or row is None:
        return Step("filters", "passed", _("No rule leaves it out of this shelf."))
    against = tuple(
        each.rule
        for each in found
        if bool(each.titles[row]) != (each.rule.effect == Rule.Effect.ONLY)
    )
    if not against:
        return Step("filters", "passed", _("Kept by every rule that leaves titles out."))
    text = _("Left out by %(rules)s.") % {"rules": names_of(against)}
    return Step("filters", "dropped", text, against)


def names_of(rules: tuple[Rule, ...]) -> str:
    return ", ".join(f"“{rule.name}”" for rule in rules)


GATES: tuple[Callable[[Question], Step], ...] = (
    _published,
    _age,
    _hidden,
    _kind,
    _seen,
    _not_interested,
    _shelf_above,
    _filters,
)
