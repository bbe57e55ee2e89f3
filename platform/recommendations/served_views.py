"""The page of what was served and what became of it."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from catalog.models import Genre
from recommendations.headlines import Headline
from recommendations.intervals import Interval, Scale
from recommendations.models import Experiment, LoggedList
from recommendations.outcomes import Dimension, Outcome, outcomes
from recommendations.staff_views import staff_only

PERIODS = (7, 30, 90)  # days
NEWEST = 50
LONGEST_TABLE = 40
SURFACES = {
    "home": gettext_lazy("Home"),
    "list": gettext_lazy("List"),
    "similar": gettext_lazy("Title page"),
}
SHELVES = {
    "picked": gettext_lazy("Picked for you"),
    "because": gettext_lazy("Because you liked …"),
    "popular": gettext_lazy("Popular now"),
    "new": gettext_lazy("New here"),
    "similar": gettext_lazy("Similar titles"),
}
RUNGS = {
    "personal": gettext_lazy("Personal"),
    "session": gettext_lazy("Session"),
    "similar": gettext_lazy("Similar"),
    "popular": gettext_lazy("Popular"),
}


@dataclass(frozen=True)
class Line:
    label: str
    outcome: Outcome
    interval: Interval | None  # of the share opened


@dataclass(frozen=True)
class Table:
    key: Dimension
    heading: str
    column: str
    evidence: str
    lines: list[Line]


@staff_only
@require_safe
def served(request: HttpRequest) -> HttpResponse:
    days, now = period_of(request.GET.get("days", "")), timezone.now()
    found = outcomes(since=now - timedelta(days=days), until=now)
    newest = LoggedList.objects.select_related("user", "experiment").order_by("-served_at")[:NEWEST]
    names = shelf_names()
    context = {
        "dashboard_page": "served",
        "days": days,
        "periods": PERIODS,
        "kept_days": settings.SERVED_LISTS_KEPT.days,
        "headline": headline(next(iter(found["all"]), None), days=days),
        "tables": tables(found, names) if found["all"] else [],
        "newest": [
            (one, shelf_label(one.surface, one.shelf, names), RUNGS.get(one.rung, one.rung))
            for one in newest
        ],
    }
    return render(request, "recommendations/served.html", context)


def period_of(asked: str) -> int:
    return next((days for days in PERIODS if str(days) == asked), PERIODS[0])


def headline(whole: Outcome | None, *, days: int) -> Headline:
    """How much of what people saw they opened, and how sure that is."""
    if whole is None:
        return Headline(
            "warn",
            _("Nothing was served in the last %(n)d days.") % {"n": days},
            _("The log fills as soon as somebody opens the home page."),
        )
    lists = ngettext("%(n)s list", "%(n)s lists", whole.lists) % {"n": intcomma(whole.lists)}
    people = ngettext("%(n)s person", "%(n)s people", whole.people) % {"n": intcomma(whole.people)}
    words = _("%(lists)s in the last %(days)d days, to %(people)s.") % {
        "lists": lists,
        "days": days,
        "people": people,
    }
    if whole.open_rate is None:
        title = _("Lists are served; nobody has been seen to look at one.")
        return Headline("warn", title, words)
    rate = whole.open_rate
    title = _("People open %(rate)s %% of the titles they see.") % {
        "rate": f"{100 * rate.value:.1f}"
    }
    sure = _("95 %% interval %(low)s to %(high)s %%, over people.") % {
        "low": f"{100 * rate.low:.1f}",
        "high": f"{100 * rate.high:.1f}",
    }
    return Headline("good", title, f"{sure} {words}")


def tables(found: dict[Dimension, list[Outcome]], names: dict[str, str]) -> list[Table]:
    shelves = [(shelf_label(line.surface, line.name, names), line) for line in found["shelf"]]
    rungs = [(str(RUNGS.get(line.name, line.name)), line) for line in found["rung"]]
    artifacts = [(line.name or _("No model"), line) for line in found["artifact"]]
    arms = arm_labels(found["arm"])
    made = [
        _table("shelf", _("By shelf"), _("Shelf"), _("Most lists first."), shelves),
        _table(
            "rung",
            _("By rung"),
            _("Rung"),
            _("How near to the person the list could be made; popular is the last resort."),
            rungs,
        ),
        _table(
            "artifact",
            _("By artifact"),
            _("Artifact"),
            _("The model that was live. Their people and weeks differ: an experiment compares."),
            artifacts,
        ),
        _table(
            "arm",
            _("By arm"),
            _("Experiment, arm"),
            _("Of all its lists in the period; the experiment's own page judges each member once."),
            arms,
        ),
    ]
    return [table for table in made if table.lines]


def arm_labels(lines: list[Outcome]) -> list[tuple[str, Outcome]]:
    """By experiment, newest first, A before B; [] and no query when none has run."""
    of = [(line.experiment_id, line) for line in lines if line.experiment_id is not None]
    names = Experiment.objects.in_bulk({pk for pk, _line in of})
    of.sort(key=lambda found: (-found[0], found[1].name))
    return [(f"{names.get(pk, '–')}, {line.name}", line) for pk, line in of]


def _table(
    key: Dimension, heading: str, column: str, evidence: str, named: list[tuple[str, Outcome]]
) -> Table:
    """The intervals of a table are drawn on one scale, as wide as what is known half-way surely."""
    named = named[:LONGEST_TABLE]
    rates = [line.open_rate for _label, line in named if line.open_rate]
    end = max((rate.high for rate in rates if rate.half < 0.25), default=1.0)
    scale = Scale(0.0, end)
    lines = [
        Line(label, line, scale.interval(line.open_rate) if line.open_rate else None)
        for label, line in named
    ]
    return Table(key, heading, column, evidence, lines)


def shelf_names() -> dict[str, str]:
    """Shelves by key as people read them."""
    genres = {f"genre-{slug}": name for slug, name in Genre.objects.values_list("slug", "name")}
    return {key: str(name) for key, name in SHELVES.items()} | genres


def shelf_label(surface: str, shelf: str, names: dict[str, str]) -> str:
    where = str(SURFACES.get(surface, surface))
    return f"{where}: {names.get(shelf, shelf)}" if shelf else where
