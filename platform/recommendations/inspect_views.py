"""The page that says why a title is on a shelf of somebody, or not."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.models import Title
from recommendations.headlines import Headline
from recommendations.inspect_forms import InspectForm
from recommendations.inspecting import Inspection, inspect, sentence_for_member
from recommendations.inspection_list import Chain
from recommendations.inspection_order import PARTS, SOURCES
from recommendations.inspection_steps import StepName
from recommendations.rule_models import ShelfKind
from recommendations.served_views import RUNGS
from recommendations.staff_views import staff_only

WHY_NOT: dict[StepName, Any] = {
    "published": gettext_lazy("it is not published"),
    "age": gettext_lazy("their age limit"),
    "hidden": gettext_lazy("they hid it"),
    "kind": gettext_lazy("another kind was asked for"),
    "seen": gettext_lazy("they know it already"),
    "not_interested": gettext_lazy("they are not interested"),
    "shelf_above": gettext_lazy("it is on a shelf above"),
    "filters": gettext_lazy("a rule leaves it out"),
    "rung": gettext_lazy("the shelf is not shown"),
    "proposed": gettext_lazy("no source proposed it"),
    "ranked": gettext_lazy("others score higher"),
    "varied": gettext_lazy("variety moved it down"),
    "arranged": gettext_lazy("rules gave the places to others"),
    "listed": gettext_lazy("it is below the end"),
}


@dataclass(frozen=True)
class Bar:
    """A part of the score. x, width: of its bar, whose middle is 50 of 100."""

    label: str
    said: str
    value: float
    x: float
    width: float


@staff_only
@require_safe
def inspect_page(request: HttpRequest) -> HttpResponse:
    """The question is the query string, so that an answer can be passed on."""
    is_asked = "title" in request.GET
    form = InspectForm(request.GET if is_asked else None)
    context: dict[str, Any] = {"dashboard_page": "inspect", "form": form}
    if is_asked and form.is_valid():
        given = form.cleaned_data
        title = Title.objects.for_cards().get(pk=given["title"].pk)
        context |= found_context(inspect(given["member"], title, given["shelf"]))
    status = 422 if is_asked and form.errors else 200
    return render(request, "recommendations/inspect.html", context, status=status)


def found_context(found: Inspection) -> dict[str, Any]:
    return {
        "found": found,
        "title": found.asked.title,
        "person": person_name(found.asked.user),
        "shelf": ShelfKind(found.asked.shelf).label,
        "headline": headline(found),
        "sentence": sentence_for_member(found),
        "rung": RUNGS[found.rung],
        "bars": bars(found.chain) if found.chain else [],
        "sources": [(SOURCES[each.source], each) for each in found.chain.proposals]
        if found.chain
        else [],
        "rules": found.rules,
    }


def person_name(user: Any) -> str:
    return _("a new visitor") if isinstance(user, AnonymousUser) else user.email


def headline(found: Inspection) -> Headline:
    said = {
        "title": found.asked.title.name,
        "place": found.place,
        "n": found.length,
        "shelf": ShelfKind(found.asked.shelf).label,
        "person": person_name(found.asked.user),
    }
    step = found.verdict
    if step is None:
        title = _("%(title)s is at place %(place)d of %(n)d.") % said
        return Headline("good", title, _("%(shelf)s, for %(person)s.") % said)
    title = _("%(title)s is not there: %(why)s.") % (said | {"why": WHY_NOT[step.name]})
    return Headline("warn", title, step.text)


def bars(chain: Chain) -> list[Bar]:
    """What adds up to the total, on one scale."""
    rows = [
        (
            str(PARTS[part.part]),
            _("%(score)+.2f at weight %(weight).2f") % {"score": part.score, "weight": part.weight},
            part.contribution,
        )
        for part in chain.parts
    ]
    if chain.closeness:
        rows.append((_("Likeness to new titles, and to what they dislike"), "", chain.closeness))
    if chain.weariness:
        rows.append((_("Shown to them in vain"), "", -chain.weariness))
    widest = max((abs(value) for _label, _said, value in rows), default=0.0) or 1.0
    return [
        Bar(label, said, value, 50 + min(0.0, 50 * value / widest), 50 * abs(value) / widest)
        for label, said, value in rows
    ]
