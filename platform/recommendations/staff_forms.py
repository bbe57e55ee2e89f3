from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from recommendations.models import Evaluation, Run
from recommendations.services import LEAST_OVERRIDE

BIGGEST_SEED = 2**31 - 1


def new_key() -> str:
    return uuid4().hex


class StartForm(forms.Form):
    """A training run; the key makes a double click start one."""

    preset = forms.ChoiceField(
        label=_("Size"), choices=Run.Preset.choices, initial=Run.Preset.SMALL
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=BIGGEST_SEED,
        initial=0,
        help_text=_("The same seed and data give the same model."),
    )
    promote_when_better = forms.BooleanField(
        label=_("Promote it when it is at least as good"),
        required=False,
        help_text=_("Not surely worse than popular titles of late, nor than the live model."),
    )
    key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=60, required=False)


class NightlyForm(forms.Form):
    enabled = forms.BooleanField(label=_("Train every night"), required=False)
    hour = forms.TypedChoiceField(
        label=_("Hour (UTC)"),
        coerce=int,
        choices=[(hour, f"{hour:02d}:00") for hour in range(24)],
        help_text=_("It goes live by itself when it is at least as good."),
    )


class ReasonForm(forms.Form):
    """Why an artifact goes live, or back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("For the log.")
    )


class OverrideForm(forms.Form):
    """What a person writes who lets an artifact past the gate that blocks it."""

    override = forms.CharField(
        label=_("Why it should serve all the same"),
        min_length=LEAST_OVERRIDE,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("At least ten characters; kept with your name in the log of what went live."),
    )


class MeasureForm(forms.Form):
    """A measurement on the events of now; the key makes a double click start one."""

    split = forms.ChoiceField(
        label=_("What is held back"),
        choices=Evaluation.Split.choices,
        initial=Evaluation.Split.AUTO,
    )
    preset = forms.ChoiceField(
        label=_("Size of the sequence model"),
        choices=Run.Preset.choices,
        initial=Run.Preset.SMALL,
    )
    key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=60, required=False)
