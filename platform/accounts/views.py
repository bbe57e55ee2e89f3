"""The account page: who you are, what you may see, which programs speak for you."""

from pathlib import Path
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.access import member_required
from accounts.forms import AgeLimitForm, NameForm, TokenForm
from accounts.models import AccessToken, User
from accounts.requests import MemberRequest
from accounts.services import (
    TooManyTokens,
    WrongPassword,
    change_age_limit,
    clear_avatars,
    issue_token,
    revoke_token,
)
from config.media import media_path

AVATAR_SECONDS = 24 * 3600
SHOWN_ONCE = "new_token"  # in the session, until the next account page


@login_required
@never_cache
@require_GET
def account(request: MemberRequest) -> HttpResponse:
    new_token = request.session.pop(SHOWN_ONCE, None)  # shown by this page, then kept nowhere
    return render(request, "accounts/account.html", page_of(request, new_token=new_token))


def page_of(request: MemberRequest, **changed: Any) -> dict[str, Any]:
    """What the account page shows; `changed` puts a form with errors in its place."""
    user = User.objects.get(pk=request.user.pk)  # a refused form leaves its values in request.user
    return {
        "name_form": NameForm(instance=user),
        "age_form": AgeLimitForm(initial={"age_limit": user.age_limit}),
        "token_form": TokenForm(auto_id="id_token_%s"),
        "tokens": user.tokens.filter(revoked_at=None),
    } | changed


def refused(request: MemberRequest, **changed: forms.BaseForm) -> HttpResponse:
    return render(request, "accounts/account.html", page_of(request, **changed), status=422)


@member_required
@require_POST
def change_name(request: MemberRequest) -> HttpResponse:
    form = NameForm(request.POST, instance=request.user)
    if not form.is_valid():
        return refused(request, name_form=form)
    request.user.save(
        update_fields=["name"]
    )  # the form has set it; no other field may be written back
    messages.success(request, _("Your name is saved."))
    return redirect("account")


@member_required
@require_POST
def set_age_limit(request: MemberRequest) -> HttpResponse:
    form = AgeLimitForm(request.POST)
    if not form.is_valid():
        return refused(request, age_form=form)
    limit, password = form.cleaned_data["age_limit"], form.cleaned_data["password"]
    if password and not may_try_password(request):
        form.add_error("password", _("Too many tries. Wait a minute, then try again."))
        return refused(request, age_form=form)
    try:
        change_age_limit(user=request.user, limit=limit, password=password)
    except WrongPassword:
        form.add_error(
            "password",
            _("That is not your password.")
            if password
            else _("Raising the limit takes your password."),
        )
        return refused(request, age_form=form)
    messages.success(request, _("The age limit is saved. It counts from now on, on every page."))
    return redirect("account")


@login_required
@require_safe
def avatar(request: MemberRequest, digest: str) -> HttpResponseBase:
    """One's own; another digest is no longer there."""
    name = request.user.avatar
    if not name or Path(name).stem != digest or not media_path(name).is_file():
        raise Http404
    response = FileResponse(media_path(name).open("rb"), content_type="image/png")
    response.headers["Cache-Control"] = f"private, max-age={AVATAR_SECONDS}, immutable"
    return response


@member_required
@require_POST
def clear_avatar(request: MemberRequest) -> HttpResponse:
    if request.user.avatar:
        clear_avatars(digest=Path(request.user.avatar).stem, user=request.user)
        messages.success(request, _("Your initials stand in its place again."))
    return redirect("account")


def may_try_password(request: MemberRequest) -> bool:
    """Counts a try: somebody at another person's open browser must not guess for long."""
    return bool(ratelimit.consume(request, action="reauthenticate", user=request.user))


@member_required
@never_cache
@require_POST
def create_token(request: MemberRequest) -> HttpResponse:
    """The account page shows the secret once: loading that again makes no second token."""
    form = TokenForm(request.POST, auto_id="id_token_%s")
    if not form.is_valid():
        return refused(request, token_form=form)
    try:
        token, secret = issue_token(owner=request.user, name=form.cleaned_data["name"])
    except TooManyTokens as error:
        form.add_error(None, str(error))
        return refused(request, token_form=form)
    request.session[SHOWN_ONCE] = {"name": token.name, "secret": secret}
    return redirect(reverse("account") + "#tokens")


@member_required
@require_POST
def revoke(request: MemberRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(AccessToken, owner=request.user, pk=pk)
    revoke_token(token=token)
    messages.success(request, _("%(name)s no longer works.") % {"name": token.name})
    return redirect("account")
