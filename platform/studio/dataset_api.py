"""For staff the images that generators learn from, as JSON."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from config.refusals import Conflict, TooLarge
from jobs.api import JobOut
from jobs.services import retry
from recommendations.run_api import FORBIDDEN, StaffOnly
from studio.dataset_files import most_bytes
from studio.dataset_forms import CHANNELS, SIZES, too_large
from studio.dataset_services import (
    DatasetRefused,
    Sent,
    known_dataset,
    queue_dataset,
    remove_dataset,
)
from studio.training_models import FEWEST_HELD_OUT, LONGEST_NAME, Dataset
from studio.uploads import is_too_large

REFUSED = OpenApiResponse(description="It cannot be done now; `detail` says why.")
REPEATED = "The set that this key started."
NUMBER: dict[str, Any] = {"required": False, "help_text": "What suits the images when left out."}


class DatasetIn(serializers.Serializer):
    name = serializers.CharField(max_length=LONGEST_NAME)
    file = serializers.FileField(help_text="A zip of images; a subfolder is a class.")
    size = serializers.ChoiceField([size for size, _name in SIZES], **NUMBER)
    channels = serializers.ChoiceField([number for number, _name in CHANNELS], **NUMBER)
    key = serializers.CharField(
        max_length=50, required=False, help_text="Sent twice, it starts one set."
    )

    def validate_file(self, file: Any) -> Any:
        if file.size > most_bytes():
            raise TooLarge(too_large())
        return file


class DatasetOut(serializers.ModelSerializer):
    job = JobOut(read_only=True, allow_null=True)
    is_ready = serializers.BooleanField(read_only=True)
    images = serializers.IntegerField(read_only=True)
    held_out = serializers.IntegerField(
        read_only=True,
        help_text=f"Images that only measuring sees. No training starts below {FEWEST_HELD_OUT}.",
    )
    classes = serializers.DictField(
        child=serializers.IntegerField(),
        source="counts",
        read_only=True,
        help_text="How many images of each class, by its name.",
    )
    report = serializers.DictField(
        read_only=True, help_text="What was refused and why, and what has judged the images."
    )

    class Meta:
        model = Dataset
        fields = (
            *("id", "name", "is_ready", "is_removed", "images", "classes", "held_out"),
            *("size", "channels", "sha256", "report", "job", "created_at"),
        )
        read_only_fields = fields


class Datasets(StaffOnly):
    serializer_class = DatasetOut
    queryset = Dataset.objects.select_related("job")  # type: ignore[assignment]


@extend_schema(responses={200: DatasetOut(many=True), 403: FORBIDDEN})
class DatasetList(Datasets, generics.ListAPIView):
    """Sets of images that are there or being read, newest first."""

    parser_classes = [MultiPartParser]
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Dataset]:
        return Dataset.objects.present().select_related("job")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """What says that it is too large is passed over, not kept."""
        passed_over = is_too_large(request._request)
        super().initial(request, *args, **kwargs)
        if passed_over:
            _ = request.data  # else a sender would wait for an answer that it does not read yet
            raise TooLarge(too_large())

    @extend_schema(
        request={"multipart/form-data": DatasetIn},
        responses={
            201: DatasetOut,
            200: OpenApiResponse(DatasetOut, description=REPEATED),
            403: FORBIDDEN,
            409: REFUSED,
        },
    )
    def post(self, request: Request) -> Response:
        """Send a zip of images; a worker reads it."""
        form = DatasetIn(data=request.data)
        form.is_valid(raise_exception=True)
        given, owner = form.validated_data, cast(User, request.user)
        key = given.get("key")
        is_known = known_dataset(owner, key) is not None
        chunks = given["file"].chunks()
        sent = Sent(given["name"], chunks, given.get("size"), given.get("channels"))
        try:
            found = queue_dataset(owner=owner, sent=sent, key=key)
        except DatasetRefused as error:
            raise Conflict(str(error)) from error
        return Response(DatasetOut(found).data, status=status.HTTP_200_OK if is_known else 201)


@extend_schema(responses={200: DatasetOut, 403: FORBIDDEN})
class DatasetDetail(Datasets, generics.RetrieveAPIView):
    """A set of images, with what was refused of it."""

    @extend_schema(responses={204: None, 403: FORBIDDEN, 409: REFUSED})
    def delete(self, request: Request, pk: int) -> Response:
        """Delete its images; runs that learned from them stay. 409 while one needs them."""
        try:
            remove_dataset(dataset=self.get_object())
        except DatasetRefused as error:
            raise Conflict(str(error)) from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class DatasetRetry(Datasets):
    """Read a zip again where that failed or was cancelled. Another set stays as it is."""

    @extend_schema(
        operation_id="datasets_retry",
        request=None,
        responses={200: DatasetOut, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        dataset = self.get_object()
        if dataset.job is None:
            raise Conflict(_("Nothing was sent that could be read again."))
        retry(dataset.job)
        return Response(DatasetOut(dataset).data)
