"""A logged list made again, as JSON for staff."""

from typing import Any
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recommendations.models import LoggedList
from recommendations.replaying import Replay, replay, served_of
from recommendations.run_api import FORBIDDEN


class PlaceOut(serializers.Serializer):
    title = serializers.IntegerField(source="item_id")
    score = serializers.FloatField()
    found_by = serializers.CharField(source="source", help_text="Which retrieval found it.")


class ReplayOut(serializers.Serializer):
    list_id = serializers.UUIDField()
    served_at = serializers.DateTimeField()
    surface = serializers.CharField()
    shelf = serializers.CharField()
    rung = serializers.CharField()
    artifact = serializers.CharField(allow_null=True)
    exact = serializers.BooleanField(help_text="The same titles, order and scores.")
    difference = serializers.CharField(
        allow_null=True, help_text="The first thing that differs, or why it cannot be made again."
    )
    served = PlaceOut(many=True)
    made = PlaceOut(many=True, allow_null=True, help_text="null: it cannot be made again.")


class ServedReplay(APIView):
    """A list that was served, and the same made again from what was written down."""

    permission_classes = [permissions.IsAdminUser]
    queryset = LoggedList.objects.none()

    @extend_schema(
        operation_id="served_replay", responses={200: ReplayOut, 403: FORBIDDEN}, filters=False
    )
    def get(self, request: Request, list_id: UUID) -> Response:
        logged = LoggedList.objects.filter(list_id=list_id).first()
        if logged is None:
            raise Http404
        return Response(ReplayOut(answer(replay(logged))).data)


def answer(found: Replay) -> dict[str, Any]:
    logged = found.logged
    return {
        "list_id": logged.list_id,
        "served_at": logged.served_at,
        "surface": logged.surface,
        "shelf": logged.shelf,
        "rung": logged.rung,
        "artifact": logged.artifact or None,
        "exact": found.is_exact,
        "difference": found.difference or None,
        "served": served_of(logged),
        "made": found.made,
    }
