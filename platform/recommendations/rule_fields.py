"""Fields of the form of a rule, as they look and what they ask for."""

from typing import Any

from django import forms

from recommendations.rule_models import Rule
from recommendations.rule_settings import AMOUNTS


def lines_field(label: Any, help_text: Any, rows: int = 2) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "spellcheck": "false"}),
    )


def number_field(label: Any, help_text: Any = "", **attrs: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs=attrs)
    return forms.IntegerField(label=label, required=False, help_text=help_text, widget=widget)


def amount_field(
    effect: Rule.Effect, label: Any, help_text: Any, *, whole: bool = False, **attrs: Any
) -> forms.Field:
    """Wanted where the effect is chosen."""
    field = forms.IntegerField if whole else forms.FloatField
    return field(
        label=label,
        help_text=help_text,
        error_messages={"required": AMOUNTS[effect][2]},
        widget=forms.NumberInput(attrs=({} if whole else {"step": "any"}) | attrs),
    )


def moment_field(label: Any) -> forms.DateTimeField:
    attrs = {"type": "datetime-local"}
    widget = forms.DateTimeInput(attrs=attrs, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget)
