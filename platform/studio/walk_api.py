"""Walks as JSON."""

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from studio import image_services, services
from studio.api import REFUSED, REPEATED, TOO_MUCH, Studio, file_of
from studio.models import Walk
from studio.serializers import WalkIn, WalkOut
from studio.walk_views import KINDS


@extend_schema(responses={200: WalkOut(many=True)})
class WalkList(Studio, generics.ListAPIView):
    """Your walks, newest first."""

    serializer_class = WalkOut
    queryset = Walk.objects.none()

    def get_queryset(self) -> QuerySet[Walk]:
        return Walk.objects.owned_by(self.member)

    @extend_schema(
        request=WalkIn,
        responses={
            201: WalkOut,
            200: OpenApiResponse(WalkOut, description=REPEATED),
            409: REFUSED,
            429: TOO_MUCH,
        },
    )
    def post(self, request: Request) -> Response:
        """Ask for the way between two images of one generator and class."""
        given = self.given(WalkIn(data=request.data, context=self.get_serializer_context()))
        is_known = services.is_known(self.member, services.WALK, given.get("key"))
        return self.started(services.queue_walk(owner=self.member, **given), is_known=is_known)


class WalkDetail(Studio, generics.RetrieveAPIView):
    """One of your walks."""

    serializer_class = WalkOut
    queryset = Walk.objects.none()

    def get_queryset(self) -> QuerySet[Walk]:
        return Walk.objects.owned_by(self.member)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete it."""
        image_services.delete_walk(walk=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class WalkFile(Studio):
    """The walk as an animation, or as a strip of its frames side by side (png)."""

    queryset = Walk.objects.none()

    def get_queryset(self) -> QuerySet[Walk]:
        return Walk.objects.owned_by(self.member)

    @extend_schema(
        operation_id="studio_walks_file",
        responses={(200, kind): OpenApiTypes.BINARY for kind in KINDS.values()},
    )
    def get(self, request: Request, pk: int, kind: str) -> HttpResponseBase:
        files = self.get_object().files
        if kind not in files:
            raise Http404
        return file_of(files[kind], KINDS[kind])
