"""What is said of a set of images: what was refused and why, and who has looked at it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studio.training_models import Dataset

REASONS = {  # of genai.images.refusals
    "format": gettext_lazy("no PNG, JPEG, GIF, WebP or BMP"),
    "extension": gettext_lazy("named as another format than it has"),
    "bytes": gettext_lazy("too large a file, or none at all"),
    "pixels": gettext_lazy("too many or too few pixels"),
    "damaged": gettext_lazy("cut off or damaged"),
    "disguised": gettext_lazy("something else as well: an archive, a document, a script"),
    "path": gettext_lazy("a path that leads out of its archive"),
    "link": gettext_lazy("a link or a device, not a file"),
    "locked": gettext_lazy("encrypted, or packed in a way that is not read"),
    "copy": gettext_lazy("the same pixels as another"),
    "moderated": gettext_lazy("found unfit by the moderation model"),
}
KINDS = {
    1: gettext_lazy("grey"),
    3: gettext_lazy("colour"),
    4: gettext_lazy("colour and transparency"),
}


@dataclass(frozen=True)
class Refusals:
    """Files that were refused for one reason, some of them by name."""

    reason: str
    count: int
    examples: list[dict[str, str]]

    @property
    def more(self) -> int:
        return self.count - len(self.examples)


def refusals_of(report: dict[str, Any]) -> list[Refusals]:
    return [
        Refusals(str(REASONS.get(told["reason"], told["reason"])), told["count"], told["examples"])
        for told in report.get("reasons", [])
    ]


@dataclass(frozen=True)
class Moderation:
    """Who has judged the images; is_open: nobody, so a person must."""

    text: str
    is_open: bool


def moderation_of(dataset: Dataset) -> Moderation | None:
    """None before its file was read."""
    told = dataset.report.get("moderation")
    if told is None:
        return None
    if told["state"] == "none":
        return Moderation(
            _("No moderation model was installed when these images were read: look at them."), True
        )
    if told["state"] == "skipped":
        return Moderation(
            _("This set came prepared, not as an upload: no moderation model has judged it."), True
        )
    return Moderation(
        _("Judged by %(name)s (%(licence)s); what it scored above %(threshold)s was left out.")
        % told,
        False,
    )


def moderation_ahead() -> Moderation:
    """Of uploads to come."""
    if settings.STUDIO_MODERATION_MODEL:
        return Moderation(
            _("Each image is judged by the moderation model that is installed here."), False
        )
    return Moderation(
        _("No moderation model is installed: nobody judges what is on the images but you."), True
    )


def kind_of(dataset: Dataset) -> str:
    return str(KINDS.get(dataset.channels or 0, ""))
