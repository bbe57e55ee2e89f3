"""The studio as JSON: ask for images, see how far they are, use what came of it."""

from http import HTTPStatus
from typing import Any, cast

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, generics, permissions, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from config.media import media_path
from config.refusals import Conflict
from jobs.services import retry
from studio import image_services, services
from studio.forms import fresh_seed
from studio.gallery import SHOWN, shown_to
from studio.models import Generator, Image, ImageJob
from studio.serializers import (
    DrawingIn,
    DrawingOut,
    GeneratorOut,
    ImageOut,
    ReasonIn,
    VariationsIn,
)
from studio.turns import waiting_in_turn

REFUSED = OpenApiResponse(description="It cannot be done now; `detail` says why.")
TOO_MUCH = OpenApiResponse(description="As many as a member may have.")
REPEATED = "What this key started."


class TooMuch(exceptions.Throttled):
    """A quota of the studio, with the time after which it makes sense to ask again."""

    def __init__(self, error: services.QuotaReached) -> None:
        super().__init__(wait=error.seconds)
        self.detail = exceptions.ErrorDetail(str(error), self.default_code)


class Studio(generics.GenericAPIView):
    """For members."""

    permission_classes = [permissions.IsAuthenticated]
    ordering = ("-id",)

    @property
    def member(self) -> User:
        return cast(User, self.request.user)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, services.QuotaReached):
            exc = TooMuch(exc)
        elif isinstance(exc, services.StudioRefused):
            exc = Conflict(str(exc))
        return super().handle_exception(exc)

    def get_serializer_context(self) -> dict[str, Any]:
        """With everybody's turns, asked once for all rows of an answer."""
        context = dict(super().get_serializer_context())
        turns = waiting_in_turn(now=timezone.now())
        return context | {"places": {pk: place for place, pk in enumerate(turns, start=1)}}

    def given(self, form: Any) -> dict[str, Any]:
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)

    def started(self, row: Any, *, is_known: bool) -> Response:
        answer = self.get_serializer(row).data
        return Response(answer, status=HTTPStatus.OK if is_known else HTTPStatus.CREATED)


class GeneratorList(Studio, generics.ListAPIView):
    """What draws now, with its classes."""

    serializer_class = GeneratorOut
    queryset = Generator.objects.filter(is_current=True)


@extend_schema(responses={200: DrawingOut(many=True)})
class DrawingList(Studio, generics.ListAPIView):
    """Your jobs of images, newest first."""

    serializer_class = DrawingOut
    queryset = ImageJob.objects.none()

    def get_queryset(self) -> QuerySet[ImageJob]:
        return ImageJob.objects.owned_by(self.member).for_cards()

    @extend_schema(
        request=DrawingIn,
        responses={
            201: DrawingOut,
            200: OpenApiResponse(DrawingOut, description=REPEATED),
            409: REFUSED,
            429: TOO_MUCH,
        },
    )
    def post(self, request: Request) -> Response:
        """Ask for images. They are drawn in turn with those of other members."""
        given = self.given(DrawingIn(data=request.data))
        key = given.pop("key", None)
        seed = given.pop("seed", None)
        wish = services.Wish(**given, seed=fresh_seed() if seed is None else seed)
        is_known = services.is_known(self.member, services.DRAWING, key)
        return self.started(
            services.queue_drawing(owner=self.member, wish=wish, key=key), is_known=is_known
        )


class DrawingDetail(Studio, generics.RetrieveAPIView):
    """One of your jobs, with the images that are done."""

    serializer_class = DrawingOut
    queryset = ImageJob.objects.none()

    def get_queryset(self) -> QuerySet[ImageJob]:
        return ImageJob.objects.owned_by(self.member).for_cards()


class DrawingRetry(DrawingDetail):
    """Try a failed or cancelled job again; what it has drawn stays. Another one stays as it is."""

    http_method_names = ["post"]

    @extend_schema(request=None, responses=DrawingOut)
    def post(self, request: Request, pk: int) -> Response:
        drawing = self.get_object()
        retry(drawing.job)
        return Response(self.get_serializer(drawing).data)


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


def file_of(name: str, content_type: str) -> FileResponse:
    path = media_path(name)
    if not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=content_type)
    response.headers["Cache-Control"] = "private"
    return response
