"""Take your data with you, or leave altogether."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.models import User
from accounts.requests import MemberRequest
from accounts.views import may_try_password
from arcade.models import Match
from events.visitors import KEPT as VISITORS_KEPT
from privacy.export import export_user
from privacy.forms import DeleteAccountForm
from privacy.services import ErasureRefused, erase_user


@login_required
@never_cache
@require_GET
def download_data(request: MemberRequest) -> HttpResponseBase:
    too_many = ratelimit.consume_or_429(
        request, action="download_data", user=request.user, limit_get=True
    )
    if too_many:
        return too_many
    user = User.objects.get(pk=request.user.pk)
    return StreamingHttpResponse(
        export_user(user),
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="marquee-my-data.json"'},
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def delete_account(request: MemberRequest) -> HttpResponse:
    form = DeleteAccountForm(request.POST or None, user=request.user)
    if request.method == "GET":
        return render(request, "privacy/delete_account.html", {"form": form} | counts(request.user))
    if not may_try_password(request):
        form.add_error(None, _("Too many tries. Wait a minute, then try again."))
    elif form.is_valid():
        try:
            erase_user(request.user)
        except ErasureRefused as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            return redirect("goodbye")
    context = {"form": form} | counts(request.user)
    return render(request, "privacy/delete_account.html", context, status=422)


def counts(user: User) -> dict[str, int]:
    """What would go, in numbers."""
    return {
        "events": user.events.count(),
        "ratings": user.ratings.count(),
        "saved": user.saved.count(),
        "tokens": user.tokens.count(),
        "images": user.images.count(),
        "matches": Match.objects.owned_by(user).count(),
    }


@require_GET
def goodbye(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/goodbye.html")


@require_GET
def privacy_notice(request: HttpRequest) -> HttpResponse:
    days = {"served_days": settings.SERVED_LISTS_KEPT.days, "visitor_days": VISITORS_KEPT.days}
    return render(request, "privacy/notice.html", days)


@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/accessibility.html")
