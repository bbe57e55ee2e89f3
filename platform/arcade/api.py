"""The arcade as JSON: whom to play against, and matches with their moves."""

from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, generics, permissions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from arcade import services, serving
from arcade.models import Match, Rating
from arcade.serializers import (
    GamesOut,
    LadderOut,
    MatchBrief,
    MatchIn,
    MatchOut,
    MoveIn,
    TakeBackIn,
    TryAgainIn,
)
from arcade.serving import GAMES
from arcade.settling import settle
from config.refusals import Conflict
from jobs.services import retry

REFUSED = OpenApiResponse(description="It cannot be done now; `detail` says why.")
ON_LADDER = 100  # rows, from the strongest


class ArcadeView(generics.GenericAPIView):
    """What all of the arcade's addresses share; for members, unless told."""

    permission_classes = [permissions.IsAuthenticated]
    ordering = ("-id",)

    @property
    def member(self) -> User:
        return cast(User, self.request.user)

    def given(self, form: Any) -> dict[str, Any]:
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, services.MatchRefused):
            exc = refusal(exc)
        elif isinstance(exc, ObjectDoesNotExist):
            exc = Http404()  # erased by its member in the meantime
        return super().handle_exception(exc)


def refusal(error: services.MatchRefused) -> Exception:
    if error.code == "illegal-move":
        return exceptions.ValidationError({"action": [str(error)]})
    return Http404() if error.code == "not-yours" else Conflict(str(error))


class GameList(ArcadeView):
    """What can be played, and against whom: agents with their levels, from the weakest on."""

    @extend_schema(responses=GamesOut)
    def get(self, request: Request) -> Response:
        games = [
            {
                "key": game.key,
                "name": game.name,
                "is_hidden": game.is_hidden,
                "actions": game.actions,
                "agents": [
                    {"key": key, "name": agent.name, "levels": agent.levels}
                    for key, agent in serving.agents_of(game.key).items()
                ],
            }
            for game in GAMES.values()
        ]
        return Response(GamesOut({"results": games}).data)


class Ladder(ArcadeView):
    """Members and levels with rated matches or measured in a tournament, by the lower end of their
    intervals."""

    @extend_schema(responses=LadderOut)
    def get(self, request: Request, game: str) -> Response:
        if game not in GAMES:
            raise Http404
        return Response(LadderOut({"results": Rating.objects.ladder(game)[:ON_LADDER]}).data)


class OwnMatches(ArcadeView):
    serializer_class: type[MatchBrief] = MatchOut
    queryset = Match.objects.none()
    lookup_field = "code"

    def get_queryset(self) -> QuerySet[Match]:
        return Match.objects.owned_by(self.member).for_answers()

    def answer(self, match: Match, status: HTTPStatus = HTTPStatus.OK) -> Response:
        return Response(MatchOut(match, context=self.get_serializer_context()).data, status=status)


@extend_schema(responses={200: MatchBrief(many=True)})
class MatchList(OwnMatches, generics.ListAPIView):
    """Your matches, newest first."""

    serializer_class = MatchBrief

    @extend_schema(
        request=MatchIn,
        responses={
            201: MatchOut,
            200: OpenApiResponse(MatchOut, description="What this key started."),
            409: REFUSED,
        },
    )
    def post(self, request: Request) -> Response:
        """Start a match. A quick agent that is to begin has moved already."""
        given = self.given(MatchIn(data=request.data))
        key = given.pop("key")
        is_known = services.match_of(self.member, key) is not None
        match = services.start_match(owner=self.member, wish=services.Wish(**given), key=key)
        return self.answer(match, HTTPStatus.OK if is_known else HTTPStatus.CREATED)


class MatchDetail(OwnMatches):
    """A match of yours; or any whose code you were told, once no card is hidden in it."""

    permission_classes = [permissions.AllowAny]

    def get_queryset(self) -> QuerySet[Match]:
        return Match.objects.visible_to(self.request.user).for_answers()

    @extend_schema(responses=MatchOut)
    def get(self, request: Request, code: str) -> Response:
        match = self.get_object()
        return self.answer(settle(match=match))


class MatchMoves(OwnMatches):
    """Make a move. A quick agent has answered already; of another, `thinking` tells."""

    @extend_schema(request=MoveIn, responses={200: MatchOut, 409: REFUSED})
    def post(self, request: Request, code: str) -> Response:
        match = self.get_object()
        given = self.given(MoveIn(data=request.data))
        return self.answer(services.make_move(match=match, user=self.member, **given))


class MatchThink(OwnMatches):
    """Let the agent think again, where its thought failed; another match stays as it is."""

    @extend_schema(request=None, responses=MatchOut)
    def post(self, request: Request, code: str) -> Response:
        match = self.get_object()
        if match.thinking is not None:
            retry(match.thinking)
        return self.answer(settle(match=match))


class MatchTakeBack(OwnMatches):
    """Undo your last move and what came after it; the match is not rated any more."""

    @extend_schema(request=TakeBackIn, responses={200: MatchOut, 409: REFUSED})
    def post(self, request: Request, code: str) -> Response:
        match = self.get_object()
        given = self.given(TakeBackIn(data=request.data))
        return self.answer(services.take_back(match=match, user=self.member, **given))


class MatchResign(OwnMatches):
    """Give a match up."""

    @extend_schema(request=None, responses={200: MatchOut, 409: REFUSED})
    def post(self, request: Request, code: str) -> Response:
        return self.answer(services.resign(match=self.get_object(), user=self.member))


class MatchRematch(OwnMatches):
    """The same again with sides changed; asked for twice, it is the same match."""

    @extend_schema(request=None, responses={200: MatchOut, 409: REFUSED})
    def post(self, request: Request, code: str) -> Response:
        return self.answer(services.rematch(match=self.get_object(), user=self.member))


class MatchTryAgain(OwnMatches):
    """A new match, not rated, that begins where this one was after so many moves."""

    @extend_schema(request=TryAgainIn, responses={201: MatchOut, 409: REFUSED})
    def post(self, request: Request, code: str) -> Response:
        match = self.get_object()
        given = self.given(TryAgainIn(data=request.data))
        again = services.try_again(match=match, user=self.member, **given)
        return self.answer(again, status=HTTPStatus.CREATED)
