from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from recommendations.experiments import ArmSettings
from recommendations.models import Artifact, Experiment

LEAST_SHARE, MOST_SHARE = 20, 80  # percent: a rarer arm takes too long to judge
LONGEST_DAYS = 28  # the log forgets, and somebody waits for the answer


def artifact_choices() -> list[tuple[str, Any]]:
    kept = Artifact.objects.filter(pruned_at__isnull=True).values_list("name", flat=True)
    return [("", _("The live one")), *((name, name) for name in kept)]


def variety_field(label: Any) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        required=False,
        min_value=0,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": "0.05", "min": 0, "max": 1}),
        help_text=_("0 to 1; empty: none."),
    )


class ExperimentForm(forms.Form):
    """Two arms that differ, and who gets them."""

    name = forms.CharField(label=_("Name"), max_length=80)
    artifact_a = forms.ChoiceField(label=_("Arm A: artifact"), required=False)
    variety_a = variety_field(_("Arm A: variety"))
    artifact_b = forms.ChoiceField(label=_("Arm B: artifact"), required=False)
    variety_b = variety_field(_("Arm B: variety"))
    share_b = forms.IntegerField(
        label=_("People who get arm B, in percent"),
        initial=50,
        validators=[MinValueValidator(LEAST_SHARE), MaxValueValidator(MOST_SHARE)],
        widget=forms.NumberInput(attrs={"min": LEAST_SHARE, "max": MOST_SHARE}),
        help_text=_("From 20 to 80. Halves are answered soonest."),
    )
    days = forms.IntegerField(
        label=_("Days of each member that count"),
        initial=7,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_DAYS)],
        widget=forms.NumberInput(attrs={"min": 1, "max": LONGEST_DAYS}),
        help_text=_("From 1 to 28, from their first list on; then the member is judged, once."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("artifact_a", "artifact_b"):
            self.fields[name].choices = artifact_choices()  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        if Experiment.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is an experiment of this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and self.arm("a") == self.arm("b"):
            raise forms.ValidationError(_("Both arms are the same: choose what differs."))
        return cleaned

    def arm(self, name: str) -> ArmSettings:
        given = self.cleaned_data
        return ArmSettings(given[f"artifact_{name}"], given[f"variety_{name}"] or None)

    def settings(self) -> dict[str, Any]:
        """What create_experiment takes."""
        given = self.cleaned_data
        return {
            "name": given["name"],
            "arm_a": self.arm("a"),
            "arm_b": self.arm("b"),
            "share_b": given["share_b"] / 100,
            "days": given["days"],
        }


class StopForm(forms.Form):
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, help_text=_("For the trail.")
    )
