"""The pages of rules: write one down, see what it would do, switch, change and remove it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recommendations.rule_forms import RuleForm
from recommendations.rule_models import Rule, RuleEntry, ShelfKind
from recommendations.rule_preview import NEW_RULE, Against, Preview, preview
from recommendations.rule_preview_form import PreviewForm
from recommendations.rule_services import (
    RuleRefused,
    change_rule,
    create_rule,
    remove_rule,
    switch_rule,
)
from recommendations.rule_words import Names, said, state_of
from recommendations.staff_views import staff_only

RULES_A_PAGE = 20
ENTRIES_SHOWN = 50
CHANGED_MEANWHILE = _lazy(
    "Somebody changed this rule since you opened it: see the trail below. Save again to keep yours."
)


@staff_only
@require_safe
def rule_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    newest = RuleEntry.objects.order_by("rule_id", "-id").distinct("rule_id").select_related("by")
    rules = Rule.objects.kept().prefetch_related(Prefetch("entries", newest, to_attr="newest"))
    page = Paginator(rules, RULES_A_PAGE).get_page(request.GET.get("page"))
    names = Names.of(list(page), now)
    context = {
        "dashboard_page": "rule_list",
        "page_obj": page,
        "rows": [(rule, said(rule, names), state_of(rule, now)) for rule in page],
        "n_in_force": Rule.objects.in_force(now).count(),
    }
    return render(request, "recommendations/rules.html", context)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def rule_new(request: HttpRequest) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        is_on, now = form.cleaned_data["is_on"], timezone.now()
        try:
            made = create_rule(settings=form.settings(), is_on=is_on, by=request.user, now=now)
        except RuleRefused as error:
            form.add_error(None, str(error))
        else:
            tell(request, made, _("%(name)s is written down.") % {"name": made.name})
            return redirect("rule_list")
    status = 422 if request.method == "POST" else 200
    return render(request, "recommendations/rule.html", context_of(form, None), status=status)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Rule.objects.kept(), pk=pk)
    form = form_of(request, found)
    if request.POST.get("seen_entry", "") not in ("", str(newest_entry(found))):
        form.add_error(None, CHANGED_MEANWHILE)
    if request.method == "POST" and form.is_valid():
        settings, now = form.settings(), timezone.now()
        try:
            changed = change_rule(rule=found, settings=settings, by=request.user, now=now)
        except RuleRefused as error:
            form.add_error(None, str(error))
        else:
            tell(request, changed, _("%(name)s is kept as it stands now.") % {"name": changed.name})
            return redirect(changed)
    status = 422 if request.method == "POST" else 200
    return render(request, "recommendations/rule.html", context_of(form, found), status=status)


@staff_only
@require_POST
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """on: 1 or 0, as it is wanted."""
    found = get_object_or_404(Rule.objects.kept(), pk=pk)
    is_on = request.POST.get("on") == "1"
    try:
        found = switch_rule(rule=found, is_on=is_on, by=request.user, now=timezone.now())
    except RuleRefused as error:
        messages.error(request, str(error))
    else:
        words = _("%(name)s is on.") if is_on else _("%(name)s is off.")
        messages.success(request, words % {"name": found.name})
    return redirect("rule_list")


@staff_only
@require_POST
def rule_remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Rule.objects.kept(), pk=pk)
    try:
        remove_rule(rule=found, by=request.user, now=timezone.now())
    except RuleRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s is removed.") % {"name": found.name})
    return redirect("rule_list")


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def rule_preview(request: HttpRequest) -> HttpResponse:
    """Of a rule in a form (POST), of one that is written down (?rule=), or of all of them."""
    given = request.POST if request.method == "POST" else request.GET
    found = _named(given.get("rule", ""))
    form = None
    if found or request.method == "POST":
        form = form_of(request, found, needs_name=False)
    choices = choices_of(form, found)
    asked = {"shelf": ShelfKind.LIST, "against": choices[0][0]} | given.dict()
    choice = PreviewForm(asked, choices=choices)
    seen = None
    if (form is None or not form.is_bound or form.is_valid()) and choice.is_valid():
        seen = preview_of(form, found, choice)
    context = context_of(form, found) | {"preview": seen, "preview_form": choice}
    if seen:
        context["against"] = Against(choice.cleaned_data["against"]).label.capitalize()
    status = 200 if seen else 422
    return render(request, "recommendations/rule_preview.html", context, status=status)


def _named(number: str) -> Rule | None:
    """The rule of an address or a form; None when it names none."""
    if not number:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise Http404
    return get_object_or_404(Rule.objects.kept(), pk=int(number))


def form_of(request: HttpRequest, found: Rule | None, *, needs_name: bool = True) -> RuleForm:
    given = request.POST if request.method == "POST" else None
    return RuleForm(given, rule=found, needs_name=needs_name)


def choices_of(form: RuleForm | None, found: Rule | None) -> list[tuple[str, Any]]:
    """What the list of now may be held against, the most telling first."""
    if form is None:
        return [(Against.NONE, Against.NONE.label)]
    off = [(Against.OFF, Against.OFF.label)] if found else []
    as_here = [(Against.FORM, Against.FORM.label)]
    is_in_force = found is not None and state_of(found, timezone.now()).key == "on"
    first = [*off, *as_here] if is_in_force and not form.is_bound else [*as_here, *off]
    return [*first, (Against.NONE, Against.NONE.label)]


def preview_of(form: RuleForm | None, found: Rule | None, choice: PreviewForm) -> Preview:
    rule = found
    if form is not None and form.is_bound:
        rule = Rule(pk=found.pk if found else NEW_RULE, **form.settings().fields())
    asked = choice.cleaned_data
    return preview(
        user=asked["member"],
        shelf=asked["shelf"],
        now=timezone.now(),
        rule=rule,
        against=asked["against"],
    )


def context_of(form: RuleForm | None, found: Rule | None) -> dict[str, Any]:
    now = timezone.now()
    context: dict[str, Any] = {
        "dashboard_page": "rule_list",
        "form": form,
        "rule": found,
        "save_url": found.get_absolute_url() if found else reverse("rule_new"),
        "preview_form": PreviewForm(choices=choices_of(form, found)),
    }
    if found is None:
        return context
    entries = list(found.entries.select_related("by")[:ENTRIES_SHOWN])
    then = [rule_then(entry) for entry in entries]
    names = Names.of([found], now, past=then)
    return context | {
        "said": said(found, names),
        "state": state_of(found, now),
        "newest_entry": entries[0].pk if entries else "",
        "entries": [
            (entry, rule.name, said(rule, names)) for entry, rule in zip(entries, then, strict=True)
        ],
    }


def newest_entry(found: Rule) -> int:
    return found.entries.order_by("-id").values_list("pk", flat=True).first() or 0


def rule_then(entry: RuleEntry) -> Rule:
    """The rule as it stood after an entry."""
    kept = dict(entry.settings)
    for name in ("starts_at", "ends_at"):
        kept[name] = datetime.fromisoformat(kept[name]) if kept[name] else None
    return Rule(**kept)


def tell(request: HttpRequest, rule: Rule, sentence: str) -> None:
    """What was done; and that it speaks of no title, if that is so."""
    messages.success(request, sentence)
    if Names.of([rule], timezone.now()).counts.get(rule.pk) != 0:
        return
    if rule.effect == Rule.Effect.ONLY:
        words = _("It speaks of no title now: its lists are empty as long as it holds.")
    else:
        words = _("It speaks of no title now: lists stay as they are.")
    messages.warning(request, words)
