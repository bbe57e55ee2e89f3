"""For staff the trainings of generators, and which generator draws, as JSON."""

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.api import JobOut
from jobs.services import retry
from recommendations.run_api import BIGGEST_SEED, FORBIDDEN
from studio import training_services as services
from studio.api import REFUSED, StudioView
from studio.models import Generator
from studio.services import withdraw_generator
from studio.training_figures import alarm_of
from studio.training_forms import FEWEST_MINUTES, MOST_MINUTES
from studio.training_models import Dataset, GeneratorRun
from studio.training_views import preview_response


class GeneratorRunIn(serializers.Serializer):
    dataset = serializers.PrimaryKeyRelatedField(queryset=Dataset.objects.all())
    preset = serializers.ChoiceField(
        GeneratorRun.Preset.choices, default=GeneratorRun.Preset.SPRITES
    )
    minutes = serializers.IntegerField(
        min_value=FEWEST_MINUTES, max_value=MOST_MINUTES, help_text="Of computing, at most."
    )
    seed = serializers.IntegerField(min_value=0, max_value=BIGGEST_SEED, default=0)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    key = serializers.CharField(
        max_length=40, required=False, help_text="Sent twice, it starts one run."
    )


class PublishedOut(serializers.ModelSerializer):
    class Meta:
        model = Generator
        fields = ("id", "name", "sha256", "data_sha256", "is_current", "metrics", "published_at")
        read_only_fields = fields


class GeneratorRunLine(serializers.ModelSerializer):
    """Without what only one run is asked for: its curve, its files, what was measured."""

    job = JobOut(read_only=True)
    measuring = JobOut(read_only=True, allow_null=True)
    dataset = serializers.IntegerField(source="dataset_id", read_only=True)
    published = PublishedOut(read_only=True, allow_null=True)

    class Meta:
        model = GeneratorRun
        fields: tuple[str, ...] = (
            *("id", "dataset", "preset", "minutes", "seed", "note", "job", "measuring"),
            *("published", "created_at"),
        )
        read_only_fields = fields


class GeneratorRunOut(GeneratorRunLine):
    previews = serializers.ListField(
        child=serializers.IntegerField(), read_only=True, help_text="Steps with a sheet of images."
    )
    snapshots = serializers.SerializerMethodField(help_text="Steps that can be published.")
    collapse = serializers.SerializerMethodField(help_text="Empty when it has not collapsed.")
    curve = serializers.ListField(child=serializers.DictField(), read_only=True)
    facts = serializers.DictField(read_only=True)
    report = serializers.DictField(read_only=True)

    class Meta(GeneratorRunLine.Meta):
        fields = (
            *GeneratorRunLine.Meta.fields,
            *("previews", "snapshots", "collapse", "curve", "facts", "report"),
        )
        read_only_fields = fields

    def get_snapshots(self, run: GeneratorRun) -> list[int]:
        return services.kept_steps(run)

    def get_collapse(self, run: GeneratorRun) -> str:
        found = alarm_of(run)
        return found.sentence if found else ""


class PublishIn(serializers.Serializer):
    name = serializers.CharField(max_length=services.LONGEST_NAME)
    step = serializers.IntegerField(
        min_value=0, allow_null=True, default=None, help_text="Of a snapshot; null: the end."
    )


class RunsForStaff(StudioView):
    permission_classes = [permissions.IsAdminUser]
    queryset: QuerySet[Any] = GeneratorRun.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return GeneratorRun.objects.select_related("job", "measuring", "dataset", "published")


@extend_schema(responses={200: GeneratorRunLine(many=True), 403: FORBIDDEN})
class GeneratorRunList(RunsForStaff, generics.ListAPIView):
    """Trainings of generators, newest first."""

    serializer_class = GeneratorRunLine
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Any]:
        return GeneratorRun.objects.for_lists().defer("facts", "report")

    @extend_schema(
        request=GeneratorRunIn,
        responses={
            201: GeneratorRunOut,
            200: OpenApiResponse(GeneratorRunOut, description="The run that this key started."),
            403: FORBIDDEN,
            409: REFUSED,
        },
    )
    def post(self, request: Request) -> Response:
        """Start a training; it is measured by itself when it has ended."""
        given = self.given(GeneratorRunIn(data=request.data))
        is_known = services.is_known_run(owner=self.member, key=given.get("key"))
        run = services.queue_generator_run(owner=self.member, **given)
        status = HTTPStatus.OK if is_known else HTTPStatus.CREATED
        return Response(GeneratorRunOut(run).data, status=status)


@extend_schema(responses={200: GeneratorRunOut, 403: FORBIDDEN})
class GeneratorRunDetail(RunsForStaff, generics.RetrieveAPIView):
    """One training, with its curve and what was measured."""

    serializer_class = GeneratorRunOut


class GeneratorRunRetry(RunsForStaff):
    """Try a failed or cancelled training again, from its checkpoint. Another one stays as it is."""

    @extend_schema(
        operation_id="generator_runs_retry",
        request=None,
        responses={200: GeneratorRunOut, 403: FORBIDDEN},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = self.get_object()
        retry(run.job)
        return Response(GeneratorRunOut(run).data)


class GeneratorRunMeasure(RunsForStaff):
    """Measure it once more, beside what draws now; what is being measured stays."""

    @extend_schema(
        operation_id="generator_runs_measure",
        request=None,
        responses={200: GeneratorRunOut, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = self.get_object()
        services.queue_measuring(run=run, owner=self.member)
        return Response(GeneratorRunOut(run).data)


class GeneratorRunPublish(RunsForStaff):
    """Let what a training ended with, or one of its snapshots, draw under a name."""

    @extend_schema(
        operation_id="generator_runs_publish",
        request=PublishIn,
        responses={200: PublishedOut, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = self.get_object()
        given = self.given(PublishIn(data=request.data))
        return Response(PublishedOut(services.publish_run(run=run, by=self.member, **given)).data)


class GeneratorRunPreview(RunsForStaff):
    """A sheet of what the generator drew at a step."""

    @extend_schema(
        operation_id="generator_runs_preview",
        responses={(200, "image/png"): OpenApiTypes.BINARY, 403: FORBIDDEN},
    )
    def get(self, request: Request, pk: int, step: int) -> HttpResponse:
        return preview_response(self.get_object(), step)


class GeneratorsForStaff(RunsForStaff):
    queryset = Generator.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Generator.objects.all()


@extend_schema(responses={200: PublishedOut(many=True), 403: FORBIDDEN})
class GeneratorList(GeneratorsForStaff, generics.ListAPIView):
    """All that were published, newest first: any of them can draw again."""

    serializer_class = PublishedOut
    ordering = ("-id",)


class GeneratorUse(GeneratorsForStaff):
    """Let a generator draw that was published before: what is there is kept."""

    @extend_schema(
        operation_id="generators_use",
        request=None,
        responses={200: PublishedOut, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        generator = self.get_object()
        services.roll_back_to(generator=generator)
        return Response(PublishedOut(generator).data)


class GeneratorWithdraw(GeneratorsForStaff):
    """Nothing new is drawn with it; what it has drawn stays."""

    @extend_schema(
        operation_id="generators_withdraw",
        request=None,
        responses={200: PublishedOut, 403: FORBIDDEN},
    )
    def post(self, request: Request, pk: int) -> Response:
        generator = self.get_object()
        withdraw_generator(generator)
        generator.refresh_from_db()
        return Response(PublishedOut(generator).data)
