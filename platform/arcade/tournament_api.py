"""Tournaments as JSON: members look at them, staff start them and take their ratings over."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from arcade import tournament_services as services
from arcade.api import REFUSED, ArcadeView
from arcade.tournament_models import Tournament, key_of
from config.refusals import Conflict
from jobs.api import JobOut
from jobs.services import retry
from recommendations.run_api import BIGGEST_SEED, FORBIDDEN


class TournamentIn(serializers.Serializer):
    game = serializers.CharField(max_length=40, help_text="One without hidden cards.")
    contenders = serializers.ListField(
        child=serializers.CharField(max_length=121), help_text="Two to twelve: agent/level."
    )
    games = serializers.IntegerField(default=20, help_text="Of each pair: even, 2 to 200.")
    opening = serializers.IntegerField(
        min_value=0, max_value=services.LONGEST_OPENING, default=2, help_text="Random moves before."
    )
    seed = serializers.IntegerField(min_value=0, max_value=BIGGEST_SEED, default=0)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    key = serializers.CharField(
        max_length=40, required=False, help_text="Sent twice, it starts one tournament."
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        wish = services.Wish(**{name: value for name, value in given.items() if name != "key"})
        if wish.wrong:
            raise serializers.ValidationError({name: [said] for name, said in wish.wrong.items()})
        return {"wish": wish, "key": given.get("key")}


class TournamentLine(serializers.ModelSerializer):
    """Without its table."""

    job = JobOut(read_only=True)
    contenders = serializers.SerializerMethodField(help_text="As agent/level.")
    all_games = serializers.IntegerField(read_only=True, help_text="Of all pairs.")

    class Meta:
        model = Tournament
        fields: tuple[str, ...] = (
            *("id", "game", "contenders", "games", "opening", "seed", "note", "played"),
            *("all_games", "job", "taken_over_at", "created_at"),
        )
        read_only_fields = fields

    def get_contenders(self, tournament: Tournament) -> list[str]:
        return [key_of(one) for one in tournament.contenders]


class TournamentOut(TournamentLine):
    table = serializers.DictField(
        read_only=True,
        help_text="contenders from the best, gaps from each to the next, points and games_played "
        "of each against each in this order; empty before everybody has played.",
    )

    class Meta(TournamentLine.Meta):
        fields = (*TournamentLine.Meta.fields, "table")
        read_only_fields = fields


class AnchoredOut(serializers.Serializer):
    agent = serializers.CharField()
    level = serializers.CharField()
    name = serializers.CharField()
    before = serializers.FloatField(allow_null=True, help_text="null: nothing was known of it.")
    rating = serializers.FloatField()
    deviation = serializers.FloatField()


class TakenOver(serializers.Serializer):
    results = AnchoredOut(many=True)


class TournamentView(ArcadeView):
    queryset = Tournament.objects.none()

    def get_permissions(self) -> list[Any]:
        """Members look, staff do."""
        is_look = self.request.method == "GET"
        return [permissions.IsAuthenticated() if is_look else permissions.IsAdminUser()]

    def get_queryset(self) -> QuerySet[Tournament]:
        return Tournament.objects.visible_to(self.request.user).select_related("job")

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, services.TournamentRefused):
            exc = Conflict(str(exc))
        return super().handle_exception(exc)


@extend_schema(responses={200: TournamentLine(many=True)})
class TournamentList(TournamentView, generics.ListAPIView):
    """What is played and what was played, newest first; for staff what waits or failed, too."""

    serializer_class = TournamentLine

    def get_queryset(self) -> QuerySet[Tournament]:
        return super().get_queryset().defer("table")

    @extend_schema(
        request=TournamentIn,
        responses={
            201: TournamentOut,
            200: OpenApiResponse(TournamentOut, description="What this key started."),
            403: FORBIDDEN,
        },
    )
    def post(self, request: Request) -> Response:
        """Start a tournament."""
        given = self.given(TournamentIn(data=request.data))
        is_known = services.tournament_of(self.member, given["key"]) is not None
        found = services.queue_tournament(owner=self.member, **given)
        status = HTTPStatus.OK if is_known else HTTPStatus.CREATED
        return Response(TournamentOut(found).data, status=status)


@extend_schema(responses={200: TournamentOut})
class TournamentDetail(TournamentView, generics.RetrieveAPIView):
    """One tournament with its table, as it stands now."""

    serializer_class = TournamentOut


class TournamentRetry(TournamentView):
    """Go on with a failed or cancelled one. Another one stays as it is."""

    @extend_schema(
        operation_id="tournaments_retry",
        request=None,
        responses={200: TournamentOut, 403: FORBIDDEN},
    )
    def post(self, request: Request, pk: int) -> Response:
        found = self.get_object()
        retry(found.job)
        return Response(TournamentOut(found).data)


class TournamentTakeOver(TournamentView):
    """Let the ladder go by its ratings, moved so that the mean of those with a rating stays."""

    @extend_schema(
        operation_id="tournaments_take_over",
        request=None,
        responses={200: TakenOver, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        taken = services.take_over(tournament=self.get_object())
        return Response(TakenOver({"results": taken}).data)
