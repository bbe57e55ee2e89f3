from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from recommendations.staff_forms import BIGGEST_SEED, new_key
from studio.training_models import Dataset, GeneratorRun, why_unfit
from studio.training_services import LONGEST_NAME

FEWEST_MINUTES, MOST_MINUTES = 1, 600


class DatasetChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return _("%(name)s: %(n)d images of %(size)d pixels") % {
            "name": obj.name,
            "n": obj.images,
            "size": obj.size or 0,
        }


class TrainForm(forms.Form):
    """A training of a generator; the key makes a double click start one."""

    dataset = DatasetChoice(
        label=_("Data"), queryset=Dataset.objects.none(), empty_label=_("Choose data")
    )
    preset = forms.ChoiceField(
        label=_("Size"),
        choices=GeneratorRun.Preset.choices,
        initial=GeneratorRun.Preset.SPRITES,
    )
    minutes = forms.IntegerField(
        label=_("Minutes of computing"),
        initial=30,
        validators=[MinValueValidator(FEWEST_MINUTES), MaxValueValidator(MOST_MINUTES)],
        widget=forms.NumberInput(attrs={"min": FEWEST_MINUTES, "max": MOST_MINUTES}),
        help_text=_(
            "From 1 to 600, at most; on two threads they pass twice as fast as the clock's."
        ),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=BIGGEST_SEED,
        initial=0,
        help_text=_(
            "The same seed, data and number of steps give the same generator. Where the minutes "
            "end a training, no two have quite as many steps."
        ),
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)
    key = forms.CharField(widget=forms.HiddenInput, initial=new_key, max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["dataset"]
        if isinstance(chosen, DatasetChoice):
            chosen.queryset = Dataset.objects.ready()

    def clean_dataset(self) -> Dataset:
        dataset: Dataset = self.cleaned_data["dataset"]
        if dataset.too_few:
            raise forms.ValidationError(dataset.too_few)
        return dataset

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        dataset, preset = given.get("dataset"), given.get("preset")
        if dataset and preset and (wrong := why_unfit(preset, dataset.size)):
            self.add_error("preset", wrong)
        return given


class PublishForm(forms.Form):
    """Under which name members find it, and what of the run draws."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("Members choose it by this. What draws under the name now is kept."),
    )
    step = forms.TypedChoiceField(
        label=_("Of step"),
        coerce=lambda text: int(text) if text else None,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, steps: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["step"]
        if isinstance(chosen, forms.TypedChoiceField):
            chosen.choices = [("", _("the end")), *((step, str(step)) for step in reversed(steps))]
