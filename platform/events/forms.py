from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.services import MAX_POSITION

HALF_STARS = [str(half / 2) for half in range(1, 11)]
LIKES = {"like": True, "unlike": False}
ON_OFF = [("1", "on"), ("0", "off")]


def is_on(value: str) -> bool:
    return value == "1"


class ShownForm(forms.Form):
    """Where a title was shown when somebody acted on it; every field may be absent."""

    shelf = forms.CharField(required=False, max_length=60)
    position = forms.IntegerField(required=False, min_value=0, max_value=MAX_POSITION)
    list_id = forms.UUIDField(required=False)

    @property
    def shown(self) -> dict[str, Any]:
        """The arguments of record_event."""
        return {name: self.cleaned_data[name] for name in ("shelf", "position", "list_id")}


class EventForm(ShownForm):
    key = forms.CharField(required=False, max_length=64)

    @property
    def shown(self) -> dict[str, Any]:
        return super().shown | {"key": self.cleaned_data["key"] or None}


class RateForm(EventForm):
    """value: 0.5 … 5 stars, "clear", or a card's "like" and "unlike"."""

    value = forms.CharField()

    def clean_value(self) -> str:
        value = self.cleaned_data["value"]
        if value in {"clear", *LIKES}:
            return value
        try:
            stars = str(float(value))
        except ValueError:
            stars = ""
        if stars not in HALF_STARS:
            raise forms.ValidationError(_("A rating takes 0.5 to 5 stars in halves."))
        return stars


class SaveForm(EventForm):
    saved = forms.TypedChoiceField(choices=ON_OFF, coerce=is_on)


class DislikeForm(EventForm):
    disliked = forms.TypedChoiceField(
        choices=ON_OFF,
        coerce=is_on,
        required=False,
        empty_value=True,  # type: ignore[arg-type]  # the stubs know texts only
    )


class HideForm(EventForm):
    hidden = forms.TypedChoiceField(
        choices=ON_OFF,
        coerce=is_on,
        required=False,
        empty_value=True,  # type: ignore[arg-type]  # the stubs know texts only
    )


class ImpressionForm(ShownForm):
    title = forms.IntegerField(min_value=1)
