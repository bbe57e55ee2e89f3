from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from recommendations.models import Run
from recommendations.staff_forms import BIGGEST_SEED, new_key

FEWEST_MINUTES, MOST_MINUTES = 5, 600


class TuningForm(forms.Form):
    """A search; the key makes a double click start one."""

    preset = forms.ChoiceField(
        label=_("Start from"),
        choices=Run.Preset.choices,
        initial=Run.Preset.SMALL,
        help_text=_("It is the first trial: nothing worse than it is kept."),
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        initial=30,
        validators=[MinValueValidator(FEWEST_MINUTES), MaxValueValidator(MOST_MINUTES)],
        widget=forms.NumberInput(attrs={"min": FEWEST_MINUTES, "max": MOST_MINUTES}),
        help_text=_("From 5 to 600. A trial takes about a third of a training run."),
    )
    seed = forms.IntegerField(
        label=_("Seed"), min_value=0, max_value=BIGGEST_SEED, initial=0, required=True
    )
    key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=50, required=False)
