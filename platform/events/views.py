"""What people do to titles: every button posts here, with htmx or as a plain form."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from accounts.access import member_required, safe_next
from accounts.requests import MemberRequest
from catalog.cards import Card
from catalog.models import Link, Title
from events.forms import LIKES, EventForm, HideForm, ImpressionForm, RateForm, SaveForm
from events.models import Event, Rating, Saved
from events.services import (
    LIKE_STARS,
    clear,
    record_event,
    record_impressions,
    restore_event,
    set_liked,
    set_state,
    undo_event,
)

MAX_IMPRESSIONS = 100  # of one request


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
        event, _created = record_event(
            **who_what, kind=Event.Kind.RATE, value=float(value), **form.shown
        )
    gone = value in {"clear", "unlike"}
    message = _("Your rating is removed.") if gone else _("Your rating is saved.")
    if value not in {"clear", *LIKES}:  # two notices at a time must not read alike
        message = _("Your rating is saved: %(stars)s of 5.") % {"stars": f"{float(value):g}"}
    if not request.htmx:
        return back(request, message)
    answer = card_actions(request, title, form) if value in LIKES else stars(request, title)
    return with_way_back(answer, message, event, gone=gone)


@member_required
@require_POST
def save(request: MemberRequest, pk: int) -> HttpResponse:
    title = visible_title(request, pk)
    form = SaveForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    saved = form.cleaned_data["saved"]
    event, changed = set_state(
        user=request.user, title=title, kind=Event.Kind.SAVE, wanted=saved, shown=form.shown
    )
    message = _("Saved to your list.") if saved else _("Removed from your list.")
    if not request.htmx:
        return back(request, message)
    if "big" in request.POST:
        context = {"title": title, "saved": saved, "next": safe_next(request)}
        answer = render(request, "_save_button.html", context)
    else:
        answer = card_actions(request, title, form)
    return with_way_back(answer, message, event if changed else None, gone=not saved)


@member_required
@require_POST
def hide(request: MemberRequest, pk: int) -> HttpResponse:
    """Works on a hidden title too: a second press, and the way back."""
    title = get_object_or_404(Title.objects.allowed_to(request.user), pk=pk)
    form = HideForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    hidden = form.cleaned_data["hidden"]
    kind = Event.Kind.HIDE
    event, _changed = set_state(
        user=request.user, title=title, kind=kind, wanted=hidden, shown=form.shown
    )
    message = _("You will not see %(title)s again.") if hidden else _("%(title)s is back.")
    message %= {"title": title.name}
    if not request.htmx:
        away = hidden and safe_next(request).startswith(title.get_absolute_url())
        return back(request, message, to=reverse("home") if away else None)
    answer = HttpResponse()
    if "big" in request.POST:
        context = {"title": title, "hidden": hidden, "next": safe_next(request)}
        answer = render(request, "_hide_button.html", context)
    return with_toast(answer, message, undo=event if hidden else None)


@member_required
@require_POST
def finish(request: MemberRequest, pk: int) -> HttpResponse:
    title = visible_title(request, pk)
    form = EventForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    event, _created = record_event(
        user=request.user, title=title, kind=Event.Kind.FINISH, **form.shown
    )
    message = _("Marked as seen.")
    if request.htmx:
        return with_toast(HttpResponse(status=204), message, undo=event)
    return back(request, message)


@member_required
@never_cache
@require_POST
def play(request: MemberRequest, pk: int) -> HttpResponse:
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
    record_event(user=request.user, title=title, kind=Event.Kind.PLAY, **form.shown)
    return render(request, "events/opening.html", {"title": title, "link": link})


@member_required
@require_POST
def undo(request: MemberRequest, pk: int) -> HttpResponse:
    """Take back what you did, also to a title that you hid; only a hidden card comes back alone."""
    event = get_object_or_404(Event.objects.of(request.user), pk=pk)
    undo_event(event=event)
    if request.htmx:
        alone = event.kind == Event.Kind.HIDE
        return HttpResponse(status=204, headers={} if alone else {"HX-Refresh": "true"})
    return back(request, _("Undone."))


@member_required
@require_POST
def restore(request: MemberRequest, pk: int) -> HttpResponse:
    """What was cleared stands again; the buttons of the page that asked are then out of date."""
    restore_event(event=get_object_or_404(Event.objects.of(request.user), pk=pk))
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return back(request, _("Undone."))


@require_POST
def impressions(request: HttpRequest) -> HttpResponse:
    """A JSON list of {title, shelf, position, list_id}. Visitors are not recorded."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
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
    wanted = {form.cleaned_data["title"] for form in forms}
    visible = set(
        Title.objects.visible_to(request.user).filter(pk__in=wanted).values_list("pk", flat=True)
    )
    shown = [form.cleaned_data for form in forms if form.cleaned_data["title"] in visible]
    record_impressions(user=request.user, shown=shown)
    return HttpResponse(status=204)


def visible_title(request: MemberRequest, pk: int) -> Title:
    return get_object_or_404(Title.objects.visible_to(request.user), pk=pk)


def own_state(user: Any, title: Title) -> dict[str, Any]:
    """`saved` and `stars` (None = not rated) of one person on one title."""
    rating = Rating.objects.filter(user=user, title=title).first()
    return {
        "saved": Saved.objects.filter(user=user, title=title).exists(),
        "stars": rating.stars if rating else None,
    }


def stars(request: MemberRequest, title: Title) -> HttpResponse:
    """The stars of the title page, as they stand now."""
    value = own_state(request.user, title)["stars"]
    context = {"title": title, "value": value, "next": safe_next(request)}
    return render(request, "_stars.html", context)


def card_actions(request: MemberRequest, title: Title, form: EventForm) -> HttpResponse:
    """The buttons of the card that was pressed, as they stand now."""
    state = own_state(request.user, title)
    liked = (state["stars"] or 0) >= LIKE_STARS
    position = form.cleaned_data["position"] or 0
    context = {
        "card": Card(title=title, position=position, saved=state["saved"], liked=liked),
        "shelf_key": form.cleaned_data["shelf"],
        "list_id": form.cleaned_data["list_id"],
        "next": safe_next(request),
    }
    return render(request, "_card_actions.html", context)


def back(request: MemberRequest, message: str, *, to: str | None = None) -> HttpResponse:
    """To the page the form came from, which says what was done."""
    messages.success(request, message)
    return redirect(to or safe_next(request))


def refused(request: MemberRequest, form: EventForm) -> HttpResponse:
    """400 with the reason, as a toast or as a page."""
    reasons = [f"{name}: {error}" for name, errors in form.errors.items() for error in errors]
    if request.htmx:
        return with_toast(HttpResponseBadRequest("\n".join(reasons)), " ".join(reasons))
    context = {"reasons": reasons, "next": safe_next(request)}
    return render(request, "events/refused.html", context, status=400)


def with_way_back(
    response: HttpResponse, message: str, event: Event | None, *, gone: bool
) -> HttpResponse:
    """The notice of what was rated or saved, or cleared; none when nothing changed."""
    if event is None:
        return response
    if gone:
        return with_toast(response, message, restore=event)
    return with_toast(response, message, undo=event)


def with_toast(
    response: HttpResponse,
    message: str,
    *,
    undo: Event | None = None,
    restore: Event | None = None,
) -> HttpResponse:
    """Adds the notice, with a button that takes `undo` back or lets `restore` stand again."""
    toast = {"message": message}
    if event := undo or restore:
        toast["about"] = f"{event.kind}-{event.title_id}"  # its notice replaces the one before
    if undo:
        toast["undo_url"] = reverse("undo_event", args=[undo.pk])
    elif restore:
        toast["undo_url"] = reverse("restore_event", args=[restore.pk])
    return trigger_client_event(response, "toast", toast)
