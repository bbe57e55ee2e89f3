"""Tournaments: members look at them, staff start them and let the ladder go by them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.requests import MemberRequest
from arcade import tournament_services as services
from arcade.serving import GAMES
from arcade.tournament_forms import TournamentForm
from arcade.tournament_models import Tournament
from arcade.tournament_tables import standings_of
from jobs.models import Job
from recommendations.staff_views import staff_only

A_PAGE = 20


@login_required
@require_GET
def tournaments(request: MemberRequest) -> HttpResponse:
    found = Tournament.objects.visible_to(request.user).for_lists()
    context = {"page_obj": Paginator(found, A_PAGE).get_page(request.GET.get("page"))}
    return render(request, "arcade/tournaments.html", context)


@login_required
@never_cache
@require_GET
def tournament(request: MemberRequest, pk: int) -> HttpResponse:
    """The page; for htmx the table alone, and the whole page anew once the job has ended."""
    visible = Tournament.objects.visible_to(request.user).select_related("job__owner")
    found = get_object_or_404(visible, pk=pk)
    context = {
        "tournament": found,
        "job": found.job,
        "standings": standings_of(found),
        "is_done": found.job.state == Job.State.DONE,
    }
    whole = not request.htmx or request.htmx.history_restore_request
    template = "arcade/tournament.html" if whole else "arcade/tournament.html#moving"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    if not whole and request.GET.get("state") != found.job.state:
        response["HX-Refresh"] = "true"
    return response


@staff_only
@require_safe
def tournament_list(
    request: MemberRequest, *, form: TournamentForm | None = None, status: int = 200
) -> HttpResponse:
    game = request.GET.get("game", "connect-four")
    if game not in services.RANKED_GAMES:
        raise Http404
    found = Tournament.objects.for_lists()
    context = {
        "dashboard_page": "tournament_list",
        "page_obj": Paginator(found, A_PAGE).get_page(request.GET.get("page")),
        "query": f"game={game}",
        "games": [GAMES[key] for key in services.RANKED_GAMES],
        "game": GAMES[game],
        "form": form or TournamentForm(game=game),
        "most": services.MOST,
    }
    return render(request, "arcade/tournament_list.html", context, status=status)


@staff_only
@require_POST
def tournament_start(request: MemberRequest) -> HttpResponse:
    """Of the game in the address."""
    game = request.GET.get("game", "")
    if game not in services.RANKED_GAMES:
        raise Http404
    form = TournamentForm(request.POST, game=game)
    if form.is_valid():
        key = form.cleaned_data["key"] or None
        return redirect(services.queue_tournament(owner=request.user, wish=form.wish(), key=key))
    request.method = "GET"  # the page again, with the form as it was filled in
    return tournament_list(request, form=form, status=422)


@staff_only
def tournament_take_over(request: MemberRequest, pk: int) -> HttpResponse:
    """Says what the ladder would be, then makes it so."""
    found = get_object_or_404(Tournament.objects.select_related("job"), pk=pk)
    if request.method == "POST":
        try:
            taken = services.take_over(tournament=found)
        except services.TournamentRefused as error:
            messages.error(request, str(error))
            return redirect(found)
        said = _("The ladder goes by these ratings of %(n)d levels now.")
        messages.success(request, said % {"n": len(taken)})
        return redirect("arcade_ladder", found.game)
    if found.job.state != Job.State.DONE:
        return redirect(found)
    context = {
        "dashboard_page": "tournament_list",
        "tournament": found,
        "lines": services.anchored(found),
    }
    return render(request, "arcade/tournament_take_over.html", context)
