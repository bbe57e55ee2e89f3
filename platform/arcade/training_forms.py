from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from arcade.training_models import LONGEST_NAME, AgentRun
from arcade.training_services import TRAINABLE
from recommendations.staff_forms import BIGGEST_SEED, new_key

FEWEST_MINUTES, MOST_MINUTES = 1, 600


class TrainForm(forms.Form):
    """A training of an agent; the key makes a double click start one."""

    game = forms.ChoiceField(label=_("Game"), choices=list(TRAINABLE.items()))
    preset = forms.ChoiceField(
        label=_("Size"), choices=AgentRun.Preset.choices, initial=AgentRun.Preset.GAME
    )
    minutes = forms.IntegerField(
        label=_("Minutes of computing"),
        initial=100,
        validators=[MinValueValidator(FEWEST_MINUTES), MaxValueValidator(MOST_MINUTES)],
        widget=forms.NumberInput(attrs={"min": FEWEST_MINUTES, "max": MOST_MINUTES}),
        help_text=_("From 1 to 600, at most; a round that has begun is finished."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=BIGGEST_SEED,
        initial=0,
        help_text=_("The same seed, game, size and number of rounds give the same agent."),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=40, required=False)


class PublishForm(forms.Form):
    """Under which name members find it."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("Members choose it by this. What plays now is kept, to go back to."),
    )
