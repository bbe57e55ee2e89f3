"""The arcade: games, matches, ladders."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import member_required
from accounts.requests import MemberRequest
from arcade import services
from arcade.boards import board_view, example_view, goal_of
from arcade.forms import CLOCKS, SIDES, MoveForm, PlyForm, StartForm
from arcade.lobby import game_cards, match_cards, results
from arcade.match_page import MatchPage
from arcade.models import Match
from arcade.opponents import opponents_of
from arcade.records import record_at
from arcade.seen_match import Look
from arcade.serving import GAMES, Game
from arcade.settling import settle
from arcade.standings import ladder_lines
from config.requests import SiteRequest

NOTHING_NEW = 204


@never_cache
@require_GET
def arcade(request: SiteRequest) -> HttpResponse:
    """Visitors see what can be played; to play takes an account."""
    context = {
        "games": game_cards(request.user),
        "matches": match_cards(request.user),
        "results": results(request.user),
    }
    return render(request, "arcade/arcade.html", context)


def _game(key: str) -> Game:
    if key not in GAMES:
        raise Http404
    return GAMES[key]


@never_cache
@member_required
def new(request: MemberRequest) -> HttpResponse:
    """Chooses the level, the side and the clock of a match, and begins it."""
    if "game" not in request.GET:
        return redirect("arcade")  # the games are chosen there
    game = _game(request.GET.get("game", ""))
    form = StartForm(request.POST or None, game=game.key)
    refusal, status = _unknown_opponent(request, game.key), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                key = form.cleaned_data["key"]
                match = services.start_match(owner=request.user, wish=form.wish(), key=key)
            except services.MatchRefused as error:
                refusal, status = str(error), 409
            else:
                return redirect(match)
    context = {
        "game": game,
        "goal": goal_of(game.key),
        "board": example_view(game.key),
        "opponents": opponents_of(game.key),
        "form": form,
        "chosen": _chosen(request, game.key),
        "side": request.POST.get("side", request.GET.get("side", "0")),
        "clock": request.POST.get("clock", ""),
        "sides": SIDES,
        "clocks": CLOCKS,
        "refusal": refusal,
    }
    return render(request, "arcade/new.html", context, status=status)


def _unknown_opponent(request: MemberRequest, game: str) -> str:
    """Said where a link names a level that there is not."""
    wanted = request.GET.get("opponent", "")
    values = [level.value for each in opponents_of(game) for level in each.levels]
    if request.method == "POST" or not wanted or wanted in values:
        return ""
    return _("The level that this link names is not there (any more). Choose one of these.")


def _chosen(request: MemberRequest, game: str) -> str:
    """The level that is marked: the asked for, else the second easiest of the first agent."""
    values = [level.value for each in opponents_of(game) for level in each.levels]
    wanted = request.POST.get("opponent", request.GET.get("opponent", ""))
    return wanted if wanted in values else values[min(1, len(values) - 1)]


@never_cache
@require_safe
def match(request: SiteRequest, code: str) -> HttpResponse:
    """The page; for htmx the match alone, or nothing while nothing has happened."""
    found = get_object_or_404(_matches().visible_to(request.user), code=code)
    try:
        found = settle(match=found)
    except Match.DoesNotExist as error:  # erased by its member in the meantime
        raise Http404 from error
    page = MatchPage(found, request.user, Look.of(request.GET))
    if request.htmx and request.GET.get("seen") == page.stamp:
        return HttpResponse(status=NOTHING_NEW)
    return _shown(request, page)


def _matches() -> Any:
    return Match.objects.select_related("first", "second", "thinking", "rematch")


def _shown(request: SiteRequest, page: MatchPage, *, notice: str = "") -> HttpResponse:
    whole = not request.htmx or request.htmx.history_restore_request
    context = {"page": page, "match": page.match, "notice": notice}
    if page.side is not None:
        context["record"] = record_at(request.user, page.match)
    template = "arcade/match.html" if whole else "arcade/match.html#match"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _own(request: MemberRequest, code: str) -> Match:
    return get_object_or_404(_matches().owned_by(request.user), code=code)


def _answer(
    request: MemberRequest, code: str, write: Callable[[Match], Match], *, leaves: bool = False
) -> HttpResponse:
    """Do it and show the match as it is then; why not stands above the board."""
    found, notice = _own(request, code), ""
    try:
        found = write(found)
    except services.StaleMove as error:
        notice = "" if error.is_repeat else str(error)  # a double click is no mistake
    except services.MatchRefused as error:
        notice = str(error)
    except Match.DoesNotExist as error:  # erased by its member in the meantime
        raise Http404 from error
    else:
        if leaves:
            address = found.get_absolute_url()
            return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    look = Look.of(request.GET)
    if request.htmx:
        page = MatchPage(_own(request, code), request.user, Look(None, look.is_flipped))
        return _shown(request, page, notice=notice)
    if notice:
        messages.error(request, notice)
    return redirect(f"{found.get_absolute_url()}{look.query(ply=None)}")


@member_required
@require_POST
def move(request: MemberRequest, code: str) -> HttpResponse:
    form = MoveForm(request.POST)

    def write(found: Match) -> Match:
        if not form.is_valid():
            raise services.MatchRefused("illegal-move", _("Say which move you make."))
        given = form.cleaned_data
        action = given["action"]
        if action is None and not given["typed"]:
            raise services.MatchRefused("illegal-move", _("Say which move you make."))
        if action is None:
            action = _typed(found, given["typed"])
        return services.make_move(match=found, user=request.user, action=action, ply=given["ply"])

    return _answer(request, code, write)


def _typed(found: Match, words: str) -> int:
    board = board_view(found.game, found.actions, viewer_side=1 - found.agent_side)
    named = board.move_of(words)
    if named is None:
        said = _("“%(words)s” is not a move that can be made here.") % {"words": words}
        raise services.MatchRefused("illegal-move", said)
    return named.action


@member_required
@require_POST
def take_back(request: MemberRequest, code: str) -> HttpResponse:
    form, says_ply = PlyForm(request.POST), "ply" in request.POST

    def write(found: Match) -> Match:
        if says_ply and not form.is_valid():
            raise services.MatchRefused("illegal-move", _("Say which move you take back."))
        ply = form.cleaned_data["ply"] if says_ply else None
        return services.take_back(match=found, user=request.user, ply=ply)

    return _answer(request, code, write)


@member_required
@require_POST
def resign(request: MemberRequest, code: str) -> HttpResponse:
    return _answer(request, code, lambda m: services.resign(match=m, user=request.user))


@member_required
@require_POST
def rematch(request: MemberRequest, code: str) -> HttpResponse:
    write = lambda m: services.rematch(match=m, user=request.user)  # noqa: E731
    return _answer(request, code, write, leaves=True)


@member_required
@require_POST
def try_again(request: MemberRequest, code: str) -> HttpResponse:
    """A new match from an earlier position of this one."""
    form = PlyForm(request.POST)

    def write(found: Match) -> Match:
        if not form.is_valid():
            raise services.MatchRefused("illegal-move", _("Say from which move."))
        return services.try_again(match=found, user=request.user, ply=form.cleaned_data["ply"])

    return _answer(request, code, write, leaves=True)


@login_required
@require_GET
def ladder(request: MemberRequest, game: str) -> HttpResponse:
    context = {
        "game": _game(game),
        "games": GAMES.values(),
        "lines": ladder_lines(game, request.user),
    }
    return render(request, "arcade/ladder.html", context)
