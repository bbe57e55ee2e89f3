"""Why a title is in somebody's list, or not, as JSON."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from catalog.api import TitleBrief, read_query
from catalog.models import Title
from recommendations.inspecting import INSPECTED, Inspection, inspect, sentence_for_member
from recommendations.inspection_order import PARTS, SOURCES
from recommendations.inspection_steps import LABELS
from recommendations.rule_models import Rule, ShelfKind

BIGGEST_ID = 2**63 - 1
FORBIDDEN = OpenApiResponse(description="`member` is for staff.")


class WhyQuery(serializers.Serializer):
    shelf = serializers.ChoiceField(
        [(shelf.value, shelf.label) for shelf in INSPECTED],
        default=ShelfKind.LIST.value,
        help_text="The list of `recommendations/`, or a shelf of the home page.",
    )
    kind = serializers.ChoiceField(Title.Kind.choices, required=False)
    member = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=BIGGEST_ID,
        help_text="For staff: whose list; the answer then has the whole chain.",
    )


class Carrier(serializers.Serializer):
    title = TitleBrief()
    share = serializers.FloatField(
        help_text="How much the score drops without it, as a share of the largest drop, 0..100."
    )


class StepOut(serializers.Serializer):
    step = serializers.ChoiceField([(name, name) for name in LABELS], source="name")
    outcome = serializers.ChoiceField([(name, name) for name in ("passed", "moved", "dropped")])
    text = serializers.CharField()
    rules = serializers.ListField(child=serializers.IntegerField(), source="rule_ids")


class SourceOut(serializers.Serializer):
    name = serializers.ChoiceField([(name, name) for name in SOURCES], source="source")
    proposed = serializers.IntegerField(help_text="How many titles it proposes.")
    rank = serializers.IntegerField(
        allow_null=True, help_text="Of this title among them; null: not there."
    )


class PartOut(serializers.Serializer):
    part = serializers.ChoiceField([(name, name) for name in PARTS])
    score = serializers.FloatField(help_text="In spreads over all titles.")
    weight = serializers.FloatField()
    contribution = serializers.FloatField()


class RuleSaid(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    effect = serializers.ChoiceField(Rule.Effect.choices)
    step = serializers.CharField(help_text="In which it had a say.")


class ChainOut(serializers.Serializer):
    """The whole chain, as staff see it."""

    steps = StepOut(many=True)
    verdict = serializers.CharField(allow_null=True, help_text="The first step that dropped it.")
    sources = SourceOut(many=True)
    parts = PartOut(many=True)
    closeness = serializers.FloatField(allow_null=True)
    weariness = serializers.FloatField(allow_null=True)
    total = serializers.FloatField(allow_null=True, help_text="Before boosts.")
    rules = RuleSaid(many=True)


class WhyOut(serializers.Serializer):
    sentence = serializers.CharField()
    listed = serializers.BooleanField()
    place = serializers.IntegerField(allow_null=True, help_text="In the whole list, 1 = first.")
    rung = serializers.CharField()
    carriers = Carrier(many=True)
    shared = serializers.ListField(
        child=serializers.CharField(), help_text="Genres and people in common with the first."
    )
    chain = ChainOut(required=False, help_text="For staff who ask with `member`.")


class WhyTitle(APIView):
    """Why a title is in your list, or not: one honest sentence, and what of your past counts."""

    queryset = Title.objects.none()

    @extend_schema(
        operation_id="titles_why",
        parameters=[WhyQuery],
        responses={200: WhyOut, 403: FORBIDDEN},
        filters=False,
    )
    def get(self, request: Request, pk: int) -> Response:
        query = read_query(WhyQuery, request).validated_data
        user: Any
        session: Any
        if "member" in query:
            check_staff(request)
            title = get_object_or_404(Title, pk=pk)
            user, session = User.objects.filter(pk=query["member"]).first(), None
            if user is None:
                raise serializers.ValidationError({"member": _("There is no such member.")})
        else:
            title = get_object_or_404(Title.objects.visible_to(request.user), pk=pk)
            user, session = request.user, request.session
        found = inspect(user, title, query["shelf"], session=session, kind=query.get("kind"))
        told = answer(found) | ({"chain": chain_out(found)} if "member" in query else {})
        return Response(WhyOut(told).data)


def check_staff(request: Request) -> None:
    if not request.user.is_authenticated:
        raise NotAuthenticated
    if not request.user.is_staff:
        raise PermissionDenied(_("Whose list to look at is for staff to say."))


def answer(found: Inspection) -> dict[str, Any]:
    """What the member may know."""
    told = found.explanation
    return {
        "sentence": sentence_for_member(found),
        "listed": found.listed,
        "place": found.place,
        "rung": found.rung,
        "carriers": told.contributions if told else [],
        "shared": told.shared if told else [],
    }


def chain_out(found: Inspection) -> dict[str, Any]:
    chain, verdict = found.chain, found.verdict
    return {
        "steps": found.steps,
        "verdict": verdict.name if verdict else None,
        "sources": chain.proposals if chain else [],
        "parts": chain.parts if chain else [],
        "closeness": chain.closeness if chain else None,
        "weariness": chain.weariness if chain else None,
        "total": chain.total if chain else None,
        "rules": [
            {"id": rule.pk, "name": rule.name, "effect": rule.effect, "step": step.name}
            for rule, step in found.rules
        ],
    }
