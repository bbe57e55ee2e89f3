"""What the API of the arcade takes and gives."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from arcade import serving
from arcade.models import Match, Rating
from arcade.services import BIGGEST, MAX_CLOCK_MINUTES
from arcade.serving import GAMES, AgentUnusable, offered_level
from arcade.sight import Sight
from jobs.api import JobOut

SIDES = "0 moves first, 1 second."


class LevelOut(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    simulations = serializers.IntegerField(source="limit.simulations")
    milliseconds = serializers.FloatField(
        source="limit.milliseconds", allow_null=True, help_text="Most that a move takes."
    )
    temperature = serializers.FloatField(source="limit.temperature")
    rating = serializers.FloatField(allow_null=True, help_text="As measured; null: it was not.")
    low = serializers.FloatField(allow_null=True, help_text="Lower end of the 95 % interval.")
    high = serializers.FloatField(allow_null=True)


class AgentOut(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    levels = LevelOut(many=True)


class GameOut(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    is_hidden = serializers.BooleanField(help_text="Cards that one side does not see.")
    actions = serializers.IntegerField(help_text="Moves are whole numbers below this.")
    agents = AgentOut(many=True)


class GamesOut(serializers.Serializer):
    results = GameOut(many=True)


class MoveOut(serializers.Serializer):
    side = serializers.IntegerField(help_text=f"{SIDES} -1: chance, which deals cards.")
    action = serializers.IntegerField(
        allow_null=True, help_text="OpenSpiel's number; null: a card that you do not see."
    )
    text = serializers.CharField()


class DecisionOut(serializers.Serializer):
    action = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True, help_text="-1 to 1, as the agent expects it.")
    policy = serializers.DictField(
        child=serializers.FloatField(), help_text="Share of each move, together 1."
    )
    simulations = serializers.IntegerField()
    milliseconds = serializers.FloatField()
    line = serializers.ListField(child=serializers.IntegerField())


class MatchBrief(serializers.ModelSerializer):
    side = serializers.SerializerMethodField(help_text=f"Yours. {SIDES} null: you watch.")
    to_move = serializers.IntegerField(
        read_only=True, allow_null=True, help_text=f"{SIDES} null: it is over."
    )
    ply = serializers.IntegerField(read_only=True, help_text="Moves so far, with dealt cards.")
    outcome = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Of side 0: 1 won, 0 draw, -1 lost."
    )
    remaining = serializers.ListField(
        child=serializers.IntegerField(),
        read_only=True,
        help_text="Milliseconds of either side when its turn began; empty without clocks.",
    )
    rematch_of: Any = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    tried_from: Any = serializers.SlugRelatedField("code", read_only=True, allow_null=True)

    class Meta:
        model = Match
        fields: tuple[str, ...] = (
            *("code", "game", "agent", "level", "side", "to_move", "ply", "state", "outcome"),
            *("ended_by", "is_rated", "clock_minutes", "remaining", "moved_at", "rematch_of"),
            *("tried_from", "tried_ply", "created_at", "updated_at"),
        )
        read_only_fields: tuple[str, ...] = fields

    def get_side(self, match: Match) -> int | None:
        return match.side_of(self.context["request"].user)


class MatchOut(MatchBrief):
    actions = serializers.ListField(
        child=serializers.IntegerField(allow_null=True),
        source="sight.actions",
        read_only=True,
        help_text="All moves, from the start; null: a card that you do not see.",
    )
    steps = MoveOut(
        many=True, source="sight.steps", read_only=True, help_text="The same, in words."
    )
    legal_actions = MoveOut(
        many=True, source="sight.legal_actions", read_only=True, help_text="When it is your turn."
    )
    decisions = serializers.DictField(
        child=DecisionOut(),
        source="sight.decisions",
        read_only=True,
        help_text="By ply: what stood behind the agent's moves. With hidden cards: at the end.",
    )
    board = serializers.CharField(source="sight.board", read_only=True, help_text="As text.")
    returns = serializers.ListField(
        child=serializers.FloatField(),
        source="sight.returns",
        read_only=True,
        allow_null=True,
        help_text="What the rules give either side at the end, in chips where it is about them.",
    )
    thinking = JobOut(
        read_only=True,
        allow_null=True,
        help_text="The job that decides on the agent's move; null for whoever watches.",
    )

    class Meta(MatchBrief.Meta):
        fields = (
            *MatchBrief.Meta.fields,
            *("actions", "steps", "legal_actions", "decisions", "board", "returns", "thinking"),
        )
        read_only_fields = fields

    def to_representation(self, match: Match) -> dict[str, Any]:
        side = match.side_of(self.context["request"].user)
        match.sight = Sight(match, side)  # type: ignore[attr-defined]
        told = super().to_representation(match)
        return told if side is not None else told | {"thinking": None}


class MatchIn(serializers.Serializer):
    game = serializers.CharField(max_length=40)
    agent = serializers.CharField(max_length=80)
    level = serializers.CharField(max_length=40)
    side = serializers.IntegerField(
        min_value=0,
        max_value=1,
        allow_null=True,
        default=None,
        help_text=f"Yours. {SIDES} null: by chance.",
    )
    clock_minutes = serializers.IntegerField(
        min_value=1,
        max_value=MAX_CLOCK_MINUTES,
        allow_null=True,
        default=None,
        help_text="For each side; null: no clocks.",
    )
    key = serializers.CharField(
        max_length=40, default="", allow_blank=True, help_text="Sent twice, it starts one match."
    )

    def validate_game(self, game: str) -> str:
        if game not in GAMES:
            known = ", ".join(GAMES)
            raise serializers.ValidationError(_("One of %(known)s.") % {"known": known})
        return game

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        known = serving.agents_of(given["game"])
        if given["agent"] not in known:
            said = _("There is no agent %(key)s; there are: %(known)s.")
            words = said % {"key": given["agent"], "known": ", ".join(known)}
            raise serializers.ValidationError({"agent": [words]})
        try:
            offered_level(given["game"], given["agent"], given["level"])
        except AgentUnusable as error:
            raise serializers.ValidationError({"level": [str(error)]}) from error
        return given


class MoveIn(serializers.Serializer):
    action = serializers.IntegerField(min_value=0, max_value=BIGGEST)
    ply = serializers.IntegerField(
        min_value=0, max_value=BIGGEST, help_text="How many moves you saw, with dealt cards."
    )


class TakeBackIn(serializers.Serializer):
    ply = serializers.IntegerField(
        min_value=0,
        max_value=BIGGEST,
        required=False,
        help_text="As of a move; left out, whatever you saw is taken back.",
    )


class TryAgainIn(serializers.Serializer):
    ply = serializers.IntegerField(
        min_value=0, max_value=BIGGEST, help_text="After how many moves the new game begins."
    )


class LadderRow(serializers.ModelSerializer):
    is_agent = serializers.SerializerMethodField()
    low = serializers.FloatField(read_only=True, help_text="Lower end of the 95 % interval.")
    high = serializers.FloatField(read_only=True)
    measured_in = serializers.IntegerField(
        source="measured_in_id",
        read_only=True,
        allow_null=True,
        help_text="The tournament whose rating was taken over last.",
    )

    class Meta:
        model = Rating
        fields = ("name", "is_agent", "rating", "low", "high", "matches", "measured_in")
        read_only_fields = fields

    def get_is_agent(self, rating: Rating) -> bool:
        return rating.user_id is None


class LadderOut(serializers.Serializer):
    results = LadderRow(many=True)
