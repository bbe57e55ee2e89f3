"""What the API of the studio takes and gives."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from jobs.api import JobOut
from studio.forms import COUNT
from studio.loading import USUAL_TRUNCATION
from studio.models import Generator, Image, ImageJob, Walk
from studio.services import BIGGEST_SEED, MAX_IMAGES

BIGGEST_ID = 2**63 - 1
KEY: dict[str, Any] = {
    "max_length": 50,
    "required": False,
    "help_text": "Sent twice, it starts one job.",
}
SEED: dict[str, Any] = {
    "min_value": 0,
    "max_value": BIGGEST_SEED,
    "required": False,
    "help_text": "Of the first image; the next have the next. Chosen by chance when left out.",
}


class GeneratorOut(serializers.ModelSerializer):
    labels = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Generator
        fields = ("id", "name", "labels", "size", "sha256", "published_at")
        read_only_fields = fields


class ImageOut(serializers.ModelSerializer):
    generator = GeneratorOut(read_only=True)
    steps = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        read_only=True,
        help_text="Of a variation: pairs of a seed and the share of the way towards it.",
    )
    is_yours = serializers.SerializerMethodField()

    class Meta:
        model = Image
        fields = (
            *("id", "number", "generator", "label", "seed", "steps", "truncation"),
            *("sha256", "visibility", "hidden_because", "is_yours", "created_at"),
        )
        read_only_fields = fields

    def get_is_yours(self, image: Image) -> bool:
        return image.owner_id == self.context["request"].user.pk


class Placed(serializers.ModelSerializer):
    """Work that waits in turn with that of others."""

    job = JobOut(read_only=True)
    generator = GeneratorOut(read_only=True)
    place = serializers.SerializerMethodField()

    @extend_schema_field(
        {
            "type": "integer",
            "nullable": True,
            "description": "1 is next of all members; null once it is at work or has ended.",
        }
    )
    def get_place(self, row: Any) -> int | None:
        return self.context["places"].get(row.job_id)


class DrawingOut(Placed):
    images = ImageOut(many=True, read_only=True, source="kept")

    class Meta:
        model = ImageJob
        fields = (
            *("id", "job", "place", "generator", "label", "count", "seed", "truncation"),
            *("share", "images"),
        )
        read_only_fields = fields


class WalkOut(Placed):
    kinds = serializers.SerializerMethodField(help_text="Which files there are already.")

    class Meta:
        model = Walk
        fields = ("id", "job", "place", "generator", "label", "frames", "kinds")
        read_only_fields = fields

    def get_kinds(self, walk: Walk) -> list[str]:
        return sorted(walk.files)


class DrawingIn(serializers.Serializer):
    generator = serializers.IntegerField(
        min_value=1, max_value=BIGGEST_ID, help_text="Id of one that draws now."
    )
    label = serializers.CharField(  # type: ignore[assignment]  # a field's own label is another
        max_length=60, default="", allow_blank=True, help_text="Empty: every class in turn."
    )
    count = serializers.IntegerField(min_value=1, max_value=MAX_IMAGES, default=COUNT)
    seed = serializers.IntegerField(**SEED)
    truncation = serializers.FloatField(
        min_value=0,
        max_value=1,
        default=USUAL_TRUNCATION,
        help_text="Variety: 0 is what is typical of a class, 1 all that the generator knows.",
    )
    key = serializers.CharField(**KEY)

    def validate_generator(self, pk: int) -> Generator:
        found = Generator.objects.current().filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError(_("No generator of this number draws now."))
        return found

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        labels = given["generator"].labels
        if given["label"] and given["label"] not in labels:
            raise serializers.ValidationError(
                {"label": _("It draws %(labels)s.") % {"labels": ", ".join(labels)}}
            )
        return given


class VariationsIn(serializers.Serializer):
    count = serializers.IntegerField(min_value=1, max_value=MAX_IMAGES, default=8)
    share = serializers.FloatField(
        min_value=0, max_value=1, default=0.3, help_text="Of the way to another image."
    )
    seed = serializers.IntegerField(**SEED)
    key = serializers.CharField(**KEY)


class WalkIn(serializers.Serializer):
    start = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID, help_text="Id of an image.")
    end = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID, help_text="Id of another.")
    frames = serializers.IntegerField(min_value=3, max_value=48, default=24)
    key = serializers.CharField(**KEY)

    def validate_start(self, pk: int) -> Image:
        return self._image(pk)

    def validate_end(self, pk: int) -> Image:
        return self._image(pk)

    def _image(self, pk: int) -> Image:
        visible = Image.objects.in_gallery_of(self.context["request"].user)
        found = visible.select_related("generator").filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError(_("There is no image %(pk)d.") % {"pk": pk})
        return found


class ReasonIn(serializers.Serializer):
    reason = serializers.CharField(max_length=300)
