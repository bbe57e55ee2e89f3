"""One image: its page, its file, and what may be done with it."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.access import member_required
from accounts.requests import MemberRequest
from config.media import media_path
from recommendations.staff_views import staff_only
from studio import image_services as services
from studio.forms import STRENGTHS, VARIATIONS, ReasonForm, VariationsForm, fresh_key, fresh_seed
from studio.models import Image
from studio.services import StudioRefused, queue_variations

PICTURE_SECONDS = 24 * 3600


@login_required
@never_cache
@require_GET
def image(request: MemberRequest, pk: int) -> HttpResponse:
    visible = Image.objects.visible_to(request.user).select_related("generator")
    found = get_object_or_404(visible, pk=pk)
    reports = list(found.reports.filter(settled_at=None)) if request.user.is_staff else []
    mine = found.owner_id == request.user.pk
    context = {
        "image": found,
        "mine": mine,
        "reports": reports,
        "may_judge": reports or found.visibility != Image.Visibility.OWN,
        "is_reported": found.reports.filter(by=request.user, settled_at=None).exists(),
        "is_worn": mine and found.sha256 in request.user.avatar,
        "strengths": STRENGTHS,
        "key": fresh_key(),
        "newer": visible.filter(owner=found.owner_id, pk__gt=pk).order_by("pk").first()
        if mine
        else None,
        "older": visible.filter(owner=found.owner_id, pk__lt=pk).first() if mine else None,
    }
    return render(request, "studio/image.html", context)


@login_required
@require_safe
def file(request: MemberRequest, pk: int, digest: str) -> HttpResponseBase:
    """The PNG, for whoever may see the image; `download` names it for a folder."""
    found = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    path = media_path(found.file)
    if not found.sha256.startswith(digest) or not path.is_file():
        raise Http404
    response = FileResponse(
        path.open("rb"),
        as_attachment="download" in request.GET,
        filename=f"marquee-{found.label}-{found.seed}.png",
        content_type="image/png",
    )
    # private: what one person may see, a cache between us must not show to another
    response.headers["Cache-Control"] = f"private, max-age={PICTURE_SECONDS}"
    return response


def _own(request: MemberRequest, pk: int) -> Image:
    return get_object_or_404(Image.objects.owned_by(request.user), pk=pk)


def _answer(
    request: MemberRequest, found: Image, write: Callable[[], object], said: str
) -> HttpResponse:
    """Do it and say so, or say why not, on the page of the image."""
    try:
        write()
    except StudioRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect(found)


@member_required
@require_POST
def publish(request: MemberRequest, pk: int) -> HttpResponse:
    found = _own(request, pk)
    said = _("All members see it now, without your name.")
    return _answer(request, found, lambda: services.publish_image(image=found), said)


@member_required
@require_POST
def unpublish(request: MemberRequest, pk: int) -> HttpResponse:
    found = _own(request, pk)
    said = _("Only you see it now.")
    return _answer(request, found, lambda: services.unpublish_image(image=found), said)


@member_required
@require_POST
def wear(request: MemberRequest, pk: int) -> HttpResponse:
    found = _own(request, pk)
    said = _("It is your avatar now.")
    write = lambda: services.wear_image(image=found, user=request.user)  # noqa: E731
    return _answer(request, found, write, said)


@member_required
@require_POST
def delete(request: MemberRequest, pk: int) -> HttpResponse:
    services.delete_image(image=_own(request, pk))
    messages.success(request, _("The image is deleted."))
    return redirect("studio")


@member_required
@require_POST
def report(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say in a few words what is wrong with it."))
        return redirect(found)
    reason = form.cleaned_data["reason"]
    write = lambda: services.report_image(image=found, by=request.user, reason=reason)  # noqa: E731
    return _answer(request, found, write, _("Thank you. Staff will look at it."))


@member_required
@require_POST
def variations(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    form = VariationsForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose how much it shall vary."))
        return redirect(found)
    try:
        queue_variations(
            owner=request.user,
            image=found,
            count=VARIATIONS,
            share=form.cleaned_data["share"],
            seed=fresh_seed(),
            key=form.cleaned_data["key"] or None,
        )
    except StudioRefused as error:
        messages.error(request, str(error))
        return redirect(found)
    return redirect("studio")


@staff_only
@require_POST
def hide(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Its owner needs a reason."))
        return redirect(found)
    reason = form.cleaned_data["reason"]
    write = lambda: services.hide_image(image=found, reason=reason)  # noqa: E731
    said = _("Only its owner and staff see it now.")
    _answer(request, found, write, said)
    return redirect(found)


@staff_only
@require_POST
def let_stand(request: MemberRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Image.objects.visible_to(request.user), pk=pk)
    services.let_stand(image=found)
    messages.success(request, _("The reports are settled; its owner may show it."))
    return redirect(f"{redirect('studio').url}?show=judge")
