"""The public page of an agent."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arcade.agent_cards import card_of


@require_safe
def agent(request: HttpRequest, game: str, key: str) -> HttpResponse:
    card = card_of(game, key)
    if card is None:
        raise Http404
    return render(request, "arcade/agent.html", {"card": card})
