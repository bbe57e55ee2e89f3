"""What the buttons answer: themselves as they stand now, a notice, or the page they came from."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import trigger_client_event

from accounts.access import safe_next
from catalog.cards import Card
from catalog.models import Title
from config.requests import SiteRequest
from events.actors import Actor
from events.forms import EventForm, ShownForm
from events.models import Event, VisitorEvent
from events.services import LIKE_STARS
from events.templatetags.notices import undo_tag


def stars(request: SiteRequest, actor: Actor, title: Title, _form: ShownForm) -> HttpResponse:
    """The stars of the title page, as they stand now."""
    value = actor.state_of(title)["stars"]
    context = {"title": title, "value": value, "next": safe_next(request)}
    return render(request, "_stars.html", context)


def save_button(request: SiteRequest, actor: Actor, title: Title, _form: ShownForm) -> HttpResponse:
    """The big button, as it stands now."""
    saved = actor.state_of(title)["saved"]
    context = {"title": title, "saved": saved, "next": safe_next(request)}
    return render(request, "_save_button.html", context)


def dislike_button(
    request: SiteRequest, actor: Actor, title: Title, _form: ShownForm
) -> HttpResponse:
    """The big button, as it stands now."""
    disliked = actor.state_of(title)["disliked"]
    context = {"title": title, "disliked": disliked, "next": safe_next(request)}
    return render(request, "_dislike_button.html", context)


def card_actions(request: SiteRequest, actor: Actor, title: Title, form: ShownForm) -> HttpResponse:
    """The buttons of the card that was pressed, as they stand now."""
    state = actor.state_of(title)
    liked = (state["stars"] or 0) >= LIKE_STARS
    position = form.cleaned_data["position"] or 0
    context = {
        "card": Card(title=title, position=position, saved=state["saved"], liked=liked),
        "disliked": state["disliked"],
        "list_id": form.cleaned_data["list_id"],
    }
    return render(request, "_card_actions.html", context)


BUTTONS: dict[str, Callable[[SiteRequest, Actor, Title, ShownForm], HttpResponse]] = {
    "card": card_actions,
    "stars": stars,
    "save": save_button,
    "dislike": dislike_button,
}
AWAY = {Event.Kind.DISLIKE, Event.Kind.HIDE}  # what sends a card away


def undone(request: SiteRequest, actor: Actor, event: Event | VisitorEvent) -> HttpResponse:
    """The buttons that the notice of this event came from; without them the page is out of date.

    Without them too when the title is not to be seen any more; a card that was away comes back.
    """
    buttons, form = BUTTONS.get(request.GET.get("buttons", "")), ShownForm(request.GET)
    visible = Title.objects.visible_to(request.user).filter(pk=event.title_id)
    if buttons and form.is_valid() and visible.exists():
        return buttons(request, actor, event.title, form)
    comes_back = event.kind in AWAY and not buttons
    return HttpResponse(status=204, headers={} if comes_back else {"HX-Refresh": "true"})


def back(
    request: SiteRequest, message: str, *, to: str | None = None, undo_url: str = ""
) -> HttpResponse:
    """To the page the form came from, which says what was done, with a button that undoes it."""
    messages.success(request, message, extra_tags=undo_tag(undo_url))
    return redirect(to or safe_next(request))


def way_back(event: Event | VisitorEvent | None, *, gone: bool) -> str:
    """Where the event is taken back, or stands again if it was; "" of none."""
    if event is None:
        return ""
    return reverse("restore_event" if gone else "undo_event", args=[event.pk])


def refused(request: SiteRequest, form: EventForm) -> HttpResponse:
    """400 with what is wrong in the form."""
    reasons = [f"{name}: {error}" for name, errors in form.errors.items() for error in errors]
    return refused_for(request, reasons, status=400)


def refused_for(request: SiteRequest, reasons: list[str], *, status: int) -> HttpResponse:
    """The status with its reasons, as a toast or as a page."""
    if request.htmx:
        return with_toast(HttpResponse("\n".join(reasons), status=status), " ".join(reasons))
    context = {"reasons": reasons, "next": safe_next(request)}
    return render(request, "events/refused.html", context, status=status)


def with_way_back(
    response: HttpResponse,
    message: str,
    event: Event | VisitorEvent | None,
    *,
    gone: bool,
    asks: str = "",
) -> HttpResponse:
    """The notice of what was done or taken back, with a button to undo it; none of no event.

    asks: for the buttons that the undoing answers with, see `asking`
    """
    if event is None:
        return response
    about = f"{event.kind}-{event.title_id}"  # its notice replaces the one before
    toast = {"message": message, "about": about, "undo_url": way_back(event, gone=gone) + asks}
    return trigger_client_event(response, "toast", toast)


def asking(request: SiteRequest, buttons: str, form: ShownForm) -> str:
    """The query with which `undone` answers these buttons, of a card where that stood."""
    read = {name: form.cleaned_data[name] for name in ShownForm.base_fields}
    place = {name: value for name, value in read.items() if value not in {None, ""}}
    return "?" + urlencode({"buttons": buttons, "next": safe_next(request), **place})


def with_toast(response: HttpResponse, message: str) -> HttpResponse:
    """Adds a notice alone."""
    return trigger_client_event(response, "toast", {"message": message})
