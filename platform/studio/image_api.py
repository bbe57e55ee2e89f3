"""Images as JSON: look through them, publish, wear, report, vary, judge."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, generics, permissions, status
from rest_framework.request import Request
from rest_framework.response import Response

from studio import image_services, services
from studio.api import REFUSED, REPEATED, TOO_MUCH, Studio, file_of
from studio.forms import fresh_seed
from studio.gallery import SHOWN, shown_to
from studio.models import Image
from studio.serializers import DrawingOut, ImageOut, ReasonIn, VariationsIn


class ImageList(Studio, generics.ListAPIView):
    """Your images and those that members have published, newest first."""

    serializer_class = ImageOut
    queryset = Image.objects.none()

    def get_queryset(self) -> QuerySet[Image]:
        show = self.request.query_params.get("show") or "all"
        if show not in SHOWN:
            raise exceptions.ValidationError(
                {"show": [_("One of %(known)s.") % {"known": ", ".join(SHOWN)}]}
            )
        found = shown_to(self.member, show).select_related("generator")
        label = self.request.query_params.get("label", "").replace("\0", "")
        return found.filter(label=label) if label else found

    @extend_schema(
        parameters=[
            OpenApiParameter("show", str, enum=SHOWN, default="all"),
            OpenApiParameter("label", str, description="Name of a class."),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Your images and those that members have published, newest first."""
        return super().get(request, *args, **kwargs)


class OneImage(Studio):
    """An image that you may see."""

    serializer_class = ImageOut
    queryset = Image.objects.none()

    def get_queryset(self) -> QuerySet[Image]:
        return Image.objects.visible_to(self.member).select_related("generator")

    def answer(self, image: Image) -> Response:
        image.refresh_from_db()
        return Response(self.get_serializer(image).data)


class OwnImage(OneImage):
    """An image of your own."""

    def get_queryset(self) -> QuerySet[Image]:
        return Image.objects.owned_by(self.member).select_related("generator")


class ImageDetail(OneImage, generics.RetrieveAPIView):
    """An image that you may see, with all that made it."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete one of yours."""
        image = self.get_object()
        if image.owner_id != self.member.pk:
            raise Http404
        image_services.delete_image(image=image)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImageFile(OneImage):
    """The PNG, with its parameters inside."""

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return file_of(self.get_object().file, "image/png")


class ImagePublish(OwnImage):
    """Show one of yours to all members, without your name."""

    @extend_schema(request=None, responses={200: ImageOut, 409: REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        image = self.get_object()
        image_services.publish_image(image=image)
        return self.answer(image)


class ImageUnpublish(OwnImage):
    """Show it to nobody else any more."""

    @extend_schema(request=None, responses=ImageOut)
    def post(self, request: Request, pk: int) -> Response:
        image = self.get_object()
        image_services.unpublish_image(image=image)
        return self.answer(image)


class ImageWear(OwnImage):
    """Make one of yours your avatar."""

    @extend_schema(request=None, responses={200: ImageOut, 409: REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        image = self.get_object()
        image_services.wear_image(image=image, user=self.member)
        return self.answer(image)


class ImageReport(OneImage):
    """Tell staff what is wrong with an image that somebody else has published."""

    @extend_schema(request=ReasonIn, responses={204: None, 409: REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        image = self.get_object()
        given = self.given(ReasonIn(data=request.data))
        image_services.report_image(image=image, by=self.member, reason=given["reason"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImageVariations(OneImage):
    """Images that are like this one: each goes a share of the way to another seed."""

    @extend_schema(
        request=VariationsIn,
        responses={
            201: DrawingOut,
            200: OpenApiResponse(DrawingOut, description=REPEATED),
            409: REFUSED,
            429: TOO_MUCH,
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        image = self.get_object()
        given = self.given(VariationsIn(data=request.data))
        seed = given.pop("seed", None)
        is_known = services.is_known(self.member, services.DRAWING, given.get("key"))
        drawing = services.queue_variations(
            owner=self.member, image=image, seed=fresh_seed() if seed is None else seed, **given
        )
        self.serializer_class = DrawingOut  # type: ignore[assignment]  # what it answers with
        return self.started(drawing, is_known=is_known)


class ImageHide(OneImage):
    """For staff: only its owner and staff see it from now on."""

    permission_classes = [permissions.IsAdminUser]

    @extend_schema(request=ReasonIn, responses={200: ImageOut, 403: REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        image = self.get_object()
        given = self.given(ReasonIn(data=request.data))
        image_services.hide_image(image=image, reason=given["reason"])
        return self.answer(image)


class ImageLetStand(OneImage):
    """For staff: settle the reports; what was hidden is its owner's again."""

    permission_classes = [permissions.IsAdminUser]

    @extend_schema(request=None, responses={200: ImageOut, 403: REFUSED})
    def post(self, request: Request, pk: int) -> Response:
        image = self.get_object()
        image_services.let_stand(image=image)
        return self.answer(image)
