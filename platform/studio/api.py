"""The studio as JSON: ask for images, see how far they are, use what came of it."""

from http import HTTPStatus
from typing import Any, cast

from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, generics, permissions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from config.media import media_path
from config.refusals import Conflict
from jobs.services import retry
from studio import services
from studio.forms import fresh_seed
from studio.models import Generator, ImageJob
from studio.serializers import DrawingIn, DrawingOut, GeneratorOut
from studio.turns import waiting_in_turn

REFUSED = OpenApiResponse(description="It cannot be done now; `detail` says why.")
TOO_MUCH = OpenApiResponse(description="As many as a member may have.")
REPEATED = "What this key started."


class TooMuch(exceptions.Throttled):
    """A quota of the studio, with the time after which it makes sense to ask again."""

    def __init__(self, error: services.QuotaReached) -> None:
        super().__init__(wait=error.seconds)
        self.detail = exceptions.ErrorDetail(str(error), self.default_code)


class StudioView(generics.GenericAPIView):
    """What all of the studio's addresses share; for members, unless told."""

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

    def given(self, form: Any) -> dict[str, Any]:
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)


class Studio(StudioView):
    """What is drawn in turns."""

    def get_serializer_context(self) -> dict[str, Any]:
        """With everybody's turns, asked once for all rows of an answer."""
        context = dict(super().get_serializer_context())
        turns = waiting_in_turn(now=timezone.now())
        return context | {"places": {pk: place for place, pk in enumerate(turns, start=1)}}

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


def file_of(name: str, content_type: str) -> FileResponse:
    path = media_path(name)
    if not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=content_type)
    response.headers["Cache-Control"] = "private"
    return response
