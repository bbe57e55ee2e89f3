from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studio.dataset_files import most_bytes
from studio.forms import fresh_key
from studio.training_models import LONGEST_NAME

SUITING = gettext_lazy("What suits the images")
SIZES = [(28, "28 × 28"), (32, "32 × 32"), (64, "64 × 64")]
CHANNELS = [
    (1, gettext_lazy("Grey")),
    (3, gettext_lazy("Colour")),
    (4, gettext_lazy("Colour and transparency")),
]


def too_large() -> str:
    return _("A file may have up to %(n)d MB. Send fewer images, or smaller ones.") % {
        "n": settings.STUDIO_UPLOAD_MB
    }


def _number(text: Any) -> int | None:
    return int(text) if text else None


class DatasetForm(forms.Form):
    """A zip of images; the key makes a double click send one."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_NAME,
        # spaces alone are refused by the browser, where the file stays chosen
        widget=forms.TextInput(attrs={"pattern": r".*\S.*"}),
    )
    file = forms.FileField(
        label=gettext_lazy("Zip of images"),
        help_text=gettext_lazy("PNG, JPEG, GIF, WebP or BMP. A subfolder is a class."),
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
    )
    size = forms.TypedChoiceField(
        label=gettext_lazy("Size"),
        choices=[("", SUITING), *SIZES],
        coerce=_number,
        empty_value=None,
        required=False,
    )
    channels = forms.TypedChoiceField(
        label=gettext_lazy("Colours"),
        choices=[("", SUITING), *CHANNELS],
        coerce=_number,
        empty_value=None,
        required=False,
    )
    key = forms.CharField(
        widget=forms.HiddenInput, initial=fresh_key, max_length=50, required=False
    )

    def __init__(self, *args: Any, is_too_large: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        self.is_too_large = is_too_large  # so its file was not read

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_too_large:
            self.errors["file"] = self.error_class([too_large()])

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        self.is_too_large = file.size > most_bytes()
        return file
