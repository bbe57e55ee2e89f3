"""For staff the runs that make the model, and which model serves, as JSON."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, permissions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from config.refusals import Conflict
from jobs.api import JobOut
from recommendations.models import Promotion, Run
from recommendations.services import (
    LEAST_OVERRIDE,
    PromotionRefused,
    promote,
    queue_run,
    roll_back,
)

BIGGEST_SEED = 2**31 - 1


class RunIn(serializers.Serializer):
    preset = serializers.ChoiceField(Run.Preset.choices, default=Run.Preset.SMALL)
    note = serializers.CharField(max_length=200, default="", allow_blank=True)
    seed = serializers.IntegerField(min_value=0, max_value=BIGGEST_SEED, default=0)
    promote_when_better = serializers.BooleanField(default=False)
    key = serializers.CharField(
        max_length=60, required=False, help_text="Sent twice, it starts one run."
    )


class RunOut(serializers.ModelSerializer):
    job = JobOut(read_only=True)
    artifact = serializers.CharField(
        source="artifact.name", default=None, read_only=True, allow_null=True
    )
    report = serializers.DictField(
        source="artifact.report", default=None, read_only=True, allow_null=True
    )
    curve = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Run
        fields = (
            "id",
            "preset",
            "note",
            "seed",
            "promote_when_better",
            "interactions",
            "members",
            "titles",
            "job",
            "artifact",
            "report",
            "curve",
            "created_at",
        )
        read_only_fields = fields


class PromotionIn(serializers.Serializer):
    reason = serializers.CharField(max_length=300, default="", allow_blank=True)


class PromoteIn(PromotionIn):
    override = serializers.CharField(
        min_length=LEAST_OVERRIDE,
        max_length=500,
        default="",
        allow_blank=True,
        help_text="Why it should serve though the gate blocks it; kept in the log of promotions.",
    )


class PromotionOut(serializers.ModelSerializer):
    artifact = serializers.CharField(source="artifact.name", read_only=True)

    class Meta:
        model = Promotion
        fields = ("id", "artifact", "reason", "override", "is_rollback", "promoted_at")
        read_only_fields = fields


class StaffOnly(generics.GenericAPIView):
    permission_classes = [permissions.IsAdminUser]
    queryset = Run.objects.select_related("job", "artifact")


FORBIDDEN = OpenApiResponse(description="For staff.")
REFUSED = OpenApiResponse(description="The artifact cannot go live.")


@extend_schema(responses={200: RunOut(many=True), 403: FORBIDDEN})
class RunList(StaffOnly, generics.ListAPIView):
    """Training runs, newest first."""

    serializer_class = RunOut
    ordering = ("-id",)

    @extend_schema(
        request=RunIn,
        responses={
            201: RunOut,
            200: OpenApiResponse(RunOut, description="The run that this key started."),
            403: FORBIDDEN,
        },
    )
    def post(self, request: Request) -> Response:
        """Start a training run."""
        form = RunIn(data=request.data)
        form.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(form.validated_data)
        key = f"run:{given.pop('key')}" if "key" in given else None
        is_known = (
            key is not None
            and Run.objects.filter(job__owner=request.user.pk, job__key=key).exists()
        )
        run = queue_run(owner=request.user, key=key, **given)
        return Response(
            RunOut(run).data, status=status.HTTP_200_OK if is_known else status.HTTP_201_CREATED
        )


@extend_schema(responses={200: RunOut, 403: FORBIDDEN})
class RunDetail(StaffOnly, generics.RetrieveAPIView):
    """One training run, with its curve and its report."""

    serializer_class = RunOut


class RunPromote(StaffOnly):
    """Let the artifact of a run serve; 409 when the gate blocks it and no `override` is given."""

    @extend_schema(
        operation_id="runs_promote",
        request=PromoteIn,
        responses={200: PromotionOut, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request, pk: int) -> Response:
        run = self.get_object()
        form = PromoteIn(data=request.data)
        form.is_valid(raise_exception=True)
        if run.artifact is None:
            raise Conflict(_("This run has left no artifact."))
        try:
            promotion = promote(artifact=run.artifact, by=request.user, **form.validated_data)
        except PromotionRefused as error:
            raise Conflict(str(error)) from error
        return Response(PromotionOut(promotion).data)


class RollBack(StaffOnly):
    """Let the artifact serve that served before."""

    @extend_schema(
        operation_id="artifacts_rollback",
        request=PromotionIn,
        responses={200: PromotionOut, 403: FORBIDDEN, 409: REFUSED},
    )
    def post(self, request: Request) -> Response:
        form = PromotionIn(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            promotion = roll_back(by=request.user, **form.validated_data)
        except PromotionRefused as error:
            raise Conflict(str(error)) from error
        return Response(PromotionOut(promotion).data)
