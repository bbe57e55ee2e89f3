"""What people do to titles: every button posts here, with htmx or as a plain form."""

import json
from datetime import timedelta
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import member_required, safe_next
from accounts.requests import MemberRequest
from catalog.models import Link, Title
from config.requests import SiteRequest
from events.actors import Actor, Member, Visitor, anybody
from events.answers import (
    BUTTONS,
    asking,
    back,
    refused,
    refused_for,
    undone,
    way_back,
    with_way_back,
)
from events.forms import (
    LIKES,
    DislikeForm,
    EventForm,
    HideForm,
    ImpressionForm,
    RateForm,
    SaveForm,
    ShownForm,
)
from events.models import Event
from events.services import clear, record_event, restore_event, set_liked

MAX_IMPRESSIONS = 100  # of one request
CLICK_GAP = timedelta(minutes=30)


@member_required
@require_POST
def rate(request: MemberRequest, pk: int) -> HttpResponse:
    title = visible_title(request, pk)
    form = RateForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    value = form.cleaned_data["value"]
    who_what: dict[str, Any] = {"user": request.user, "title": title}
    if value in LIKES:
        event = set_liked(**who_what, liked=LIKES[value], shown=form.shown)
    elif value == "clear":
        event = clear(**who_what, kind=Event.Kind.RATE)
    else:
        written, created = record_event(
            **who_what, kind=Event.Kind.RATE, value=float(value), **form.shown
        )
        event = written if created else None
    gone = value in {"clear", "unlike"}
    message = what_rating_did(title, value)
    if not request.htmx:
        return back(request, message, undo_url=way_back(event, gone=gone))
    buttons = "card" if value in LIKES else "stars"
    answer = BUTTONS[buttons](request, Member(request.user), title, form)
    return with_way_back(answer, message, event, gone=gone, asks=asking(request, buttons, form))


def what_rating_did(title: Title, value: str) -> str:
    """The words of its notice. value: as RateForm cleans it"""
    words = {
        "clear": _("Your rating is removed: %(title)s."),
        "like": _("You like %(title)s."),
        "unlike": _("Your like is removed: %(title)s."),
    }
    text = words.get(value) or _("Your rating of %(title)s is saved: %(stars)s of 5.")
    return text % {"title": title.name, "stars": value.removesuffix(".0")}


@require_POST
@anybody
def save(request: SiteRequest, actor: Actor, pk: int) -> HttpResponse:
    title = visible_title(request, pk)
    form = SaveForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    saved = form.cleaned_data["saved"]
    event, changed = actor.set_state(
        title=title, kind=Event.Kind.SAVE, wanted=saved, shown=form.shown
    )
    message = (
        _("Saved to your list: %(title)s.") if saved else _("Removed from your list: %(title)s.")
    )
    message %= {"title": title.name}
    told = event if changed else None
    if not request.htmx:
        return back(request, message, undo_url=way_back(told, gone=not saved))
    buttons = "save" if "big" in request.POST else "card"
    answer = BUTTONS[buttons](request, actor, title, form)
    return with_way_back(answer, message, told, gone=not saved, asks=asking(request, buttons, form))


@require_POST
@anybody
def dislike(request: SiteRequest, actor: Actor, pk: int) -> HttpResponse:
    """Not interested: recommended no more, and still to be found."""
    title = visible_title(request, pk)
    form = DislikeForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    disliked = form.cleaned_data["disliked"]
    event, changed = actor.set_state(
        title=title, kind=Event.Kind.DISLIKE, wanted=disliked, shown=form.shown
    )
    message = (
        _("%(title)s is not recommended to you any more.")
        if disliked
        else _("%(title)s may be recommended to you again.")
    ) % {"title": title.name}
    told = event if changed else None
    if not request.htmx:
        return back(request, message, undo_url=way_back(told, gone=not disliked))
    buttons = "dislike" if "big" in request.POST else "card"
    if buttons == "card" and form.cleaned_data["list_id"]:  # the card leaves its list
        return with_way_back(HttpResponse(), message, told, gone=not disliked)
    answer = BUTTONS[buttons](request, actor, title, form)
    return with_way_back(
        answer, message, told, gone=not disliked, asks=asking(request, buttons, form)
    )


@require_POST
@anybody
def hide(request: SiteRequest, actor: Actor, pk: int) -> HttpResponse:
    """For members; works on a hidden title too: a second press, and the way back."""
    if isinstance(actor, Visitor):
        way_out = _("Hiding a title needs an account. Log in, or press “Not interested” instead.")
        return refused_for(request, [way_out], status=403)
    title = get_object_or_404(Title.objects.allowed_to(request.user), pk=pk)
    form = HideForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    hidden = form.cleaned_data["hidden"]
    kind = Event.Kind.HIDE
    event, changed = actor.set_state(title=title, kind=kind, wanted=hidden, shown=form.shown)
    message = _("You will not see %(title)s again.") if hidden else _("%(title)s is back.")
    message %= {"title": title.name}
    told = event if changed else None
    if not request.htmx:
        away = hidden and safe_next(request).startswith(title.get_absolute_url())
        to = reverse("home") if away else None
        return back(request, message, to=to, undo_url=way_back(told, gone=not hidden))
    answer = HttpResponse()
    if "big" in request.POST:
        context = {"title": title, "hidden": hidden, "next": safe_next(request)}
        answer = render(request, "_hide_button.html", context)
    return with_way_back(answer, message, told, gone=not hidden)


@require_POST
@anybody
def finish(request: SiteRequest, actor: Actor, pk: int) -> HttpResponse:
    title = visible_title(request, pk)
    form = EventForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    event, created = actor.record(title=title, kind=Event.Kind.FINISH, **form.shown)
    told = event if created else None
    message = _("Marked as seen: %(title)s.") % {"title": title.name}
    if request.htmx:
        return with_way_back(HttpResponse(status=204), message, told, gone=False)
    return back(request, message, undo_url=way_back(told, gone=False))


@never_cache
@require_POST
@anybody
def play(request: SiteRequest, actor: Actor, pk: int) -> HttpResponse:
    """Open one of the title's links.

    Not by a redirect: the policy form-action 'self' forbids one to another site as the answer to a
    form, so the answer is a page that goes there by itself.
    """
    title = visible_title(request, pk)
    form = EventForm(request.POST)
    link_pk = request.POST.get("link", "")
    if not form.is_valid():
        return refused(request, form)
    if not link_pk.isdecimal():
        return HttpResponseBadRequest(_("Say which link to open."))
    link = get_object_or_404(Link, title=title, pk=link_pk[:18])
    if not link.url.startswith(("https://", "http://")):
        raise Http404
    actor.record(title=title, kind=Event.Kind.PLAY, **form.shown)
    return render(request, "events/opening.html", {"title": title, "link": link})


@require_POST
@anybody
def undo(request: SiteRequest, actor: Actor, pk: int) -> HttpResponse:
    """Take back what you did, also to a title that you hid; a card that left comes back alone."""
    event = actor.undo(pk)
    if event is None and not request.htmx and isinstance(actor, Visitor):
        return redirect_to_login(safe_next(request))  # it may be theirs once they have logged in
    if event is None:
        raise Http404
    if request.htmx:
        return undone(request, actor, event)
    return back(request, _("Undone."))


@member_required
@require_POST
def restore(request: MemberRequest, pk: int) -> HttpResponse:
    """What was cleared stands again."""
    event = get_object_or_404(Event.objects.of(request.user).select_related("title"), pk=pk)
    restore_event(event=event)
    if request.htmx:
        return undone(request, Member(request.user), event)
    return back(request, _("Undone."))


@require_POST
@anybody
def click(request: SiteRequest, actor: Actor, pk: int) -> HttpResponse:
    """The page of a title was opened; from each list at most one click in half an hour counts."""
    opened = visible_title(request, pk)
    now = timezone.now()
    form = ShownForm(request.POST)
    shown = form.shown if form.is_valid() else {}
    origin = shown["list_id"].hex[:12] if shown.get("list_id") else ""
    key = f"click:{pk}:{origin}:{int(now.timestamp() // CLICK_GAP.total_seconds())}"
    actor.record(title=opened, kind=Event.Kind.CLICK, key=key, now=now, **shown)
    return HttpResponse(status=204)


@require_POST
def impressions(request: SiteRequest) -> HttpResponse:
    """A JSON list of {title, shelf, position, list_id}."""
    try:
        sent = json.loads(request.body)
    except ValueError:
        return JsonResponse({"detail": "the body is no JSON"}, status=400)
    if not isinstance(sent, list) or len(sent) > MAX_IMPRESSIONS:
        return JsonResponse({"detail": f"send a list of at most {MAX_IMPRESSIONS}"}, status=400)
    forms = [ImpressionForm(item if isinstance(item, dict) else {}) for item in sent]
    for row, form in enumerate(forms):
        if not form.is_valid():
            return JsonResponse({"detail": f"item {row}", "errors": form.errors}, status=400)
    return note_impressions(request, [form.cleaned_data for form in forms])


@anybody
def note_impressions(
    request: SiteRequest, actor: Actor, sent: list[dict[str, Any]]
) -> HttpResponse:
    """Those of titles that this person may see; only what makes sense begins a visit."""
    wanted = {item["title"] for item in sent}
    visible = set(
        Title.objects.visible_to(request.user).filter(pk__in=wanted).values_list("pk", flat=True)
    )
    actor.record_impressions([item for item in sent if item["title"] in visible])
    return HttpResponse(status=204)


def visible_title(request: SiteRequest, pk: int) -> Title:
    return get_object_or_404(Title.objects.visible_to(request.user), pk=pk)
