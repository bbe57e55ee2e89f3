"""For staff the trainings of agents, and which agent plays; for everybody their cards; as JSON."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from arcade import training_services as services
from arcade.agent_cards import card_of
from arcade.api import REFUSED, ArcadeView
from arcade.serving import GAMES, agents_of
from arcade.training_forms import FEWEST_MINUTES, MOST_MINUTES
from arcade.training_models import LONGEST_NAME, Agent, AgentRun
from config.refusals import Conflict
from jobs.api import JobOut
from jobs.services import cancel, retry
from recommendations.run_api import BIGGEST_SEED, FORBIDDEN


class AgentRunIn(serializers.Serializer):
    game = serializers.ChoiceField(list(services.TRAINABLE.items()))
    preset = serializers.ChoiceField(AgentRun.Preset.choices, default=AgentRun.Preset.GAME)
    minutes = serializers.IntegerField(
        min_value=FEWEST_MINUTES, max_value=MOST_MINUTES, help_text="Of computing, at most."
    )
    seed = serializers.IntegerField(min_value=0, max_value=BIGGEST_SEED, default=0)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    key = serializers.CharField(
        max_length=40, required=False, help_text="Sent twice, it starts one run."
    )


class PublishedAgentOut(serializers.ModelSerializer):
    key = serializers.CharField(read_only=True, help_text="What a new match names as its agent.")

    class Meta:
        model = Agent
        fields = ("key", "game", "name", "state", "sha256", "facts", "published_at")
        read_only_fields = fields


class AgentRunLine(serializers.ModelSerializer):
    """Without what only one run is asked for: its curve, its files, how its levels played."""

    job = JobOut(read_only=True)
    rating = JobOut(read_only=True, allow_null=True, help_text="In it its levels are rated.")
    newest = serializers.DictField(
        read_only=True, help_text="Its last `round`, `seconds`, and `value_kept_64` if measured."
    )
    published = PublishedAgentOut(read_only=True, allow_null=True)

    class Meta:
        model = AgentRun
        fields: tuple[str, ...] = (
            *("id", "game", "preset", "minutes", "seed", "note", "job", "rating", "newest"),
            *("published", "created_at"),
        )
        read_only_fields = fields


class AgentRunOut(AgentRunLine):
    curve = serializers.ListField(child=serializers.DictField(), read_only=True)
    facts = serializers.DictField(read_only=True)
    report = serializers.DictField(read_only=True, help_text="Of the games that rated its levels.")

    class Meta(AgentRunLine.Meta):
        fields = (*AgentRunLine.Meta.fields, "curve", "facts", "report")
        read_only_fields = fields


class PublishAgentIn(serializers.Serializer):
    name = serializers.CharField(max_length=LONGEST_NAME)


class AgentsForStaff(ArcadeView):
    permission_classes = [permissions.IsAdminUser]
    queryset: QuerySet[Any] = AgentRun.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return AgentRun.objects.select_related("job", "rating", "published")

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, services.AgentRefused):
            exc = Conflict(str(exc))
        return super().handle_exception(exc)


@extend_schema(responses={200: AgentRunLine(many=True), 403: FORBIDDEN})
class AgentRunList(AgentsForStaff, generics.ListAPIView):
    """Trainings of agents, newest first."""

    serializer_class = AgentRunLine

    def get_queryset(self) -> QuerySet[Any]:
        return AgentRun.objects.for_lists().defer("facts")

    @extend_schema(
        request=AgentRunIn,
        responses={
            201: AgentRunOut,
            200: OpenApiResponse(AgentRunOut, description="The run that this key started."),
            403: FORBIDDEN,
        },
    )
    def post(self, request: Request) -> Response:
        """Start a training; its levels are rated by themselves when it has ended."""
        given = self.given(AgentRunIn(data=request.data))
        key = given.pop("key", None)
        is_known = services.is_known_run(owner=self.member, key=key)
        run = services.queue_agent_run(owner=self.member, wish=services.Wish(**given), key=key)
        status = HTTPStatus.OK if is_known else HTTPStatus.CREATED
        return Response(AgentRunOut(run).data, status=status)


@extend_schema(responses={200: AgentRunOut, 403: FORBIDDEN})
class AgentRunDetail(AgentsForStaff, generics.RetrieveAPIView):
    """One training, with its curve and how its levels played."""

    serializer_class = AgentRunOut


class AgentRunCancel(AgentsForStaff):
    """Stop a training, or the rating that follows it; what is done is kept."""

    @extend_schema(
        operation_id="arcade_agent_runs_cancel",
        request=None,
        responses={200: AgentRunOut, 403: FORBIDDEN},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = self.get_object()
        for job in (run.job, run.rating):
            if job is not None:
                cancel(job)
        return Response(AgentRunOut(self.get_object()).data)


class AgentRunResume(AgentsForStaff):
    """Let a failed or cancelled training, or its rating, go on. Another one stays as it is."""

    @extend_schema(
        operation_id="arcade_agent_runs_resume",
        request=None,
        responses={200: AgentRunOut, 403: FORBIDDEN},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = self.get_object()
        for job in (run.job, run.rating):
            if job is not None:
                retry(job)
        return Response(AgentRunOut(run).data)


class AgentRunPublish(AgentsForStaff):
    """Let what a training ended with play against members, under a name."""

    @extend_schema(
        operation_id="arcade_agent_runs_publish",
        request=PublishAgentIn,
        responses={200: PublishedAgentOut, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = self.get_object()
        given = self.given(PublishAgentIn(data=request.data))
        agent = services.publish_run(run=run, by=self.member, **given)
        return Response(PublishedAgentOut(agent).data)


@extend_schema(responses={200: PublishedAgentOut(many=True), 403: FORBIDDEN})
class PublishedAgentList(AgentsForStaff, generics.ListAPIView):
    """All agents that were published, newest first, with those that are withdrawn."""

    serializer_class = PublishedAgentOut

    def get_queryset(self) -> QuerySet[Any]:
        return Agent.objects.all()


class PlayingOut(serializers.Serializer):
    key = serializers.CharField(help_text="Of the agent that is chosen first now.")
    name = serializers.CharField()


class AgentRollBack(AgentsForStaff):
    """Withdraw the published agent of a game; the one before it plays again."""

    @extend_schema(
        operation_id="arcade_agents_roll_back",
        request=None,
        responses={200: PlayingOut, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request, game: str) -> Response:
        if game not in GAMES:
            raise Http404
        services.roll_back(game=game)
        key, agent = next(iter(agents_of(game).items()))
        return Response(PlayingOut({"key": key, "name": agent.name}).data)


# ── Cards ─────────────────────────────────────────────────────────────────────────────────────────


class ScoreOut(serializers.Serializer):
    won = serializers.IntegerField(help_text="By the agent.")
    drawn = serializers.IntegerField()
    lost = serializers.IntegerField()


class LadderRatingOut(serializers.Serializer):
    rating = serializers.FloatField()
    low = serializers.FloatField(help_text="Lower end of the 95 % interval.")
    high = serializers.FloatField()
    matches = serializers.IntegerField()


class LevelCardOut(serializers.Serializer):
    key = serializers.CharField(source="level.key")
    name = serializers.CharField(source="level.name")
    rating = serializers.FloatField(
        source="level.rating", allow_null=True, help_text="As measured; null: it was not."
    )
    spread = serializers.FloatField(
        source="level.spread", allow_null=True, help_text="To either side, 95 %."
    )
    milliseconds = serializers.FloatField(allow_null=True, help_text="Most that a move takes.")
    exploitability = serializers.FloatField(
        allow_null=True, help_text="Of poker: chips a hand that a perfect opponent wins."
    )
    ladder = LadderRatingOut(allow_null=True, help_text="By matches with members.")
    score = ScoreOut(help_text="In its last rated matches against members.")


class AgentCardOut(serializers.Serializer):
    game = serializers.CharField(source="game.key")
    key = serializers.CharField()
    name = serializers.CharField()
    made = serializers.CharField(help_text="How it came about, in a sentence.")
    curve = serializers.ListField(child=serializers.DictField(), help_text="Of its training.")
    levels = LevelCardOut(many=True, source="lines", help_text="From the weakest on.")
    score = ScoreOut()


class AgentCardDetail(ArcadeView):
    """An agent that can be chosen: how it was made, how strong its levels are, how it fares."""

    permission_classes = [permissions.AllowAny]

    @extend_schema(responses=AgentCardOut)
    def get(self, request: Request, game: str, key: str) -> Response:
        card = card_of(game, key)
        if card is None:
            raise Http404
        return Response(AgentCardOut(card).data)
