"""Pages for staff: train agents, look at what came of it, publish, roll back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.requests import MemberRequest
from arcade import training_figures as figures
from arcade import training_services as services
from arcade.loading import loaded
from arcade.serving import GAMES, agents_of
from arcade.training_forms import PublishForm, TrainForm
from arcade.training_models import LONGEST_NAME, Agent, AgentRun
from recommendations.staff_views import staff_only

RUNS_A_PAGE, MOST_AGENTS = 20, 100


@staff_only
@require_safe
def agent_list(
    request: MemberRequest, *, form: TrainForm | None = None, status: int = 200
) -> HttpResponse:
    runs = AgentRun.objects.for_lists()
    context = {
        "dashboard_page": "agent_list",
        "page_obj": Paginator(runs, RUNS_A_PAGE).get_page(request.GET.get("page")),
        "games": GAMES,
        "published": published_agents(),
        "form": form or TrainForm(initial={"game": request.GET.get("game", "")}),
    }
    return render(request, "arcade/agents.html", context, status=status)


def published_agents() -> list[dict[str, Any]]:
    """Games with something published, each with what plays and what is kept."""
    by_game: dict[str, list[Agent]] = {}
    for agent in Agent.objects.for_staff()[:MOST_AGENTS]:
        by_game.setdefault(agent.game, []).append(agent)
    return [
        {
            "game": GAMES[game],
            "agents": agents,
            "can_roll_back": any(agent.is_current for agent in agents),
            "first": next(iter(agents_of(game).values())).name,
        }
        for game, agents in by_game.items()
        if game in GAMES
    ]


@staff_only
@require_POST
def agent_start(request: MemberRequest) -> HttpResponse:
    form = TrainForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        key = given.pop("key") or None
        wish = services.Wish(**given)
        return redirect(services.queue_agent_run(owner=request.user, wish=wish, key=key))
    request.method = "GET"  # the page again, with the form as it was filled in
    return agent_list(request, form=form, status=422)


@staff_only
@require_safe
def agent_run(
    request: MemberRequest, pk: int, *, form: PublishForm | None = None, status: int = 200
) -> HttpResponse:
    found = find(pk)
    name = found.published.name if found.published else GAMES[found.game].name
    context = context_of(found) | {
        "form": form or PublishForm(initial={"name": name[:LONGEST_NAME]}),
        "can_publish": found.job.state == found.job.State.DONE,
    }
    return render(request, "arcade/agent_run.html", context, status=status)


@staff_only
@require_GET
def agent_panel(request: MemberRequest, pk: int) -> HttpResponse:
    """The moving parts of a run; the whole page anew once its training or rating has ended."""
    context = context_of(find(pk))
    response = render(request, "arcade/agent_run.html#moving", context)
    if request.GET.get("state") != context["state"]:
        response["HX-Refresh"] = "true"
    return response


@staff_only
@require_POST
def agent_publish(request: MemberRequest, pk: int) -> HttpResponse:
    found = find(pk)
    form = PublishForm(request.POST)
    if not form.is_valid():
        request.method = "GET"
        return agent_run(request, pk, form=form, status=422)
    try:
        agent = services.publish_run(run=found, by=request.user, **form.cleaned_data)
    except services.AgentRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(what)s plays now.") % {"what": agent})
    return redirect(found)


@staff_only
@require_POST
def agent_roll_back(request: MemberRequest, game: str) -> HttpResponse:
    if game not in GAMES:
        raise Http404
    try:
        services.roll_back(game=game)
    except services.AgentRefused as error:
        messages.error(request, str(error))
    else:
        what = next(iter(agents_of(game).values())).name
        messages.success(request, _("%(what)s plays now.") % {"what": what})
    return redirect("agent_list")


def find(pk: int) -> AgentRun:
    related = ("job__owner", "rating", "published")
    return get_object_or_404(AgentRun.objects.select_related(*related), pk=pk)


def context_of(run: AgentRun) -> dict[str, Any]:
    """What moves while it trains, and while its levels are rated."""
    return {
        "dashboard_page": "agent_list",
        "run": run,
        "job": run.job,
        "game": GAMES[run.game],
        "is_busy": run.is_busy,
        "state": f"{run.job.state}-{run.rating.state if run.rating else ''}",
        "charts": figures.charts_of(run.curve),
        "rows": figures.table_of(run.report, loaded(services.artifact_of(run))),
    }
