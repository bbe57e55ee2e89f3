"""What members ask for, checked."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studio.models import Generator
from studio.services import BIGGEST_SEED, MAX_IMAGES, Wish

COUNT = 16  # unless one says otherwise
STRENGTHS = [("0.15", _("A little")), ("0.3", _("Some")), ("0.5", _("A lot"))]
FRAMES = [("12", _("1 s")), ("24", _("2 s")), ("48", _("4 s"))]  # 12 a second
VARIATIONS = 8
KEY: dict[str, Any] = {"max_length": 50, "required": False}


def fresh_key() -> str:
    """For a form that is sent twice and shall count once."""
    return secrets.token_hex(16)


def fresh_seed() -> int:
    """Short enough to be told to somebody."""
    return secrets.randbelow(1_000_000)


class DrawForm(forms.Form):
    label = forms.ChoiceField(required=False)
    count = forms.IntegerField(min_value=1, max_value=MAX_IMAGES)
    truncation = forms.FloatField(min_value=0, max_value=1)
    seed = forms.IntegerField(min_value=0, max_value=BIGGEST_SEED, required=False)
    key = forms.CharField(**KEY)

    def __init__(self, *args: Any, generator: Generator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.generator = generator
        labels = [(name, name) for name in generator.labels]
        self.fields["label"].choices = [("", _("Any")), *labels]  # type: ignore[attr-defined]

    def wish(self) -> Wish:
        given = self.cleaned_data
        seed = fresh_seed() if given["seed"] is None else given["seed"]
        return Wish(self.generator, given["label"], given["count"], seed, given["truncation"])


class VariationsForm(forms.Form):
    share = forms.TypedChoiceField(choices=STRENGTHS, coerce=float)
    key = forms.CharField(**KEY)


class WalkForm(forms.Form):
    end = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    frames = forms.TypedChoiceField(choices=FRAMES, coerce=int)
    key = forms.CharField(**KEY)


class ReasonForm(forms.Form):
    """Of a report, or of hiding."""

    reason = forms.CharField(max_length=300)
