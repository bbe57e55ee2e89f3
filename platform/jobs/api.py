"""Long work as JSON: how far it is, and how to end it."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, permissions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.models import Job
from jobs.services import cancel


class JobOut(serializers.ModelSerializer):
    class Meta:
        model = Job
        fields = (
            "id",
            "label",
            "state",
            "progress",
            "message",
            "error",
            "attempt",
            "cancel_requested",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields


class JobDetail(generics.RetrieveAPIView):
    """One of your own jobs; staff see all."""

    serializer_class = JobOut
    permission_classes = [permissions.IsAuthenticated]
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        return Job.objects.owned_by(self.request.user)


class JobCancel(JobDetail):
    """End it: a waiting job at once, a running one within seconds. A finished one stays."""

    http_method_names = ["post"]

    @extend_schema(request=None, responses=JobOut)
    def post(self, request: Request, pk: int) -> Response:
        job = self.get_object()
        cancel(job)
        job.refresh_from_db()
        return Response(JobOut(job).data)
